"""Families: who is a parent of whom, whichever of the two records says so (L03, L20, R12).

Read are `record`, `person` and `person_record`; made is `family`: student_id, parent_id (numbers of persons) and the
relationship. Rules:

- A record's agents may name the other's record: a student's its parents, or a parent's the children. Both records are
  live, one has the student's role, and the other person has a family role: in that record, or else in another.
- A sourcedId is looked up in the record's own connection first, and else in the district's others: a CSV of guardians
  names students of a OneRoster server (M27). There it must lead to one person; of several, nobody is shown a child.
- The relationship is the family role: that of the record that is linked, and else that of the person's other records;
  of several the closest, parent before guardian before relative.
- Where two name each other and either could be the parent, nobody is.
"""

from typing import Final

from rosterkeeper.engine.options import FAMILY_ROLES
from rosterkeeper.scratch import Scratch

# The closest first.
_CLOSENESS: Final = ("parent", "guardian", "relative")


def make_families(scratch: Scratch) -> None:
    """Make `family`."""
    if sorted(_CLOSENESS) != sorted(FAMILY_ROLES):
        raise ValueError("every family role has its place")
    if not scratch.count("SELECT count(*) FROM record WHERE agent_sourced_ids <> ''"):
        scratch.run("CREATE TABLE family (student_id BIGINT, parent_id BIGINT, relationship VARCHAR)")
        return
    _make_live(scratch)
    _resolve(scratch)
    # An agent names in either direction; each pair is read both ways, and one of them makes sense.
    scratch.run(
        """
        CREATE TABLE family_both AS
        SELECT student_id, parent_id, min(closeness) AS closeness FROM (
            SELECT one_id AS student_id, other_id AS parent_id, other_close AS closeness FROM family_named
            WHERE one_learns AND other_close IS NOT NULL
            UNION ALL SELECT other_id, one_id, one_close FROM family_named
            WHERE other_learns AND one_close IS NOT NULL
        ) WHERE student_id <> parent_id GROUP BY ALL
        """
    )
    words = " ".join(f"WHEN {place} THEN '{word}'" for place, word in enumerate(_CLOSENESS))
    scratch.run(
        f"CREATE TABLE family AS SELECT student_id, parent_id, CASE closeness {words} END AS relationship"
        " FROM family_both f WHERE (parent_id, student_id) NOT IN (SELECT student_id, parent_id FROM family_both)"
    )
    for name in ("family_live", "family_close", "family_agent", "family_pair", "family_named", "family_both"):
        scratch.run(f"DROP TABLE {name}")


def _make_live(scratch: Scratch) -> None:
    """Make `family_live`: each live record with its person, whether it is a student's, and how close its family role.

    `family_close` has the closest of each person's family roles; no role is NULL, or no row.
    """
    close = " ".join(f"WHEN list_contains(r.roles, '{word}') THEN {place}" for place, word in enumerate(_CLOSENESS))
    scratch.run(
        f"""
        CREATE TABLE family_live AS SELECT r.connection_id, r.sourced_id, s.person_id, r.agent_sourced_ids,
            list_contains(r.roles, 'student') AS learns, CASE {close} END AS close
        FROM record r JOIN person_record s USING (connection_id, sourced_id) WHERE r.status = 'active';
        CREATE TABLE family_close AS SELECT person_id, min(close) AS close FROM family_live WHERE close IS NOT NULL
        GROUP BY person_id
        """
    )


def _resolve(scratch: Scratch) -> None:
    """Make `family_named`: two persons of whom the one's record names the other's."""
    scratch.run(
        """
        CREATE TABLE family_agent AS
        SELECT connection_id, sourced_id, person_id AS one_id, learns AS one_learns, close AS one_close,
            unnest(agent_sourced_ids::JSON::VARCHAR[]) AS agent
        FROM family_live WHERE agent_sourced_ids <> '';
        CREATE TABLE family_pair AS
        SELECT n.one_id, n.one_learns, n.one_close, o.person_id AS other_id, o.learns AS other_learns,
            o.close AS other_close
        FROM family_agent n JOIN family_live o ON o.connection_id = n.connection_id AND o.sourced_id = n.agent
        UNION ALL
        SELECT n.one_id, n.one_learns, n.one_close, min(o.person_id), bool_or(o.learns), min(o.close)
        FROM (SELECT * FROM family_agent ANTI JOIN record r ON r.connection_id = family_agent.connection_id
            AND r.sourced_id = family_agent.agent) n
        JOIN family_live o ON o.sourced_id = n.agent
        GROUP BY n.connection_id, n.sourced_id, n.one_id, n.one_learns, n.one_close, n.agent
        HAVING count(DISTINCT o.person_id) = 1;
        CREATE TABLE family_named AS
        SELECT n.one_id, n.one_learns, coalesce(n.one_close, a.close) AS one_close, n.other_id, n.other_learns,
            coalesce(n.other_close, b.close) AS other_close
        FROM family_pair n LEFT JOIN family_close a ON a.person_id = n.one_id
            LEFT JOIN family_close b ON b.person_id = n.other_id
        """
    )
