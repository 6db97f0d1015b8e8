"""Persons: each component of records has a number that stays, a kind and a leading record.

A component keeps the number of the oldest known person among its records; what was split off gets a new one. A known
person whose records are several persons now stays with the one that has the leading record, else the first record.
Live records come before those that left, staff before students before parents, older connections before newer ones:
so a teacher who is also a parent is one person, matched as staff, and still a parent in the families. Whose records
have all left has left, and stays as such as long as a record does.
"""

from typing import Final

from rosterkeeper.matching.joining import join_records
from rosterkeeper.matching.numbering import TakeNumbers
from rosterkeeper.matching.tables import Kind
from rosterkeeper.scratch import Scratch


def make_persons(scratch: Scratch, take_numbers: TakeNumbers, *, now: str) -> None:
    """Make `person` and `person_record`, as land.py says them, and `heir`; ``now`` is RFC 3339 in UTC.

    `heir` (known_id, person_id) says in whom a known person lives on: also those who were found to be one with another.
    """
    join_records(scratch)
    scratch.run(_UID)
    scratch.run(_CALLED)
    # Whoever is new is numbered by name. Where all are, they are put in order once, and are written as they stand then.
    by_name = " ORDER BY sort_key, connection_id, sourced_id"
    order = "" if scratch.count("SELECT count(*) FROM known_person") else by_name
    scratch.run(_LEADER + order)
    scratch.run(_CLAIM)
    scratch.run("CREATE TABLE kept AS SELECT comp, min(person_id) AS person_id FROM claim GROUP BY comp")
    # Numbered by their places: to count rows while they are put in order takes half as long again.
    new = "leader" if order else f"leader ANTI JOIN kept USING (comp){by_name}"
    scratch.run(f"CREATE TABLE fresh AS SELECT comp FROM {new}")
    take_numbers(scratch.count("SELECT count(*) FROM fresh"))
    scratch.run(
        "CREATE TABLE named AS SELECT comp, person_id FROM kept"
        " UNION ALL SELECT f.comp, n.id FROM fresh f JOIN number n ON n.nth = f.rowid + 1"
    )
    scratch.run(_PERSON, [now, now])
    scratch.run(
        "CREATE TABLE person_record AS"
        " SELECT r.rec, r.connection_id, r.sourced_id, n.person_id, coalesce(c.reason, '') AS reason"
        " FROM record r LEFT JOIN component c USING (rec) JOIN named n ON n.comp = coalesce(c.comp, r.rec)"
    )
    scratch.run(
        "CREATE TABLE heir AS SELECT c.person_id AS known_id, n.person_id FROM claim c JOIN named n USING (comp)"
    )
    for name in ("claim", "kept", "fresh", "leader", "component", "named", "number", "called"):
        scratch.run(f"DROP TABLE {name}")


# A UUID of version 7 of the time, the number and a print: in order, so that its index grows at one end.
_UID: Final = """
    CREATE OR REPLACE MACRO make_uid(now, id, connection, sourced) AS
        left(format('{:012x}', epoch_ms(now::TIMESTAMPTZ)), 8) || '-'
        || right(format('{:012x}', epoch_ms(now::TIMESTAMPTZ)), 4) || '-7'
        || format('{:03x}-8{:03x}-{:03x}', (id >> 24) & 4095, (id >> 12) & 4095, id & 4095)
        || left(md5(concat_ws(':', id, connection, sourced)), 9)
"""
_FAMILY: Final = "CASE WHEN preferred_family_name <> '' THEN preferred_family_name ELSE family_name END"
_GIVEN: Final = "CASE WHEN preferred_given_name <> '' THEN preferred_given_name ELSE given_name END"
# To fold what has letters beyond ASCII is dear, and many are called alike.
_CALLED: Final = f"""
    CREATE TABLE called AS
    SELECT name, fold(name) AS folded FROM (SELECT {_FAMILY} AS name FROM record UNION ALL SELECT {_GIVEN} FROM record)
    WHERE strlen(name) <> length(name) GROUP BY name
"""
_NAME: Final = """left(
    coalesce(b.folded, lower(n.family)) || chr(31) || coalesce(g.folded, lower(n.given)), 200) AS sort_key
"""
# Nearly everybody has one record, and needs no comparing.
_LEADER: Final = f"""
    CREATE TABLE leader AS
    WITH together AS (SELECT c.comp, r.* FROM component c JOIN record r USING (rec)), own AS (
        SELECT comp, list_sort(list_distinct(flatten(list(kinds)))) AS kinds, bool_or(is_teaching) AS is_teaching FROM (
            SELECT *, bool_or(status = 'active') OVER (PARTITION BY comp) AS is_here FROM together
        ) WHERE NOT is_here OR status = 'active' GROUP BY comp
    ), first AS (
        SELECT * FROM together QUALIFY row_number() OVER (PARTITION BY comp ORDER BY status,
            CASE kind WHEN '{Kind.STAFF}' THEN 0 WHEN '{Kind.STUDENT}' THEN 1 ELSE 2 END, connection_id, sourced_id) = 1
    ), named AS (
        SELECT f.comp, f.rec, f.connection_id, f.sourced_id, f.kind, f.status, o.kinds, o.is_teaching,
            {_FAMILY} AS family, {_GIVEN} AS given FROM first f JOIN own o USING (comp)
        UNION ALL
        SELECT rec, rec, connection_id, sourced_id, kind, status, kinds, is_teaching, {_FAMILY}, {_GIVEN}
        FROM record ANTI JOIN component USING (rec)
    )
    SELECT n.* EXCLUDE (family, given), {_NAME}
    FROM named n LEFT JOIN called b ON b.name = n.family LEFT JOIN called g ON g.name = n.given
"""
_CLAIM: Final = """
    CREATE TABLE claim AS
    SELECT comp, person_id FROM (
        SELECT coalesce(c.comp, r.rec) AS comp, k.person_id,
            bool_or(p.sourced_id = k.sourced_id AND p.connection_id = k.connection_id) AS leads,
            min((k.connection_id, k.sourced_id)) AS first
        FROM known_record k JOIN known_person p USING (person_id)
            JOIN record r ON r.connection_id = k.connection_id AND r.sourced_id = k.sourced_id
            LEFT JOIN component c USING (rec)
        GROUP BY ALL
    ) QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY leads DESC, first) = 1
"""
_PERSON: Final = """
    CREATE TABLE person AS
    SELECT n.person_id, coalesce(k.uid, make_uid($1, n.person_id, l.connection_id, l.sourced_id)) AS uid,
        l.kind, l.kinds, l.status, CASE WHEN l.status = 'active' THEN '' WHEN coalesce(k.left_at, '') <> ''
        THEN k.left_at ELSE $2 END AS left_at, l.connection_id, l.sourced_id, l.is_teaching, l.sort_key
    FROM leader l JOIN named n USING (comp) LEFT JOIN known_person k ON k.person_id = n.person_id
"""
