"""Unpacks entries: to a checked text file for the parser, to memory when small, or to a count."""

from pathlib import Path
from typing import Final

from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.sources.contract import Watch
from rosterkeeper.sources.csvzip.archive import Archive
from rosterkeeper.sources.csvzip.inflate import Entry, inflated
from rosterkeeper.sources.csvzip.report import Report
from rosterkeeper.sources.csvzip.text import TextFile, TextScan

_SMALL: Final = 1 << 20


def unpack(archive: Archive, entry: Entry, target: Path, report: Report, watch: Watch) -> TextFile:
    """Write the entry to ``target`` as UTF-8; SourceRefused where it is damaged or not text."""
    scan = TextScan(entry.name, report)
    done = 0
    with target.open("wb") as out:
        for block in inflated(archive.handle, entry, report):
            watch.check()
            out.write(scan.feed(block))
            done += len(block)
            watch.progress("fetch", entry.name, done, entry.size)
        out.write(scan.finish())
    return TextFile(target, entry.name, scan.lines, scan.quoted, scan.ended)


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


def count_rows(archive: Archive, entry: Entry, report: Report, watch: Watch) -> int:
    """The lines below the header, read to the last byte; nothing is kept."""
    lines = 0
    last = b""
    for block in inflated(archive.handle, entry, report):
        watch.check()
        lines += block.count(b"\n")
        last = block[-1:]
    lines += last not in (b"", b"\n")
    return max(0, lines - 1)
