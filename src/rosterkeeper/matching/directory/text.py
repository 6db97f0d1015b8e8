"""A CSV in whatever encoding and with whatever separator an export has, as UTF-8 text with its shape known."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rosterkeeper.oneroster.errors import SourceRefused

# Bytes that are looked at for the encoding, the separator and the headings.
_HEAD: Final = 1 << 18
_BLOCK: Final = 1 << 20
# Bytes of the longest record; an open quote would swallow the rest of the file.
LONGEST: Final = 1 << 20
_SEPARATORS: Final = (",", ";", "\t")
_BOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"%PDF")
WINDOWS: Final = "windows-1252"
# A line before the headings by which some exports tell Excel the separator; Excel does not show it either.
_HINT: Final = re.compile('\\A\ufeff?"?sep=[,;\t]"?\n', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is written: its Python encoding, the separator of its cells, and its headings in order.

    ``before`` lines stand before the headings.
    """

    encoding: str
    separator: str
    headings: tuple[str, ...]
    before: int = 0


def shape_of(path: Path) -> Shape:
    """The shape that the file's beginning shows; SourceRefused where it cannot be a list of accounts.

    Whether all of it is UTF-8, only reading all of it shows: see `rewritten`.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        raise SourceRefused(
            "directory.no_file", "The file is not there any more.", todo="Upload it once more."
        ) from None
    if head.startswith(_BOOKS):
        raise SourceRefused(
            "directory.not_csv",
            "The file is a workbook or an archive, not a CSV.",
            todo="Open it and save it as CSV UTF-8, then upload that.",
        )
    encoding = _encoding_of(head)
    shape = _shape(encoding, codecs.getincrementaldecoder(encoding)(errors="replace").decode(head))
    if len(shape.headings) < 2:
        raise SourceRefused(
            "directory.empty",
            "The file's first line does not have headings of several columns.",
            todo="Export it with a line of headings, such as username, email, first name, last name.",
        )
    return shape


def rewritten(path: Path, shape: Shape, target: Path) -> tuple[Shape, int]:
    """Write the file as UTF-8 to ``target``; the encoding that it truly has, and its lines.

    What claims to be UTF-8 and is not, is read as Windows-1252.
    """
    try:
        return shape, _copied(path, target, shape.encoding, "strict")
    except UnicodeError:
        with path.open("rb") as stream:
            shape = _shape(WINDOWS, stream.read(_HEAD).decode(WINDOWS, "replace"))
        return shape, _copied(path, target, WINDOWS, "replace")


def unreadable(line: int) -> SourceRefused:
    """The refusal of a file that is no CSV from a line on."""
    return SourceRefused(
        "directory.unreadable",
        f"The file cannot be read from line {line} on: a quote may not be closed there.",
        todo="Export it once more, or mend that line, then upload it again.",
    )


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a rewritten file, with their ends."""
    with path.open(encoding="utf-8", newline="") as stream:
        yield from stream


def _copied(path: Path, target: Path, encoding: str, errors: str) -> int:
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(errors), translate=True)
    lines, last = 0, ""
    with path.open("rb") as source, target.open("wb") as out:
        while True:
            block = source.read(_BLOCK)
            text = decoder.decode(block, final=not block).replace("\0", "")
            if source.tell() <= _BLOCK:
                text = _HINT.sub("", text)
            lines += text.count("\n")
            last = text[-1:] or last
            out.write(text.encode())
            if not block:
                return lines + (last not in ("", "\n"))


def _encoding_of(head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head[1:40:2].count(0) > 10:
        return "utf-16-le"
    if head[:40:2].count(0) > 10:
        return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return WINDOWS
    return "utf-8"


def _shape(encoding: str, text: str) -> Shape:
    # Old Macs, and Excel there until today, end lines by a carriage return alone.
    text, before = _HINT.subn("", text.replace("\r\n", "\n").replace("\r", "\n"))
    line = _first_record(text)
    separator = max(_SEPARATORS, key=line.count)
    try:
        cells = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        raise unreadable(1) from None
    return Shape(encoding, separator, tuple(_numbered([" ".join(each.split()) for each in cells])), before)


def _first_record(text: str) -> str:
    """The first line; a heading in quotes may hold a line break."""
    end = 0
    while (end := text.find("\n", end)) >= 0:
        if text.count('"', 0, end) % 2 == 0:
            return text[:end].removeprefix("\ufeff")
        end += 1
    return text.removeprefix("\ufeff")


def _numbered(headings: list[str]) -> Iterator[str]:
    """Headings that are told apart: a blank one by its place, one that was there before by a number."""
    seen: set[str] = set()
    for place, each in enumerate(headings, start=1):
        name = each or f"column {place}"
        while name in seen:
            name += " *"
        seen.add(name)
        yield name
