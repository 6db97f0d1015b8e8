"""The rows of a well-formed OneRoster CSV zip, for the sample server. The product reads zips elsewhere, with care."""

import csv
import io
import zipfile
import zlib
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final

from rosterkeeper.oneroster.errors import SourceRefused
from rosterkeeper.oneroster.fields import ENTITIES, V1P1, V1P2, Entity, Need

Row = dict[str, str]

_VERSIONS: Final = (V1P1, V1P2)


@dataclass(frozen=True, slots=True)
class Package:
    """A zip's version and its rows by entity, as column name to cell; a file that is not there has no rows."""

    version: str
    rows: dict[str, list[Row]]


def unpack(path: Path) -> Package:
    """Read a OneRoster 1.1 or 1.2 zip; SourceRefused where it is not one."""
    try:
        with zipfile.ZipFile(path) as package:
            held = set(package.namelist())
            manifest = {
                row["propertyName"]: row["value"] for row in _rows(package, "manifest.csv", {"propertyName", "value"})
            }
            version = manifest.get("oneroster.version", "")
            if version not in _VERSIONS:
                raise _not_served("its manifest names no version that can be served")
            rows = {
                each.name: _rows(package, each.file, _needed(each, version)) for each in ENTITIES if each.file in held
            }
    except (
        OSError,
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        UnicodeDecodeError,
        csv.Error,
        EOFError,
        RuntimeError,
    ) as fault:
        raise _not_served(type(fault).__name__) from None
    return Package(version, {each.name: rows.get(each.name, []) for each in ENTITIES})


def _needed(entity: Entity, version: str) -> set[str]:
    return {each.csv for each in entity.fields if each.need is Need.MUST and version in each.versions}


def _rows(package: zipfile.ZipFile, name: str, needed: set[str]) -> list[Row]:
    with package.open(name) as entry:
        reader = csv.reader(io.TextIOWrapper(entry, "utf-8-sig", newline=""))
        header = next(reader, [])
        if missing := sorted(needed - set(header)):
            raise _not_served(f"{name} has no column {missing[0]}")
        return [dict(zip_longest(header, cells[: len(header)], fillvalue="")) for cells in reader if cells]


def _not_served(reason: str) -> SourceRefused:
    return SourceRefused(
        "sample.not_served",
        f"The file cannot be served as a OneRoster server: {reason}.",
        todo="Give a OneRoster CSV zip of version 1.1 or 1.2.",
    )
