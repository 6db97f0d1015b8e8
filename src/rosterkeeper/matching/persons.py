"""Which records are of one human."""

from rosterkeeper.matching import tables
from rosterkeeper.matching.numbering import take_numbers
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.database import Database


def make_persons(database: Database, scratch: Scratch, *, now: str) -> None:
    """Make `person` and `person_record`, as land.py says them; ``now`` is RFC 3339 in UTC."""
    scratch.run("CREATE TABLE component AS SELECT rec, rec AS comp, '' AS reason FROM record")
    name_persons(database, scratch, now=now)


def name_persons(database: Database, scratch: Scratch, *, now: str) -> None:
    """Give each component of `component` (rec, comp, reason) a known person's number, or a new one."""
    scratch.run(_UID)
    scratch.run(_LEADING)
    scratch.run(_CLAIM)
    scratch.run(_KEPT)
    scratch.run(
        "CREATE TABLE fresh AS SELECT comp, row_number() OVER (ORDER BY sort_key, rec) AS nth"
        " FROM lead_record ANTI JOIN kept USING (comp)"
    )
    take_numbers(database, scratch, tables.PERSONS, scratch.count("SELECT count(*) FROM fresh"))
    scratch.run(
        "CREATE TABLE named AS SELECT comp, person_id FROM kept"
        " UNION ALL SELECT f.comp, n.id FROM fresh f JOIN number n USING (nth)"
    )
    scratch.run(_PERSON, [now, now])
    scratch.run(
        "CREATE TABLE person_record AS SELECT r.connection_id, r.sourced_id, n.person_id, c.reason"
        " FROM component c JOIN record r USING (rec) JOIN named n USING (comp)"
    )
    for name in ("claim", "kept", "fresh", "lead_record", "component", "named"):
        scratch.run(f"DROP TABLE {name}")


# One that is live before one that left, staff before student before parent, the oldest connection's.
_LEADING = f"""
    CREATE TABLE lead_record AS
    SELECT c.comp, r.rec, r.connection_id, r.sourced_id, r.kind, r.status, r.kinds, r.is_teaching,
        left(fold(CASE WHEN r.preferred_family_name <> '' THEN r.preferred_family_name ELSE r.family_name END)
            || chr(31) || fold(CASE WHEN r.preferred_given_name <> '' THEN r.preferred_given_name
            ELSE r.given_name END), 200) AS sort_key
    FROM component c JOIN record r USING (rec)
    QUALIFY row_number() OVER (PARTITION BY c.comp ORDER BY r.status, CASE r.kind WHEN '{tables.Kind.STAFF}' THEN 0
        WHEN '{tables.Kind.STUDENT}' THEN 1 ELSE 2 END, r.rec) = 1
"""
# A known person whose records are several persons now stays with the one that has the leading record.
_CLAIM = """
    CREATE TABLE claim AS
    SELECT comp, person_id FROM (
        SELECT c.comp, k.person_id, bool_or(p.person_id IS NOT NULL) AS leads, min(c.rec) AS rec
        FROM known_record k JOIN record r USING (connection_id, sourced_id) JOIN component c USING (rec)
            LEFT JOIN known_person p ON p.person_id = k.person_id AND p.connection_id = k.connection_id
                AND p.sourced_id = k.sourced_id
        WHERE k.person_id IN (SELECT person_id FROM known_person) GROUP BY ALL
    ) QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY leads DESC, rec) = 1
"""
_KEPT = "CREATE TABLE kept AS SELECT comp, min(person_id) AS person_id FROM claim GROUP BY comp"
# A UUID of version 7 of the time, the number and a print: in order, so that its index grows at one end.
_UID = """
    CREATE OR REPLACE MACRO make_uid(now, id, connection, sourced) AS (
        WITH made AS (SELECT format('{:012x}', epoch_ms(now::TIMESTAMPTZ)) AS moment,
            format('{:09x}', id & 68719476735) AS n, left(md5(concat_ws(':', id, connection, sourced)), 9) AS tail)
        SELECT concat(moment[:8], '-', moment[9:], '-7', n[:3], '-8', n[4:6], '-', n[7:9], tail) FROM made)
"""
_PERSON = """
    CREATE TABLE person AS
    SELECT n.person_id, coalesce(k.uid, make_uid($1, n.person_id, l.connection_id, l.sourced_id)) AS uid,
        l.kind, l.kinds, l.status, CASE WHEN l.status = 'active' THEN '' WHEN coalesce(k.left_at, '') <> ''
        THEN k.left_at ELSE $2 END AS left_at, l.connection_id, l.sourced_id, l.is_teaching, l.sort_key
    FROM lead_record l JOIN named n USING (comp) LEFT JOIN known_person k ON k.person_id = n.person_id
"""
