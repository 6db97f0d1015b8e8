"""The rows of a well-formed OneRoster CSV zip, for the sample server. The product reads zips elsewhere, with care."""

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rosterkeeper.oneroster.errors import SourceRefused
from rosterkeeper.oneroster.fields import ENTITIES, V1P1, V1P2

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
            manifest = {row["propertyName"]: row["value"] for row in _rows(package, "manifest.csv")}
            version = manifest.get("oneroster.version", "")
            if version not in _VERSIONS:
                raise _not_served("its manifest names no version that can be served")
            rows = {each.name: _rows(package, each.file) for each in ENTITIES if each.file in held}
    except (OSError, zipfile.BadZipFile, KeyError, UnicodeDecodeError, csv.Error, EOFError) as fault:
        raise _not_served(type(fault).__name__) from None
    return Package(version, {each.name: rows.get(each.name, []) for each in ENTITIES})


def _rows(package: zipfile.ZipFile, name: str) -> list[Row]:
    with package.open(name) as entry:
        reader = csv.reader(io.TextIOWrapper(entry, "utf-8-sig", newline=""))
        header = next(reader, [])
        return [dict(zip(header, cells, strict=False)) for cells in reader]


def _not_served(reason: str) -> SourceRefused:
    return SourceRefused(
        "sample.not_served",
        f"The file cannot be served as a OneRoster server: {reason}.",
        todo="Give a OneRoster CSV zip of version 1.1 or 1.2.",
    )
