"""Reads CSV record by record, precisely and slowly: for headers, the manifest, and files with something odd in them.

RFC 4180 as the OneRoster CSV bindings use it: a quote stands only around a whole cell or doubled inside a quoted one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.sources.csvzip.report import Report

# The longest list that a real district needs (every school's id in one cell) is a tenth of this.
LONGEST_RECORD: Final = 1 << 20

_BLOCK: Final = 1 << 20
_QUOTE: Final = b'"'
# Possessive, so that no text makes them slow.
_CELL: Final = rb'(?: *+"(?:[^"]++|"")*+" *+|[^",]*+)'
_WHOLE: Final = re.compile(rb"%s(?:,%s)*+" % (_CELL, _CELL))
_OPEN: Final = re.compile(rb'(?:%s,)*+ *+"(?:[^"]++|"")*+' % _CELL)
_CELLS: Final = re.compile(rb"(?:^|,)(%s)" % _CELL)


@dataclass(slots=True)
class Record:
    """One record without its line end; ``row`` counts from the header, which is row 1, blank lines included."""

    row: int
    text: bytes
    folded: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether it is an empty line."""
        return not self.text.strip()

    @property
    def is_quoted(self) -> bool:
        """Whether any of its cells stands in quotes."""
        return _QUOTE in self.text

    def cells(self) -> list[bytes]:
        """The cells as written, quotes included."""
        return _CELLS.findall(self.text) if self.is_quoted else self.text.split(b",")


def value(cell: bytes) -> str:
    """What a written cell says, without surrounding blanks."""
    bare = cell.strip()
    if bare.startswith(_QUOTE):
        bare = bare[1:-1].replace(b'""', _QUOTE)
    return bare.decode(errors="replace").strip()


def well_quoted(text: bytes) -> bool:
    """Whether every quote of a record stands where RFC 4180 allows one."""
    return _WHOLE.fullmatch(text) is not None


def lines(stream: BinaryIO, file: str, report: Report) -> Iterator[bytes]:
    """Every line of the stream without its end (LF, CR LF or CR)."""
    rest = b""
    row = 0
    while block := stream.read(_BLOCK):
        pieces = (rest + block).splitlines(keepends=True)
        rest = pieces.pop()
        for piece in pieces:
            row += 1
            if len(piece) > LONGEST_RECORD:
                raise too_long(file, row, report)
            yield piece.rstrip(b"\r\n")
        if len(rest) > LONGEST_RECORD:
            raise too_long(file, row + 1, report)
    if rest:
        yield rest.rstrip(b"\r\n")


def records(stream: BinaryIO, file: str, report: Report) -> Iterator[Record]:
    """Every record; a line break inside a quoted cell becomes a space.

    SourceRefused with ``table.unescaped_quote``, ``table.unclosed_quote`` or ``table.field_too_long``, naming the row.
    """
    row = 0
    parts: list[bytes] = []
    length = 0
    for line in lines(stream, file, report):
        if not parts:
            row += 1
            if _QUOTE not in line:
                yield Record(row, line)
                continue
        parts.append(line)
        length += len(line) + 1
        is_first = len(parts) == 1
        is_odd = line.count(_QUOTE) % 2 == 1
        # Quotes come in pairs unless a cell goes on in the next line, and then until a line with an odd number.
        if is_odd is is_first:
            if is_first and not _OPEN.fullmatch(line):
                raise stray_quote(file, row, report)
            if length > LONGEST_RECORD:
                raise _unclosed(file, row, report)
            continue
        text = b" ".join(parts)
        if not well_quoted(text):
            raise stray_quote(file, row, report)
        yield Record(row, text, folded=len(parts) > 1)
        parts, length = [], 0
    if parts:
        raise _unclosed(file, row, report)


def stray_quote(file: str, row: int, report: Report) -> Exception:
    """The refusal of a file in which a quote stands inside a cell that is not quoted."""
    return report.refusal(
        Finding("table.unescaped_quote", file, row),
        f"{file} has a quote inside a cell that is not quoted, in row {row}",
        todo='This is an invalid zip. Have cells that hold a quote written in quotes, with the quote doubled ("").',
    )


def too_long(file: str, row: int, report: Report) -> Exception:
    """The refusal of a file with a record longer than any real one."""
    return report.refusal(
        Finding("table.field_too_long", file, row),
        f"{file} has a field longer than {LONGEST_RECORD:,} bytes in row {row}",
    )


def _unclosed(file: str, row: int, report: Report) -> Exception:
    return report.refusal(
        Finding("table.unclosed_quote", file, row), f"{file} has a quoted cell that is never closed, in row {row}"
    )
