"""The folders of a watched connection: what waits, what is being worked on, and where it ends with its report.

    FOLDER/roster.zip  →  FOLDER/working/…  →  FOLDER/done/ | held/ | refused/

Every move is a rename inside the folder, so that a file is in one place only. Whoever works in it holds the
connection's folder (`lease.folder_taken`), so that two watchers take a file once. A file that stands in ``working``
while nobody holds the folder was left by a process that died.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from rosterkeeper.sources.csvzip.folder import Dropped, unreadable

WORKING: Final = "working"
DONE: Final = "done"
HELD: Final = "held"
REFUSED: Final = "refused"

_NOTE: Final = ".note"
# Bytes; a file system takes 255, and time, run and suffixes are added.
_LONGEST_NAME: Final = 150


class Note(msgspec.Struct, frozen=True):
    """What is known of a file before its run begins: the last run of the connection before it."""

    after: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A file in ``working``: where it is, and the name it came under."""

    path: Path
    name: str

    @property
    def note(self) -> Note | None:
        """What stands beside it; None where no run of it can have begun."""
        try:
            return msgspec.json.decode(_beside(self.path, _NOTE).read_bytes(), type=Note)
        except (OSError, msgspec.DecodeError):
            return None


class Drop:
    """The folder of one connection; errors of the machine are SourceFailed ``drop.folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def left(self) -> list[Taken]:
        """What an earlier process left in ``working``, in order."""
        working = self._folder / WORKING
        try:
            names = sorted(each.name for each in working.iterdir()) if working.is_dir() else []
        except OSError as fault:
            raise unreadable(fault) from None
        return [
            Taken(working / name, name.partition("-")[2])
            for name in names
            if not name.startswith(".") and not name.endswith(_NOTE)
        ]

    def take(self, file: Dropped) -> Taken:
        """Move a file into ``working``, under a name that sorts by its time."""
        stamp = datetime.fromtimestamp(file.changed, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        try:
            name = plain(file.path.name)
            target = self._free(WORKING, f"{stamp}-{name}")
            file.path.rename(target)
        except OSError as fault:
            raise unreadable(fault) from None
        return Taken(target, name)

    def begin(self, taken: Taken, note: Note) -> None:
        """Note what a later process must know if this one dies; before the run begins."""
        try:
            _write(_beside(taken.path, _NOTE), msgspec.json.encode(note))
        except OSError as fault:
            raise unreadable(fault) from None

    def end(self, taken: Taken, place: str, run: int, reports: Sequence[tuple[str, bytes]]) -> Path:
        """Move the file to its ``place`` with its reports (suffix, content) beside it; returns where it is now."""
        stem = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-run{run}-{taken.name}"
        try:
            target = self._free(place, stem)
            # A full disk must not keep the file from leaving: it would be taken up again and again.
            with suppress(OSError):
                for suffix, content in reports:
                    self._share(_write(_beside(target, suffix), content))
            taken.path.rename(target)
            _beside(taken.path, _NOTE).unlink(missing_ok=True)
        except OSError as fault:
            raise unreadable(fault) from None
        return target

    def _free(self, place: str, name: str) -> Path:
        """A path in a folder of that name that nothing has yet; a rename would replace what is there."""
        home = self._folder / place
        if not home.is_dir():
            home.mkdir()
            home.chmod(self._folder.stat().st_mode & 0o7777)
        stem, _, suffix = name.rpartition(".")
        number = 1
        while (target := home / (name if number == 1 else f"{stem}-{number}.{suffix}")).exists():
            number += 1
        return target

    def _share(self, report: Path) -> None:
        """Whoever may read the folder may read the report, whatever this process makes its files."""
        report.chmod(self._folder.stat().st_mode & 0o666)


def plain(name: str) -> str:
    """A file's name as it can be shown, stored and prolonged: whoever may put files there may name them anything."""
    shown = "".join(letter if letter.isprintable() else "_" for letter in name)
    return shown.encode()[-_LONGEST_NAME:].decode(errors="ignore")


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _write(path: Path, content: bytes) -> Path:
    """Write a file whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
