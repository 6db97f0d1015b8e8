"""validate, first part: what is wrong or was repaired in single cells.

One pass over the raw and canonical tables side by side counts every kind of fault; findings are then written only
for the kinds that occur, so that a clean district costs one scan.
"""

from dataclasses import dataclass
from typing import Final

from rosterkeeper.engine import forms
from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.oneroster.fields import ROLES, USERS, Entity, Field, Kind, Need
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.sources.contract import Collection, Fetched, raw_table

# OneRoster 1.2 CSV binding: 1 to 255 characters of this alphabet. Older feeds use others, so it is only told.
_ID_FORM: Final = r"[0-9A-Za-z.\-_/@]{1,255}"
_REPAIRS: Final = {
    Kind.BOOLEAN: "row.repaired_boolean",
    Kind.DATE: "row.repaired_date",
    Kind.YEAR: "row.repaired_year",
    Kind.WORD: "row.repaired_word",
}


@dataclass(frozen=True, slots=True)
class CellTest:
    """One kind of fault in one field: the code it is told under, and an SQL predicate over r (raw) and n (canonical)."""

    code: str
    field: str
    where: str


def check_cells(scratch: Scratch, fetched: Fetched, entity: Entity, collection: Collection) -> None:
    """Write the findings about single cells of one collection."""
    if not collection.rows:
        return
    if not scratch.has_table(raw_table(entity)):
        return
    tests = _tests(entity, fetched.version, flat_roles=entity is USERS and not scratch.has_table(raw_table(ROLES)))
    side_by_side = _side_by_side(scratch, entity)
    counted = scratch.rows(f"SELECT {', '.join(f'count_if({test.where})' for test in tests)} FROM {side_by_side}")[0]
    for test, number in zip(tests, counted, strict=True):
        if number:
            scratch.run(
                f"INSERT INTO finding SELECT ?, ?, r.row, ?, n.sourced_id, ? FROM {side_by_side} WHERE {test.where}",
                [test.code, collection.place, entity.name, test.field],
            )


def _side_by_side(scratch: Scratch, entity: Entity) -> str:
    raw, norm = raw_table(entity), norm_table(entity)
    if scratch.count(f"SELECT count(*) FROM {raw}") == scratch.count(f"SELECT count(*) FROM {norm}"):
        return f"{raw} r POSITIONAL JOIN {norm} n"
    # Roles made of flat users stand behind those that were given.
    return f"{raw} r JOIN {norm} n ON n.row = r.row AND n.sourced_id = {forms.trimmed('sourced_id', 'r')}"


def _tests(entity: Entity, version: str, *, flat_roles: bool) -> list[CellTest]:
    tests = [
        CellTest("row.missing_id", "sourcedId", "n.sourced_id = ''"),
        CellTest(
            "row.id_form",
            "sourcedId",
            f"n.sourced_id <> '' AND NOT regexp_full_match(n.sourced_id, {forms.literal(_ID_FORM)})",
        ),
    ]
    for field in entity.stored_fields:
        if field.kind is not Kind.ID:
            tests += _status_tests(field) if field.csv == "status" else _field_tests(field, version)
    if flat_roles:
        role = entity.field("role")
        raw = forms.trimmed(role.column, "r")
        tests += [
            CellTest("row.missing_required", role.csv, f"n.status = 'active' AND {raw} = ''"),
            CellTest("row.invalid_value", role.csv, f"n.status = 'active' AND {raw} <> '' AND n.role = ''"),
            CellTest("row.repaired_word", role.csv, f"n.role NOT IN ('', {raw})"),
        ]
    return tests


def _status_tests(field: Field) -> list[CellTest]:
    raw = f"lower({forms.trimmed(field.column, 'r')})"
    return [
        CellTest("row.inactive", field.csv, f"{raw} = 'inactive'"),
        CellTest("row.invalid_status", field.csv, f"{raw} NOT IN ('', 'active', 'inactive', 'tobedeleted')"),
        CellTest(
            "row.repaired_word",
            field.csv,
            f"{raw} IN ('active', 'tobedeleted') AND {forms.trimmed(field.column, 'r')} <> {raw}",
        ),
    ]


def _field_tests(field: Field, version: str) -> list[CellTest]:
    raw = forms.trimmed(field.column, "r")
    made = f"n.{quoted(field.column)}"
    live = "n.status = 'active' AND "
    tests: list[CellTest] = []
    must = field.need is Need.MUST
    if forms.checked(field):
        tests.append(
            CellTest(
                "row.invalid_value" if must else "row.ignored_value", field.csv, f"{live}{raw} <> '' AND {made} = ''"
            )
        )
        tests.append(CellTest(_REPAIRS[field.kind], field.csv, f"{made} NOT IN ('', {raw})"))
    if must:
        tests.append(CellTest("row.missing_required", field.csv, f"{live}{raw} = ''"))
    elif field.need is Need.SHOULD and version in field.versions:
        tests.append(CellTest("row.blank_required", field.csv, f"{live}{raw} IN ('', '[]')"))
    return tests
