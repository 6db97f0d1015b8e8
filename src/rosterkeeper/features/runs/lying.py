"""What a page shows of a folder that zips are put into: what waits there, and where the last ones taken up lie now."""

import heapq
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs.drop import DONE, HELD, REFUSED, WORKING, plain
from rosterkeeper.features.runs.dropping import folder_of

_SHOWN: Final = 10
# The time it was moved, its run, and the name it came under.
_MOVED: Final = re.compile(r"\d{8}T\d{6}Z-run(\d+)-(.+\.zip)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lying:
    """A zip that was taken up: the name it came under, its run (0: none), and the word for where it lies."""

    name: str
    run: int
    place: str


@dataclass(frozen=True, slots=True)
class FolderShown:
    """A folder: its path, the names that wait and that are being worked on, and the last that were taken up."""

    path: Path
    waiting: list[str]
    working: list[str]
    taken: list[Lying]


def folder_shown(connection: Connection) -> FolderShown | None:
    """The connection's folder; None where it has none, or this machine cannot read it."""
    folder = folder_of(connection)
    if folder is None:
        return None
    try:
        moved = [(name, place) for place in (DONE, HELD, REFUSED) for name in _zips(folder / place)]
        waiting, working = (sorted(plain(name) for name in _zips(each)) for each in (folder, folder / WORKING))
    except OSError:
        return None
    # Their names begin with the time.
    last = heapq.nlargest(_SHOWN, moved)
    taken = [Lying(found[2], int(found[1]), place) for name, place in last if (found := _MOVED.fullmatch(name))]
    return FolderShown(folder, waiting, [name.partition("-")[2] for name in working], taken)


def _zips(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return [each.name for each in folder.iterdir() if each.suffix.lower() == ".zip" and not each.name.startswith(".")]
