"""Unpacks entries: to a checked text file for the parser, to memory when small, or to a count."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.sources.csvzip.archive import Archive
from rosterkeeper.sources.csvzip.inflate import Entry, inflated
from rosterkeeper.sources.csvzip.report import Report
from rosterkeeper.sources.csvzip.text import TextFile, TextScan

_SMALL: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Counted:
    """A file that was read and not kept: the lines below its header, and the SHA-256 of its bytes."""

    rows: int
    digest: str


def unpack(archive: Archive, entry: Entry, target: Path, report: Report, tell: Callable[[int], None]) -> TextFile:
    """Write the entry to ``target`` as UTF-8, telling the bytes done; SourceRefused where it is damaged or not text."""
    scan = TextScan(entry.name, report)
    sha256 = hashlib.sha256()
    done = 0
    with target.open("wb") as out:
        for block in inflated(archive.handle, entry, report):
            out.write(scan.feed(block))
            sha256.update(block)
            done += len(block)
            tell(done)
        out.write(scan.finish())
    return TextFile(target, entry.name, scan.lines, scan.quoted, scan.ended, scan.unpadded, sha256.hexdigest())


def read_small(archive: Archive, entry: Entry, report: Report) -> bytes:
    """The whole text of an entry that is a list of settings; SourceRefused beyond 1 MiB."""
    if entry.size > _SMALL:
        raise report.refusal(
            Finding("manifest.unreadable", entry.name), f"{entry.name} is larger than a manifest can be"
        )
    scan = TextScan(entry.name, report)
    text = [scan.feed(block) for block in inflated(archive.handle, entry, report)]
    return b"".join(text) + scan.finish()


def head(archive: Archive, entry: Entry, report: Report) -> bytes:
    """The entry's first block as text, enough for its header."""
    scan = TextScan(entry.name, report)
    first = next(inflated(archive.handle, entry, report), b"")
    return scan.feed(first) or (scan.finish() if len(first) == entry.size else b"")


def count_rows(archive: Archive, entry: Entry, report: Report, tell: Callable[[int], None]) -> Counted:
    """Read the entry to its last byte, telling the bytes done; SourceRefused where it is damaged."""
    sha256 = hashlib.sha256()
    lines = done = 0
    last = b""
    for block in inflated(archive.handle, entry, report):
        sha256.update(block)
        done += len(block)
        tell(done)
        lines += block.count(b"\n")
        last = block[-1:]
    lines += last not in (b"", b"\n")
    return Counted(max(0, lines - 1), sha256.hexdigest())
