"""A folder into which zips are put, by hand or by SFTP: which of them are there in full, and which comes first.

An upload is over when the file has not changed for a while and ends as a zip does, which is what is written last. What
has another name than a zip's, a temporary name, or is no plain file (a link leads out of the folder) is left alone.
"""

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rosterkeeper.oneroster.errors import SourceFailed, SourceRefused

# Seconds without a change after which a zip is taken to be there in full.
SETTLE_SECONDS: Final = 10.0
# So many times as long does a file wait to become a zip; then it is what it is.
_PATIENCE: Final = 60
_HIDDEN: Final = (".", "~", "#")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file that was put into the folder; ``changed`` is in seconds since 1970."""

    path: Path
    changed: float
    size: int


def dropped(folder: Path) -> list[Dropped]:
    """Every file with a zip's name, in order of time; SourceFailed where the folder cannot be read."""
    try:
        with os.scandir(folder) as entries:
            found = [Dropped(Path(each.path), *_facts(each)) for each in entries if _is_zip(each)]
    except OSError as fault:
        raise unreadable(fault) from None
    return sorted(found, key=lambda each: (each.changed, each.path.name))


def complete(files: list[Dropped], *, now: float, settle: float = SETTLE_SECONDS) -> list[Dropped]:
    """Those of the files whose upload is over; ``now`` is in seconds since 1970."""
    ready = []
    for each in files:
        age = now - each.changed
        # A file from the future has the clock of another machine; only its end tells.
        if (age < 0 or age >= settle) and (_ends(each.path) or age >= settle * _PATIENCE):
            ready.append(each)
    return ready


def unreadable(fault: OSError) -> SourceFailed:
    """The folder, or a file in it, cannot be used."""
    return SourceFailed(
        "drop.folder",
        f"The folder of this connection cannot be used ({type(fault).__name__}). Nothing was changed.",
        todo="See that it is there, that Rosterkeeper may read and write in it, and that its disk has room.",
    )


def nothing_there() -> SourceRefused:
    """No upload is over."""
    return SourceRefused(
        "drop.nothing",
        "No complete zip waits in the folder of this connection. Nothing was changed.",
        todo="Put one there; it is taken once it has not changed for some seconds.",
    )


def _is_zip(entry: "os.DirEntry[str]") -> bool:
    named = entry.name.lower().endswith(".zip") and not entry.name.startswith(_HIDDEN)
    return named and entry.is_file(follow_symlinks=False)


def _facts(entry: "os.DirEntry[str]") -> tuple[float, int]:
    told = entry.stat(follow_symlinks=False)
    return told.st_mtime, told.st_size


def _ends(path: Path) -> bool:
    """Whether the file's end is a zip's; a file that may not be read is told of when it is taken."""
    try:
        return zipfile.is_zipfile(path)
    except PermissionError:
        return True
    except OSError:
        return False
