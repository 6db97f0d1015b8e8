"""Proves that a file's bytes are text while they stream by, and counts its lines on the way.

The count matters: when the parser lands exactly as many rows as there are lines, no quote swallowed a line, no row
was skipped, and a row's number is its line.
"""

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.sources.csvzip.report import Report

_BOM: Final = codecs.BOM_UTF8
_UTF16_BOMS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ARCHIVES: Final = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")
_LONGEST_SIGNATURE: Final = 4
# What normalize takes off around a cell, but for line ends.
_BLANKS: Final = (b" ", b"\t", "\u00a0".encode())


@dataclass(frozen=True, slots=True)
class TextFile:
    """An unpacked file that is UTF-8 text: where it is, its lines, whether it has quotes and ends with a line end.

    ``unpadded``: it holds neither a quote nor a blank of any kind, but for its line ends. ``digest`` is the SHA-256 of
    its bytes as the zip holds them.
    """

    path: Path
    file: str
    lines: int
    quoted: bool
    ended: bool
    unpadded: bool
    digest: str


class TextScan:
    """Takes a file's bytes block by block and gives them back as UTF-8 without a byte order mark.

    SourceRefused with ``table.encoding``, ``table.nul_byte`` or ``package.nested_archive``, naming the line.
    """

    def __init__(self, file: str, report: Report) -> None:
        self._file = file
        self._report = report
        self._head = b""
        self._begun = False
        self._from_utf16: codecs.IncrementalDecoder | None = None
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._feeds = self._returns = 0
        # Returns, and those of them that a feed follows: another one may stand in a cell.
        self._all_returns = self._pairs = 0
        self._blank = False
        self._last = b""
        self.quoted = False

    @property
    def lines(self) -> int:
        """The lines so far, one that is not ended included."""
        return self._ends + bool(self._last and not self.ended)

    @property
    def ended(self) -> bool:
        """Whether the text so far ends with a line end."""
        return self._last in (b"\n", b"\r")

    @property
    def unpadded(self) -> bool:
        """Whether there was neither a quote nor a blank so far, but for line ends."""
        return not (self.quoted or self._blank) and self._all_returns in (0, self._pairs)

    @property
    def _ends(self) -> int:
        return self._feeds or self._returns

    def feed(self, block: bytes) -> bytes:
        """The text of the next block, as far as it is known yet."""
        if not self._begun:
            self._head += block
            if len(self._head) < _LONGEST_SIGNATURE:
                return b""
            block = self._begin()
        return self._scan(block, final=False)

    def finish(self) -> bytes:
        """The rest, once the last block was fed."""
        return self._scan(b"" if self._begun else self._begin(), final=True)

    def _begin(self) -> bytes:
        self._begun = True
        if self._head.startswith(_ARCHIVES):
            raise self._report.refusal(
                Finding("package.nested_archive", self._file),
                f"{self._file} is an archive or a workbook, not a CSV file",
            )
        if self._head.startswith(_UTF16_BOMS):
            self._report.note(Finding("table.utf16", self._file))
            self._from_utf16 = codecs.getincrementaldecoder("utf-16")()
        return self._head.removeprefix(_BOM)

    def _scan(self, block: bytes, *, final: bool) -> bytes:
        if self._from_utf16:
            try:
                block = self._from_utf16.decode(block, final).encode()
            except UnicodeError:
                raise self._not_text(self.lines + 1) from None
        self._check_utf8(block, final=final)
        nul = block.find(b"\0")
        if nul >= 0:
            row = self._row_at(block, nul)
            raise self._report.refusal(
                Finding("table.nul_byte", self._file, row), f"{self._file} holds a NUL byte in row {row}"
            )
        self.quoted = self.quoted or b'"' in block
        self._feeds += block.count(b"\n")
        if not self._feeds:
            self._returns += block.count(b"\r")
        self._look_for_blanks(block)
        self._last = block[-1:] or self._last
        return block

    def _look_for_blanks(self, block: bytes) -> None:
        # One of them is two bytes, which may come in two blocks.
        self._blank = self._blank or any(each in block or each in self._last + block[:1] for each in _BLANKS)
        self._all_returns += block.count(b"\r")
        if self._all_returns:
            self._pairs += block.count(b"\r\n") + (self._last == b"\r" and block[:1] == b"\n")

    def _check_utf8(self, block: bytes, *, final: bool) -> None:
        pending = self._utf8.getstate()[0]
        if not pending and block.isascii():
            return
        try:
            self._utf8.decode(block, final)
        except UnicodeDecodeError as fault:
            at = max(0, fault.start - len(pending))
            raise self._not_text(self._row_at(block, at)) from None

    def _row_at(self, block: bytes, at: int) -> int:
        return 1 + self._ends + (block.count(b"\n", 0, at) or block.count(b"\r", 0, at))

    def _not_text(self, row: int) -> Exception:
        return self._report.refusal(
            Finding("table.encoding", self._file, row),
            f"{self._file} is not UTF-8 text in row {row}",
            todo="This is an invalid zip. Have the file exported again as UTF-8.",
        )
