"""Reads manifest.csv: the OneRoster version, and for each file whether it is absent, bulk or delta."""

import io
from dataclasses import dataclass
from typing import Final

from rosterkeeper.oneroster.errors import SourceRefused
from rosterkeeper.oneroster.fields import V1P1, V1P2
from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.oneroster.vocabulary import FILE_MODES
from rosterkeeper.sources.csvzip.records import records, value
from rosterkeeper.sources.csvzip.report import Problem, Report, shown

MANIFEST: Final = "manifest.csv"
ABSENT: Final = "absent"

_HEADER: Final = [b"propertyName", b"value"]
_FILE: Final = "file."
_MANIFEST_VERSION: Final = "manifest.version"
_ONEROSTER_VERSION: Final = "oneroster.version"
# Binding revision 1.2.1 and the Japan Profile still are OneRoster 1.2 (spec notes, section 2).
_VERSIONS: Final = {V1P1: V1P1, V1P2: V1P2, "1.2.1": V1P2, "1.2_JP": V1P2}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the zip announces: the version, and the mode of each file by its lower-case stem."""

    version: str
    modes: dict[str, str]


def read_manifest(text: bytes, report: Report) -> Manifest:
    """Read the manifest's text; one SourceRefused tells all that is wrong with it."""
    properties: dict[str, str] = {}
    problems: list[Problem] = []
    for row, name, said in _properties(text, report):
        known = properties.setdefault(name, said)
        if known != said:
            finding = Finding("manifest.duplicate_property", MANIFEST, row)
            problems.append(Problem(finding, f"{MANIFEST} gives one property two values, in row {row}"))
    version = _version(properties, report, problems)
    modes = _modes(properties, report, problems)
    if problems:
        raise report.refusal_of(problems)
    return Manifest(version, modes)


def _properties(text: bytes, report: Report) -> list[tuple[int, str, str]]:
    """Row, lower-case name and value of every property."""
    found: list[tuple[int, str, str]] = []
    try:
        for record in records(io.BytesIO(text), MANIFEST, report):
            cells = [cell.strip().strip(b'"') for cell in record.cells()]
            if record.row == 1:
                if cells != _HEADER:
                    break
                continue
            if record.is_blank:
                continue
            name, *values = [value(cell) for cell in record.cells()]
            plain = name.rstrip("*").strip()
            if plain != name:
                # The published 1.2 tables mark new rows with a footnote star, which some exports copy.
                report.note(Finding("manifest.property_form", MANIFEST, record.row))
            found.append((record.row, plain.lower(), values[0] if values else ""))
        else:
            if text.strip():
                return found
    except SourceRefused as fault:
        raise report.refusal(
            Finding("manifest.unreadable", MANIFEST), f"{MANIFEST} cannot be read: {fault.what}", todo=fault.todo
        ) from None
    raise report.refusal(
        Finding("manifest.invalid_header", MANIFEST, 1), f"{MANIFEST} does not begin with the row propertyName,value"
    )


def _version(properties: dict[str, str], report: Report, problems: list[Problem]) -> str:
    form = properties.get(_MANIFEST_VERSION)
    if form is None:
        report.note(Finding("manifest.missing_property", MANIFEST, field=_MANIFEST_VERSION))
    elif form != "1.0":
        report.note(Finding("manifest.version_form", MANIFEST, field=_MANIFEST_VERSION))
    said = properties.get(_ONEROSTER_VERSION, "")
    version = _VERSIONS.get(said)
    if version is None:
        finding = Finding("manifest.unknown_version", MANIFEST, field=_ONEROSTER_VERSION)
        problems.append(Problem(finding, f"{MANIFEST} does not say oneroster.version 1.1 or 1.2"))
        return V1P1
    if version != said:
        report.note(Finding("manifest.version_form", MANIFEST, field=_ONEROSTER_VERSION))
    return version


def _modes(properties: dict[str, str], report: Report, problems: list[Problem]) -> dict[str, str]:
    modes = {}
    for name, said in properties.items():
        if not name.startswith(_FILE):
            continue
        mode = said.lower()
        property_name = shown(name)
        if mode not in FILE_MODES:
            finding = Finding("manifest.invalid_mode", MANIFEST, field=property_name)
            problems.append(
                Problem(finding, f"{MANIFEST} gives {property_name} a mode that is not absent, bulk or delta")
            )
        elif mode != said:
            report.note(Finding("manifest.property_form", MANIFEST, field=property_name))
        modes[name.removeprefix(_FILE)] = mode
    return modes
