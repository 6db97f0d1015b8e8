"""The artifacts as they are at one moment: a folder of hard links, so that whatever is swept meanwhile stays there.

The database is copied between two passes: what it names was there before the copy ended, and what is dropped after the
first pass is held by its link. A folder is made whole before the database names it (`store/artifacts.py`).
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from rosterkeeper.store.chains import parents_of

# An artifact stands at KIND/CONNECTION/RUN under the root; what is in it belongs together.
_DEPTH: Final = 3


def pin(root: Path, pins: Path) -> None:
    """Link what stands under ``root`` and not yet under ``pins``; an artifact that vanishes meanwhile is left out."""
    if root.is_dir():
        _pin(root, pins, _DEPTH)


def drop_orphans(pins: Path) -> None:
    """Leave out snapshots that stand on one which is not there: they would be read as if nothing had been in it."""
    while orphans := [each for each in pins.glob("snapshots/*/*") if not _has_parent(pins, each)]:
        for folder in orphans:
            shutil.rmtree(folder)


def _has_parent(pins: Path, folder: Path) -> bool:
    parent = parents_of(folder)
    return not parent or (pins / parent).is_dir()


def _pin(folder: Path, target: Path, depth: int) -> None:
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for entry in sorted(os.scandir(folder), key=lambda each: each.name):
        source, link = Path(entry.path), target / entry.name
        if entry.name.startswith("."):
            continue
        if entry.is_file(follow_symlinks=False):
            _link(source, link)
        elif entry.is_dir(follow_symlinks=False) and depth > 1:
            _pin(source, link, depth - 1)
        elif entry.is_dir(follow_symlinks=False):
            _pin_artifact(source, link)


def _pin_artifact(folder: Path, target: Path) -> None:
    fresh = not target.exists()
    with suppress(FileNotFoundError):
        _pin(folder, target, 1 + _DEPTH)
    # An artifact is dropped by a rename, so that one which still stands was whole when its files were listed.
    if fresh and not folder.exists():
        shutil.rmtree(target, ignore_errors=True)


def _link(source: Path, target: Path) -> None:
    if target.exists():
        return
    try:
        os.link(source, target)
    except FileNotFoundError:
        return
    except OSError:
        # A file system without hard links.
        shutil.copyfile(source, target)
