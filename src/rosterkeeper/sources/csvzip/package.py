"""Decides what the zip is: which version of OneRoster, which files are part of it and in which mode."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rosterkeeper.oneroster.fields import (
    BY_NAME,
    CORE,
    DEMOGRAPHICS,
    FILES_V1P1,
    FILES_V1P2,
    V1P0,
    V1P1,
    Entity,
)
from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.sources.contract import Mode
from rosterkeeper.sources.csvzip.archive import Archive
from rosterkeeper.sources.csvzip.formats import recognise
from rosterkeeper.sources.csvzip.headers import names_of
from rosterkeeper.sources.csvzip.inflate import Entry
from rosterkeeper.sources.csvzip.manifest import ABSENT, MANIFEST, Manifest, read_manifest
from rosterkeeper.sources.csvzip.report import TODO, Problem, Report, shown
from rosterkeeper.sources.csvzip.unpack import head, read_small

_FILES: Final = {V1P0: tuple(entity.name for entity in (*CORE, DEMOGRAPHICS)), V1P1: FILES_V1P1}
_CSV: Final = ".csv"


@dataclass(frozen=True, slots=True)
class Table:
    """A file to land: its entity, its mode, and where it is in the zip."""

    entity: Entity
    mode: Mode
    entry: Entry


@dataclass(frozen=True, slots=True)
class Package:
    """What the zip is; ``counted`` are gradebook and resource files by name, ``whole`` says what was compared."""

    version: str
    tables: tuple[Table, ...]
    counted: dict[str, Entry]
    whole: str


def read_package(archive: Archive, report: Report) -> Package:
    """Read what the zip announces and compare it with what it holds; one SourceRefused tells all that differs."""
    entry = archive.files.get(MANIFEST)
    if entry is None:
        return _without_manifest(archive, report)
    _check_case(entry, MANIFEST, report)
    manifest = read_manifest(read_small(archive, entry, report), report)
    names = _FILES.get(manifest.version, FILES_V1P2)
    modes = _agreed_modes(archive, manifest, names, report)
    files = "1 file" if len(modes) == 1 else f"{len(modes)} files"
    return _package(archive, manifest.version, modes, f"{MANIFEST} announces {files}", report)


def _agreed_modes(archive: Archive, manifest: Manifest, names: tuple[str, ...], report: Report) -> dict[str, Mode]:
    """The mode of each file that is both announced and there, by the standard's name."""
    problems = _strangers(archive, names)
    modes = {}
    for name in names:
        file = f"{name}{_CSV}"
        mode = manifest.modes.get(name.lower())
        is_there = file.lower() in archive.files
        if mode is None and not is_there:
            report.note(Finding("manifest.missing_property", MANIFEST, field=f"file.{name}"))
        elif mode in (None, ABSENT) and is_there:
            said = "does not name it" if mode is None else "calls it absent"
            problems.append(
                Problem(Finding("manifest.file_unexpected", file), f"{file} is in the zip, but {MANIFEST} {said}")
            )
        elif mode not in (None, ABSENT) and not is_there:
            problems.append(
                Problem(Finding("manifest.file_missing", file), f"{MANIFEST} announces {file}, but the zip lacks it")
            )
        elif mode is not None and is_there:
            modes[name] = Mode(mode)
    known = {name.lower() for name in names}
    for name, said in manifest.modes.items():
        file = shown(f"{name}{_CSV}")
        if name not in known and said != ABSENT and file not in archive.files:
            problems.append(
                Problem(Finding("manifest.file_missing", file), f"{MANIFEST} announces {file}, which is unknown")
            )
    if problems:
        raise report.refusal_of(problems)
    return modes


def _without_manifest(archive: Archive, report: Report) -> Package:
    """OneRoster 1.0 has no manifest and these very files, all bulk; anything else is another format or incomplete."""
    other = recognise(frozenset(archive.files), _header_reader(archive, report))
    if other:
        raise report.refusal(
            Finding("package.other_format"),
            f"The files are in the format of {other}, not OneRoster CSV",
            todo="Export the roster as OneRoster CSV 1.1 or 1.2 instead.",
        )
    missing = [entity.file for entity in CORE if entity.file.lower() not in archive.files]
    strangers = _strangers(archive, _FILES[V1P0])
    if missing or strangers:
        says = f"The zip has no {MANIFEST}"
        if missing and len(missing) < len(CORE):
            says += f", and for OneRoster 1.0 it lacks {', '.join(missing)}"
        raise report.refusal_of([Problem(Finding("package.missing_manifest", MANIFEST), says, TODO), *strangers])
    modes = {name: Mode.BULK for name in _FILES[V1P0] if f"{name}{_CSV}".lower() in archive.files}
    return _package(archive, V1P0, modes, f"OneRoster 1.0 needs {len(CORE)} files", report)


def _header_reader(archive: Archive, report: Report) -> Callable[[str], frozenset[str]]:
    return lambda file: names_of(head(archive, archive.files[file], report))


def _strangers(archive: Archive, names: tuple[str, ...]) -> list[Problem]:
    known = {MANIFEST, *(f"{name}{_CSV}".lower() for name in names)}
    return [
        Problem(Finding("package.unknown_file", entry.name), f"{entry.name} is not a file of this version of OneRoster")
        for file, entry in archive.files.items()
        if file not in known
    ]


def _package(archive: Archive, version: str, modes: dict[str, Mode], whole: str, report: Report) -> Package:
    tables = []
    counted = {}
    for name, mode in modes.items():
        entry = archive.files[f"{name}{_CSV}".lower()]
        _check_case(entry, f"{name}{_CSV}", report)
        entity = BY_NAME.get(name)
        if entity is None:
            counted[name] = entry
            report.note(Finding("package.not_imported", entry.name))
        else:
            tables.append(Table(entity, mode, entry))
    return Package(version, tuple(tables), counted, f"{whole}; all were there and read to their last byte")


def _check_case(entry: Entry, file: str, report: Report) -> None:
    if entry.name != file:
        report.note(Finding("package.file_name_case", entry.name))
