"""validate, third part: what the standard means beyond single cells and links."""

from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.oneroster.fields import ACADEMIC_SESSIONS, CLASSES, COURSES, ENROLLMENTS, ORGS, ROLES, USERS, Entity
from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Collection, Fetched, Mode

_DATES = {
    ACADEMIC_SESSIONS.name: ("start_date", "end_date"),
    ENROLLMENTS.name: ("begin_date", "end_date"),
    ROLES.name: ("begin_date", "end_date"),
}


def check_meaning(scratch: Scratch, fetched: Fetched, entity: Entity, collection: Collection) -> None:
    """Write the findings about one entity's meaning; repairs what can be repaired without guessing."""
    table = norm_table(entity)
    if entity.name in _DATES:
        begin, end = _DATES[entity.name]
        _tell(
            scratch,
            entity,
            collection,
            "semantic.dates_reversed",
            "endDate",
            f"{begin} <> '' AND {end} <> '' AND {end} < {begin}",
        )
    if entity in (COURSES, CLASSES):
        _tell(scratch, entity, collection, "semantic.unpaired_subjects", "subjectCodes", _UNPAIRED)
    if entity in (ORGS, ACADEMIC_SESSIONS):
        _break_cycles(scratch, entity, collection)
    if entity in (CLASSES, ENROLLMENTS) and ORGS.name in fetched.collections:
        others = f"SELECT sourced_id FROM {norm_table(ORGS)} WHERE type <> 'school'"
        if scratch.count(
            f"SELECT count(*) FROM ({others}) o SEMI JOIN {table} n ON n.school_sourced_id = o.sourced_id"
        ):
            _tell(
                scratch,
                entity,
                collection,
                "reference.not_a_school",
                "schoolSourcedId",
                f"school_sourced_id IN ({others})",
            )
    if entity is ENROLLMENTS and CLASSES.name in fetched.collections:
        _fill_schools(scratch, collection)
    if entity is ROLES:
        _check_roles(scratch, fetched, collection)


_UNPAIRED = (
    "subjects <> '' AND subject_codes <> ''"
    " AND json_array_length(subjects::JSON) <> json_array_length(subject_codes::JSON)"
)


def _tell(scratch: Scratch, entity: Entity, collection: Collection, code: str, field: str, where: str) -> None:
    scratch.run(
        f"INSERT INTO finding SELECT ?, ?, row, ?, sourced_id, ? FROM {norm_table(entity)}"
        f" WHERE status = 'active' AND ({where})",
        [code, collection.place, entity.name, field],
    )


def _fill_schools(scratch: Scratch, collection: Collection) -> None:
    """An enrollment's school is its class's (spec notes, section 4)."""
    if not scratch.count(f"SELECT count(*) FROM {norm_table(ENROLLMENTS)} WHERE school_sourced_id = ''"):
        return
    _tell(scratch, ENROLLMENTS, collection, "semantic.school_filled", "schoolSourcedId", "school_sourced_id = ''")
    scratch.run(
        f"UPDATE {norm_table(ENROLLMENTS)} SET school_sourced_id = c.school_sourced_id, row_hash = NULL"
        f" FROM {norm_table(CLASSES)} c"
        f" WHERE {norm_table(ENROLLMENTS)}.school_sourced_id = ''"
        f" AND c.sourced_id = {norm_table(ENROLLMENTS)}.class_sourced_id"
    )


def _check_roles(scratch: Scratch, fetched: Fetched, collection: Collection) -> None:
    roles = norm_table(ROLES)
    if not fetched.flat_roles:
        twice = (
            f"SELECT user_sourced_id || chr(31) || org_sourced_id FROM {roles}"
            " WHERE role_type = 'primary' AND status = 'active'"
            " GROUP BY user_sourced_id, org_sourced_id HAVING count(*) > 1"
        )
        _tell(
            scratch,
            ROLES,
            collection,
            "semantic.two_primary_roles",
            "roleType",
            f"role_type = 'primary' AND user_sourced_id || chr(31) || org_sourced_id IN ({twice})",
        )
    users = fetched.collections.get(USERS.name)
    if users is not None and users.mode is collection.mode is Mode.BULK:
        held = f"SELECT user_sourced_id FROM {roles} WHERE status = 'active'"
        _tell(scratch, USERS, users, "semantic.no_role", "role", f"sourced_id NOT IN ({held})")


def _break_cycles(scratch: Scratch, entity: Entity, collection: Collection) -> None:
    """Ignore the parent of every record that is its own ancestor.

    Orgs and sessions only: a few thousand at most, so a walk in Python is the plain way.
    """
    table = norm_table(entity)
    rows = scratch.rows(f"SELECT sourced_id, parent_sourced_id, row FROM {table} WHERE parent_sourced_id <> ''")
    parents = {str(child): str(parent) for child, parent, _ in rows}
    looped = _looped(parents)
    if not looped:
        return
    places = {str(child): int(row or 0) for child, _, row in rows}
    scratch.find(
        Finding("semantic.cycle", collection.place, places[each], entity.name, each, "parentSourcedId")
        for each in sorted(looped)
    )
    for each in looped:
        scratch.run(f"UPDATE {table} SET parent_sourced_id = '', row_hash = NULL WHERE sourced_id = ?", [each])


def _looped(parents: dict[str, str]) -> set[str]:
    """The ids that lie on a cycle of parents; every id is walked once."""
    looped: set[str] = set()
    settled: set[str] = set()
    for start in parents:
        path: dict[str, int] = {}
        each = start
        while each in parents and each not in settled and each not in path:
            path[each] = len(path)
            each = parents[each]
        if each in path:
            looped.update(step for step, at in path.items() if at >= path[each])
        settled.update(path)
    return looped
