"""Unpacks a package's files on threads of their own while others are landed, and hands each out in its turn.

Whoever takes the files in order gets the same findings and the same refusal as if they were unpacked one by one.
"""

import hashlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

from rosterkeeper.sources.contract import Watch
from rosterkeeper.sources.csvzip.archive import Archive
from rosterkeeper.sources.csvzip.inflate import Entry
from rosterkeeper.sources.csvzip.manifest import MANIFEST
from rosterkeeper.sources.csvzip.package import Package
from rosterkeeper.sources.csvzip.report import Report
from rosterkeeper.sources.csvzip.text import TextFile
from rosterkeeper.sources.csvzip.unpack import Counted, count_rows, unpack

T = TypeVar("T", TextFile, Counted)

# The largest file is about two thirds of a district, so that more threads would only wait for it.
_THREADS: Final = 2
_LOOK_SECONDS: Final = 0.1


class _Stopped(Exception):
    """Nobody waits for this file any more."""


class _Pending(Generic[T]):
    """One entry on its way: how far it is, and what is found in it."""

    def __init__(self, entry: Entry, read: Callable[[Report, Callable[[int], None]], T], stopped: Event) -> None:
        self.entry = entry
        self.report = Report()
        self.done = 0
        self._read: Callable[[Report, Callable[[int], None]], T] = read
        self._stopped = stopped
        self._future: Future[T]

    def start(self, pool: ThreadPoolExecutor) -> None:
        """Read the entry in the pool's next free thread."""
        self._future = pool.submit(self._read, self.report, self._tell)

    def wait(self, watch: Watch) -> T:
        """What was read, or what its reading raised, or what ``watch`` raises meanwhile."""
        while True:
            watch.check()
            watch.progress("fetch", self.entry.name, self.done, self.entry.size)
            try:
                return self._future.result(_LOOK_SECONDS)
            except NotYet:
                if self._future.done():
                    raise

    def _tell(self, done: int) -> None:
        if self._stopped.is_set():
            raise _Stopped
        self.done = done


class Contents:
    """The content of every file of a package, unpacked into ``folder``.

    Leaving it stops the threads, and after a fault takes the unpacked files off the disk; otherwise they stay until
    whoever lands them removes them. Once `digest` was asked, the archive is no longer needed.
    """

    def __init__(self, archive: Archive, package: Package, folder: Path, watch: Watch) -> None:
        self.folder = folder
        self._watch = watch
        self._stopped = Event()
        self._version = package.version
        self._targets = {table.entry.name: folder / f"{table.entity.name}.unpacked" for table in package.tables}
        self._texts = {
            table.entry.name: self._text_of(archive, table.entry, self._targets[table.entry.name])
            for table in package.tables
        }
        uncounted = [archive.files[MANIFEST]] if MANIFEST in archive.files else []
        self._counts = {entry.name: self._count_of(archive, entry) for entry in (*package.counted.values(), *uncounted)}
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="unpack")
        for each in sorted(self._texts.values(), key=self._is_not_largest):
            each.start(self._pool)
        for other in self._counts.values():
            other.start(self._pool)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        if kind is not None:
            for target in self._targets.values():
                target.unlink(missing_ok=True)

    def text(self, entry: Entry, report: Report) -> TextFile:
        """The file as text on the disk; SourceRefused where it is damaged or not text."""
        return self._handed_out(self._texts[entry.name], report)

    def rows(self, entry: Entry, report: Report) -> int:
        """The rows of a file that is not imported; SourceRefused where it is damaged."""
        return self._handed_out(self._counts[entry.name], report).rows

    def digest(self, report: Report) -> str:
        """A SHA-256 over the version and every file's name and bytes; SourceRefused as `text` and `rows` do."""
        hashes = {name: self._handed_out(text, report).digest for name, text in self._texts.items()}
        hashes |= {name: self._handed_out(counted, report).digest for name, counted in self._counts.items()}
        lines = [f"OneRoster CSV {self._version}", *(f"{hashes[name]} {name}" for name in sorted(hashes))]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def _handed_out(self, pending: _Pending[T], report: Report) -> T:
        try:
            return pending.wait(self._watch)
        finally:
            report.take(pending.report)

    def _text_of(self, archive: Archive, entry: Entry, target: Path) -> _Pending[TextFile]:
        return _Pending(entry, lambda report, tell: unpack(archive, entry, target, report, tell), self._stopped)

    def _count_of(self, archive: Archive, entry: Entry) -> _Pending[Counted]:
        return _Pending(entry, lambda report, tell: count_rows(archive, entry, report, tell), self._stopped)

    def _is_not_largest(self, pending: _Pending[TextFile]) -> bool:
        """Sorts the largest file first, which one thread is busy with while the other goes through the rest."""
        return pending.entry.size < max(each.entry.size for each in self._texts.values())
