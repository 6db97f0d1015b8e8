"""A package taken apart into tables of cells and put together again, so that a test can spoil one cell or one row."""

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Table:
    """One CSV file; ``lead`` is what stands before the header, a byte order mark for example."""

    header: list[str]
    rows: list[list[str]]
    lead: bytes = b""

    def column(self, name: str) -> int:
        """The place of a column."""
        return self.header.index(name)

    def records(self) -> dict[str, dict[str, str]]:
        """The rows by sourcedId, each as column name to cell."""
        return {row[0]: dict(zip(self.header, row, strict=True)) for row in self.rows}

    def text(self) -> bytes:
        """The file's bytes."""
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows(self.rows)
        return self.lead + written.getvalue().encode()


@dataclass
class Tables:
    """All files of a package, by name without the ending."""

    held: dict[str, Table] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Table:
        return self.held[name]


def read(path: Path) -> Tables:
    """Take a package apart."""
    tables = Tables()
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            rows = list(csv.reader(io.StringIO(package.read(name).decode("utf-8-sig"), newline="")))
            tables.held[name.removesuffix(".csv")] = Table(rows[0], rows[1:])
    return tables


def repack(path: Path, out: Path, spoil: Callable[[Tables], None]) -> Path:
    """Write to ``out`` the package at ``path`` as ``spoil`` leaves it."""
    tables = read(path)
    spoil(tables)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, table in tables.held.items():
            package.writestr(f"{name}.csv", table.text())
    return out
