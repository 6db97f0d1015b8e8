"""Files beside the database: snapshots of applied rosters and change sets that wait, as folders of Parquet.

A folder is written whole under its final name before the transaction that names it; one that no record names was
left by a run that did not commit, and is swept. What is inside them is made by `parquet`, apart from here, so that
whoever only sweeps needs no DuckDB.
"""

import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

COMPARISONS: Final = "compared"
# What a process that died while it removed an artifact has left is removed with the next.
_GONE: Final = ".gone-"


class Artifacts:
    """The artifact store of one installation: a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, name: str) -> Path:
        """Where the artifact ``name`` stands."""
        return self._root / name

    def begin(self, name: str) -> Path:
        """An empty folder for the artifact; what an earlier try left is gone."""
        self.drop(name)
        folder = self._root / name
        folder.mkdir(parents=True)
        return folder

    def drop(self, name: str) -> None:
        """Remove an artifact in one step: whoever saw a part of one would take it for a roster with less in it."""
        if not name:
            return
        with suppress(OSError):
            (self._root / name).rename(self._root / f"{_GONE}{secrets.token_hex(8)}")
        for gone in self._root.glob(f"{_GONE}*"):
            shutil.rmtree(gone, ignore_errors=True)

    def names(self, kind: str, connection: int) -> list[str]:
        """The artifacts of a kind that stand there for a connection."""
        parent = self._root / kind / str(connection)
        if not parent.is_dir():
            return []
        return sorted(f"{kind}/{connection}/{each.name}" for each in parent.iterdir())


def snapshot_name(connection: int, run: int) -> str:
    """The name of the snapshot that a run leaves."""
    return f"snapshots/{connection}/{run}"


def changes_name(connection: int, run: int) -> str:
    """The name of the change set that a run holds."""
    return f"changes/{connection}/{run}"


def comparison_name(connection: int, older: int, newer: int) -> str:
    """The name of what differs between the snapshots of two runs."""
    return f"{COMPARISONS}/{connection}/{older}-{newer}"
