"""The bad rows of excluded schools: nobody wants them, so nothing is wrong with a run on their account (L29).

validate keeps out what has an error before the options are asked, and protects its live row. Here the rows that belong
to an excluded school come back, to be left out like the good ones beside them.
"""

from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.engine.options import Options
from rosterkeeper.engine.people import PERSON_OF
from rosterkeeper.engine.references import kept_out_table, rejected_table
from rosterkeeper.engine.teaching import listed
from rosterkeeper.oneroster.fields import CLASSES, COURSES, ENROLLMENTS, ROLES, Entity
from rosterkeeper.oneroster.findings import ERROR_CODES
from rosterkeeper.scratch import Scratch

_SCHOOL_OF = (
    (COURSES, "org_sourced_id"),
    (CLASSES, "school_sourced_id"),
    (ROLES, "org_sourced_id"),
    (ENROLLMENTS, "school_sourced_id"),
)


def forgive_excluded(scratch: Scratch, options: Options) -> None:
    """Take the errors of excluded schools' rows back, and leave the rows out."""
    if not options.excluded_schools:
        return
    schools = listed(options.excluded_schools)
    _make_theirs(scratch, schools)
    for entity, column in _SCHOOL_OF:
        _forgive(scratch, entity, f"{column} IN ({schools})")
    for entity, column in PERSON_OF:
        _forgive(scratch, entity, f"{column} IN (SELECT sourced_id FROM theirs)")
    classes = f"SELECT sourced_id FROM {norm_table(CLASSES)} WHERE school_sourced_id IN ({schools})"
    if scratch.has_relation(norm_table(CLASSES)):
        _forgive(scratch, ENROLLMENTS, f"class_sourced_id IN ({classes})")


def _make_theirs(scratch: Scratch, schools: str) -> None:
    """Make `theirs`: the people all of whose roles, bad ones included, are at excluded schools."""
    parts = [
        f"SELECT user_sourced_id, org_sourced_id FROM {table} WHERE user_sourced_id <> ''"
        for table in (norm_table(ROLES), kept_out_table(ROLES))
        if scratch.has_relation(table)
    ]
    roles = " UNION ALL ".join(parts) or "SELECT '' AS user_sourced_id, '' AS org_sourced_id WHERE false"
    scratch.run(
        f"CREATE OR REPLACE TEMP TABLE theirs AS SELECT user_sourced_id AS sourced_id FROM ({roles})"
        f" GROUP BY user_sourced_id HAVING bool_and(org_sourced_id IN ({schools}))"
    )


def _forgive(scratch: Scratch, entity: Entity, where: str) -> None:
    kept_out = kept_out_table(entity)
    if not scratch.has_relation(kept_out):
        return
    scratch.run(
        f"INSERT INTO {norm_table(entity)} SELECT * REPLACE ('left_out' AS status) FROM {kept_out} WHERE {where}"
    )
    scratch.run(
        f"DELETE FROM finding WHERE entity = ? AND code IN ({ERROR_CODES})"
        f" AND (row, sourced_id) IN (SELECT row, sourced_id FROM {kept_out} WHERE {where})",
        [entity.name],
    )
    scratch.run(f"DELETE FROM {kept_out} WHERE {where}")
    scratch.run(f"DELETE FROM {rejected_table(entity)} WHERE sourced_id NOT IN (SELECT sourced_id FROM {kept_out})")
