"""A district whose student information system was replaced: everything has a new id, and nothing else is new."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Collection
from pathlib import Path

# Alters a row of a file, by the file's name.
Change = Callable[[str, dict[str, str]], None]


def renamed(old: str) -> str:
    """The new id of an old one."""
    return f"n{hashlib.sha256(old.encode()).hexdigest()[:12]}"


def rekey(package: Path, out: Path, *, change: Change | None = None) -> Path:
    """Write the package with all ids renamed."""
    with zipfile.ZipFile(package) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    known: set[str] = set()
    for data in parts.values():
        known |= {row.get("sourcedId", "") for row in _rows(data)}
    with zipfile.ZipFile(out, "w") as made:
        for name, data in parts.items():
            made.writestr(name, data if name == "manifest.csv" else _rekeyed(name, data, known - {""}, change))
    return out


def _rekeyed(name: str, data: bytes, known: Collection[str], change: Change | None) -> str:
    rows = _rows(data)
    if not rows:
        return data.decode("utf-8-sig")
    for row in rows:
        for column, cell in row.items():
            if column.lower().endswith(("sourcedid", "sourcedids")):
                row[column] = ",".join(renamed(each) if each in known else each for each in cell.split(","))
        if change:
            change(name, row)
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
