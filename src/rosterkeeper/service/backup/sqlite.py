"""A SQLite database copied while others write to it, by SQLite's own backup interface."""

import os
import shutil
import sqlite3
from pathlib import Path

from django.db import connection

from rosterkeeper.oneroster.errors import RosterkeeperError


def copy_database(target: Path) -> None:
    """Copy the database to a file of its owner's alone, as it was at one moment; writers are not held up.

    In WAL mode the copy is one read transaction. Errors: ``backup.no_room`` before anything is written.
    """
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)")
        (size,) = cursor.fetchone()
    if shutil.disk_usage(target.parent).free < size:
        raise RosterkeeperError(
            "backup.no_room",
            f"The copy of the database needs {-(-size // 1_000_000)} MB, and the disk of the data folder has less.",
            todo="Make room there, then try again.",
        )
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    copy = sqlite3.connect(target, isolation_level=None)
    try:
        # A copy that is cut off is thrown away, so it needs no journal of its own.
        with connection.wrap_database_errors:
            copy.execute("PRAGMA journal_mode=OFF")
            copy.execute("PRAGMA synchronous=OFF")
            connection.connection.backup(copy)
    finally:
        copy.close()


def migrations_in(copy: Path) -> list[tuple[str, str]]:
    """The migrations that a copy of the database has had, as app and name."""
    session = sqlite3.connect(copy)
    try:
        return sorted(session.execute("SELECT app, name FROM django_migrations").fetchall())
    finally:
        session.close()
