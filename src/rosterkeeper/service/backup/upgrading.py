"""A copy of the database before a new version changes it; the last three are kept in the data folder's ``backups``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rosterkeeper.service.backup.archive import written
from rosterkeeper.service.backup.contents import holds_something
from rosterkeeper.service.backup.sqlite import copy_database
from rosterkeeper.service.backup.taking import take
from rosterkeeper.service.configuration import Configuration

KEPT: Final = 3
_NAME: Final = "before-upgrade-"


def copy_before_upgrade(configuration: Configuration) -> Path | None:
    """Copy the database: SQLite's file as it is, PostgreSQL's tables as a backup; None where there is nothing in it."""
    if not holds_something():
        return None
    folder = configuration.data_dir / "backups"
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}Z"
    suffix = ".sqlite3" if configuration.sqlite_path is not None else ".backup"
    made = folder / f"{_NAME}{stamp}{suffix}"
    with written():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in folder.glob(f".{_NAME}*"):
            leftover.unlink()
    if configuration.sqlite_path is not None:
        part = made.with_name(f".{made.name}")
        with written():
            copy_database(part)
            part.rename(made)
    else:
        take(configuration, made, whole=False)
    _keep_last(folder, suffix)
    return made


def _keep_last(folder: Path, suffix: str) -> None:
    with written():
        for old in sorted(folder.glob(f"{_NAME}*{suffix}"))[:-KEPT]:
            old.unlink()
