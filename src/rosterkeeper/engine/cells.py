"""What can be wrong with, or repaired in, a single cell: one bit of a record's `faults` a kind of fault.

normalize sets the bits while it makes the canonical rows, so that a clean district costs no second look; validate
writes findings for the bits that occur.
"""

from dataclasses import dataclass
from typing import Final

from rosterkeeper.engine import forms
from rosterkeeper.oneroster.fields import USERS, Entity, Field, Kind, Need
from rosterkeeper.scratch import quoted

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
    """One kind of fault in one field: the code it is told under, and an SQL predicate.

    The predicate sees each field twice: trimmed as it came (`raw_<column>`) and canonical (`<column>`).
    """

    code: str
    field: str
    where: str


def raw_name(field: Field) -> str:
    """The name of a field's trimmed raw text while the canonical row is made."""
    return quoted(f"raw_{field.column}")


def cell_tests(entity: Entity, version: str, *, flat_roles: bool) -> list[CellTest]:
    """Every test of the entity's cells, in the order of their bits.

    ``flat_roles`` says that users carry their role in their own record (OneRoster 1.0, 1.1).
    """
    tests = [
        CellTest("row.missing_id", "sourcedId", "sourced_id = ''"),
        CellTest(
            "row.id_form",
            "sourcedId",
            f"sourced_id <> '' AND NOT regexp_full_match(sourced_id, {forms.literal(_ID_FORM)})",
        ),
    ]
    for field in entity.stored_fields:
        if field.kind is not Kind.ID:
            tests += _status_tests(field) if field.csv == "status" else _field_tests(field, version)
    if entity is USERS and flat_roles:
        role = entity.field("role")
        raw = raw_name(role)
        tests += [
            CellTest("row.missing_required", role.csv, f"status = 'active' AND {raw} = ''"),
            CellTest("row.invalid_value", role.csv, f"status = 'active' AND {raw} <> '' AND role = ''"),
            CellTest("row.repaired_word", role.csv, f"role NOT IN ('', {raw})"),
        ]
    return tests


def mask(tests: list[CellTest], *, asks_first: bool) -> str:
    """The SQL expression of a record's faults: bit n is set where test n holds.

    Most records have none, and to ask first whether there is one (``asks_first``) costs a tenth of adding the bits up.
    Of few records both cost less than DuckDB's understanding of the question.
    """
    bits = " + ".join(f"CASE WHEN {test.where} THEN {1 << place} ELSE 0 END" for place, test in enumerate(tests))
    if not asks_first:
        return f"({bits})::BIGINT"
    some = " OR ".join(f"({test.where})" for test in tests)
    return f"(CASE WHEN {some} THEN {bits} ELSE 0 END)::BIGINT"


def _status_tests(field: Field) -> list[CellTest]:
    raw = raw_name(field)
    lowered = f"lower({raw})"
    return [
        CellTest("row.inactive", field.csv, f"{lowered} = 'inactive'"),
        CellTest("row.invalid_status", field.csv, f"{lowered} NOT IN ('', 'active', 'inactive', 'tobedeleted')"),
        CellTest("row.repaired_word", field.csv, f"{lowered} IN ('active', 'tobedeleted') AND {raw} <> {lowered}"),
    ]


def _field_tests(field: Field, version: str) -> list[CellTest]:
    raw, made = raw_name(field), quoted(field.column)
    live = "status = 'active' AND "
    tests: list[CellTest] = []
    must = field.need is Need.MUST
    if forms.checked(field):
        code = "row.invalid_value" if must else "row.ignored_value"
        tests.append(CellTest(code, field.csv, f"{live}{raw} <> '' AND {made} = ''"))
        tests.append(CellTest(_REPAIRS[field.kind], field.csv, f"{made} NOT IN ('', {raw})"))
    if must:
        tests.append(CellTest("row.missing_required", field.csv, f"{live}{raw} = ''"))
    elif field.need is Need.SHOULD and version in field.versions:
        tests.append(CellTest("row.blank_required", field.csv, f"{live}{raw} IN ('', '[]')"))
    return tests
