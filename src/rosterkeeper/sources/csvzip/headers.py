"""Matches a header with the field table: by name, whatever the order, the case or the dialect."""

import io
import re
from dataclasses import dataclass
from typing import Final

from rosterkeeper.oneroster.errors import SourceRefused
from rosterkeeper.oneroster.fields import (
    METADATA_PREFIX,
    PASSWORD_FIELDS,
    V1P0,
    V1P2,
    Entity,
    Kind,
    Need,
    snake,
)
from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.sources.csvzip.records import Record, records, value
from rosterkeeper.sources.csvzip.report import Problem, Report

# In 1.0 these were the columns' own names, and users had no grades (spec notes, section 3; legacy_v1p0).
_NAMES_V1P0: Final = frozenset(
    {"schoolYearId", "grade", "termSourcedId", "userId", "agents", "userSourcedId", "birthdate"}
)
_LACKED_V1P0: Final = frozenset({("users", "grades")})
# Binding revision 1.2.0 had this column and 1.2.1 took it away; resources are not imported in either.
_WITHDRAWN: Final = frozenset({("users", "resourceSourcedIds", V1P2)})
# The widest file of the standard has 23; districts add some dozens of metadata columns.
_MOST_COLUMNS: Final = 500
_OTHER_SEPARATORS: Final = (";", "\t", "|")
# What may be shown of a column that the standard does not know: a file without a header would put data here.
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,63}")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each field stands in a file: by column name and by metadata key; and which cells hold passwords."""

    entity: Entity
    file: str
    width: int
    cells: dict[str, int]
    metadata: dict[str, int]
    passwords: tuple[int, ...]


@dataclass(slots=True)
class _Reading:
    """One header while it is read."""

    entity: Entity
    file: str
    version: str
    report: Report
    problems: list[Problem]

    def note(self, code: str, field: str) -> None:
        self.report.note(Finding(code, self.file, 1, self.entity.name, field=field))

    def problem(self, code: str, field: str, what: str) -> None:
        self.problems.append(Problem(Finding(code, self.file, 1, self.entity.name, field=field), what))


def names_of(text: bytes) -> frozenset[str]:
    """The lower-case column names in the first record of ``text``; none where it is not CSV."""
    try:
        first = next(records(io.BytesIO(text), "", Report()), None)
    except SourceRefused:
        return frozenset()
    return frozenset(value(cell).lower() for cell in first.cells()) if first else frozenset()


def read_layout(first: Record | None, entity: Entity, file: str, version: str, report: Report) -> Layout:
    """Match the header record of ``file``; one SourceRefused tells every column that is missing or named twice."""
    names = [value(cell) for cell in first.cells()] if first and not first.is_blank else []
    if len(names) > _MOST_COLUMNS:
        raise report.refusal(
            Finding("table.too_many_columns", file, 1, entity.name), f"{file} has more than {_MOST_COLUMNS} columns"
        )
    reading = _Reading(entity, file, version, report, [])
    found = _match(names, reading)
    if not found:
        raise _without_header(names, reading)
    metadata = _metadata(names)
    _check_repeated(names, reading)
    _check_missing(found, reading)
    if reading.problems:
        raise report.refusal_of(reading.problems)
    _tell_strangers(names, {*found.values(), *metadata.values()}, reading)
    _tell_order(found, metadata, reading)
    return Layout(
        entity,
        file,
        len(names),
        {snake(name): at for name, at in found.items() if name not in PASSWORD_FIELDS},
        metadata,
        tuple(at for name, at in found.items() if name in PASSWORD_FIELDS),
    )


def _without_header(names: list[str], reading: _Reading) -> SourceRefused:
    """The refusal of a first record without any column: spreadsheets of many countries write semicolons."""
    file, report = reading.file, reading.report
    wanted = {field.csv.lower() for field in reading.entity.fields}
    for mark in _OTHER_SEPARATORS:
        if len(names) == 1 and wanted & {name.strip().lower() for name in names[0].split(mark)}:
            finding = Finding("table.other_separator", file, 1, reading.entity.name)
            return report.refusal(finding, f"{file} has {mark!r} between its cells, not commas")
    return report.refusal(Finding("table.no_header", file, 1, reading.entity.name), f"{file} has no header row")


def _match(names: list[str], reading: _Reading) -> dict[str, int]:
    """Each field's cell: under its own name in whatever case, else under an older name."""
    found: dict[str, int] = {}
    for field in reading.entity.fields:
        spots = (_find(names, wanted) for wanted in (field.csv, *field.aliases))
        at = next((spot for spot in spots if spot is not None), None)
        if at is None or at in found.values():
            continue
        found[field.csv] = at
        is_native = reading.version == V1P0 and names[at] in _NAMES_V1P0
        if names[at] != field.csv and not is_native:
            reading.note("schema.column_alias", field.csv)
        elif reading.version not in field.versions:
            reading.note("schema.other_version", field.csv)
    return found


def _find(names: list[str], wanted: str) -> int | None:
    return next((at for at, name in enumerate(names) if name.lower() == wanted.lower()), None)


def _metadata(names: list[str]) -> dict[str, int]:
    """Metadata cells by key, in the keys' order, which makes the JSON text of equal metadata equal."""
    keys = {name[len(METADATA_PREFIX) :]: at for at, name in enumerate(names) if _is_metadata(name)}
    return dict(sorted(keys.items()))


def _check_repeated(names: list[str], reading: _Reading) -> None:
    """Metadata keys are anyone's and their case tells them apart; the standard's own names differ by more."""
    seen: set[str] = set()
    for at, name in enumerate(names):
        same = METADATA_PREFIX + name[len(METADATA_PREFIX) :] if _is_metadata(name) else name.lower()
        if same and same in seen:
            told = _shown(name, at)
            reading.problem("schema.duplicate_column", told, f"{reading.file} has the column {told} twice")
        seen.add(same)


def _check_missing(found: dict[str, int], reading: _Reading) -> None:
    for field in reading.entity.fields:
        is_expected = reading.version in field.versions and not (
            reading.version == V1P0 and (reading.entity.name, field.csv) in _LACKED_V1P0
        )
        if field.csv in found or not is_expected:
            continue
        if field.need is Need.MUST or field.kind is Kind.ID:
            reading.problem("schema.missing_column", field.csv, f"{reading.file} lacks the column {field.csv}")
        else:
            reading.note("schema.missing_optional_column", field.csv)


def _tell_strangers(names: list[str], read: set[int], reading: _Reading) -> None:
    for at, name in enumerate(names):
        if at not in read and (reading.entity.name, name, reading.version) not in _WITHDRAWN:
            reading.note("schema.unknown_column", _shown(name, at))


def _tell_order(found: dict[str, int], metadata: dict[str, int], reading: _Reading) -> None:
    """Since 1.1 the order is the standard's and metadata stands last; samples of 1.0 differ among themselves."""
    if reading.version == V1P0:
        return
    spots = [*found.values(), *sorted(metadata.values())]
    if spots != sorted(spots):
        reading.note("schema.column_order", "")


def _is_metadata(name: str) -> bool:
    return len(name) > len(METADATA_PREFIX) and name.lower().startswith(METADATA_PREFIX)


def _shown(name: str, at: int) -> str:
    return name if _NAME.fullmatch(name) else f"column {at + 1}"
