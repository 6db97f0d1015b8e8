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
    for name in ("family_live", "family_named", "family_both"):
        scratch.run(f"DROP TABLE {name}")


def _make_live(scratch: Scratch) -> None:
    """Make `family_live`: each live record with its person, whether it is a student's, and how close its family role.

    ``person_close`` is the closest of the person's family roles; NULL for none.
    """
    close = " ".join(f"WHEN list_contains(r.roles, '{word}') THEN {place}" for place, word in enumerate(_CLOSENESS))
    scratch.run(
        f"""
        CREATE TABLE family_live AS
        SELECT *, min(close) OVER (PARTITION BY person_id) AS person_close FROM (
            SELECT r.connection_id, r.sourced_id, s.person_id, r.agent_sourced_ids,
                list_contains(r.roles, 'student') AS learns, CASE {close} END AS close
            FROM record r JOIN person_record s USING (connection_id, sourced_id)
            WHERE r.status = 'active'
        )
        """
    )


def _resolve(scratch: Scratch) -> None:
    """Make `family_named`: two persons of whom the one's record names the other's."""
    scratch.run(
        """
        CREATE TABLE family_named AS
        WITH named AS (
            SELECT connection_id, sourced_id, person_id AS one_id, learns AS one_learns,
                coalesce(close, person_close) AS one_close, unnest(agent_sourced_ids::JSON::VARCHAR[]) AS agent
            FROM family_live WHERE agent_sourced_ids <> ''
        ), own AS (
            SELECT n.*, o.person_id AS other_id, o.learns AS other_learns,
                coalesce(o.close, o.person_close) AS other_close
            FROM named n JOIN family_live o ON o.connection_id = n.connection_id AND o.sourced_id = n.agent
        ), elsewhere AS (
            SELECT n.one_id, n.one_learns, n.one_close, min(o.person_id) AS other_id, bool_or(o.learns) AS other_learns,
                min(coalesce(o.close, o.person_close)) AS other_close
            FROM (SELECT * FROM named ANTI JOIN record r ON r.connection_id = named.connection_id
                AND r.sourced_id = named.agent) n
            JOIN family_live o ON o.sourced_id = n.agent
            GROUP BY n.connection_id, n.sourced_id, n.one_id, n.one_learns, n.one_close, n.agent
            HAVING count(DISTINCT o.person_id) = 1
        )
        SELECT one_id, one_learns, one_close, other_id, other_learns, other_close FROM own
        UNION ALL SELECT one_id, one_learns, one_close, other_id, other_learns, other_close FROM elsewhere
        """
    )
