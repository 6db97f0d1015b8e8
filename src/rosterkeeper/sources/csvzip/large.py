"""A file too large to lie in memory twice, as it came and as canonical rows: a view reads it while it is normalised.

While it is read each row is marked with what `table` would look for in a raw table. What the marks, or a row too few,
make doubtful is landed by `table` after all.
"""

from dataclasses import dataclass
from typing import Final

from rosterkeeper.oneroster.fields import V1P0
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.sources.contract import Mode, raw_fields, raw_table
from rosterkeeper.sources.csvzip.faults import machine_faults
from rosterkeeper.sources.csvzip.headers import Layout
from rosterkeeper.sources.csvzip.report import Report
from rosterkeeper.sources.csvzip.table import (
    check_lines,
    gainsays,
    land_and_tell,
    odd,
    password_filled,
    raw_cells,
    reading,
    tell_mode,
    tell_password,
)
from rosterkeeper.sources.csvzip.text import TextFile

_ODD: Final = 1
_QUOTE: Final = 2
_PASSWORD: Final = 4
_STATUS: Final = 8


@dataclass(frozen=True, slots=True)
class LargeFile:
    """An unpacked file of one row a line, as far as is known yet; ``version`` is the package's."""

    text: TextFile
    layout: Layout
    mode: Mode
    version: str

    @property
    def rows(self) -> int:
        """The rows that it has if each line is one."""
        return self.text.lines - 1

    def open(self, scratch: Scratch) -> None:
        """Make the view that stands for the raw table."""
        names = ["row", *(quoted(field.column) for field in raw_fields(self.layout.entity)), "metadata"]
        cells = [self._marks(), *raw_cells(self.layout)]
        made = ", ".join(f"{cell} AS {name}" for cell, name in zip(cells, names, strict=True))
        scratch.run(f"CREATE VIEW {self._view} AS SELECT {made} FROM {reading(self.text.path, self.layout)}")

    def proven(self, scratch: Scratch, table: str) -> bool:
        """As `Unlanded.proven`: as many rows as lines, each as wide as the header, and every quote in its place."""
        [(rows, seen)] = scratch.rows(f"SELECT count(*), coalesce(bit_or(row), 0) FROM {table}")
        marks = int(seen or 0)
        if rows != self.rows or marks & _ODD:
            return False
        report = Report()
        try:
            if marks & _QUOTE:
                suspects = scratch.rows(f"SELECT rowid + 2 FROM {table} WHERE row & {_QUOTE} <> 0")
                check_lines(self.text, {row for (row,) in suspects}, report)
            if marks & _PASSWORD:
                tell_password(self.layout, report)
            if marks & _STATUS:
                tell_mode(self.layout.entity, self.layout.file, self.mode, report)
        finally:
            scratch.find(report.findings)
        # One row a line, in the file's order: the row's number is its line, the header's being 1.
        scratch.run(f"UPDATE {table} SET row = rowid + 2")
        self.drop(scratch)
        return True

    def land(self, scratch: Scratch) -> int:
        """As `Unlanded.land`."""
        scratch.run(f"DROP VIEW {self._view}")
        report = Report()
        try:
            with machine_faults():
                return land_and_tell(scratch, self.text, self.layout, self.mode, self.version, report)
        finally:
            scratch.find(report.findings)

    def drop(self, scratch: Scratch) -> None:
        """As `Unlanded.drop`."""
        scratch.run(f"DROP VIEW {self._view}")
        self.text.path.unlink()

    @property
    def _view(self) -> str:
        return raw_table(self.layout.entity)

    def _marks(self) -> str:
        tests = {_ODD: odd(self.layout)}
        if self.text.quoted:
            told = {*self.layout.metadata.values(), *self._told()}
            tests[_QUOTE] = " OR ".join(f"contains(c{at}, '\"')" for at in sorted(told))
        if self.layout.passwords:
            tests[_PASSWORD] = password_filled(self.layout)
        if self.version != V1P0:
            at = self.layout.cells.get("status")
            tests[_STATUS] = gainsays(self.mode, "NULL::VARCHAR" if at is None else f"c{at}")
        return " + ".join(f"CASE WHEN {test} THEN {bit} ELSE 0 END" for bit, test in tests.items())

    def _told(self) -> set[int]:
        """Where the cells stand that are landed."""
        return {
            at for field in raw_fields(self.layout.entity) if (at := self.layout.cells.get(field.column)) is not None
        }
