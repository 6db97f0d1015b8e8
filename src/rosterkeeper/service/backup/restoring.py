"""Restoring a backup on an empty machine: checked first, put in place last, so that a fault leaves it empty."""

import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from rosterkeeper.oneroster.errors import RosterkeeperError, SettingsError
from rosterkeeper.service.backup.archive import ARTIFACTS, DATABASE, KEY, TABLES, Manifest, Reader, too_new, written
from rosterkeeper.service.backup.contents import has_rows, holds_something
from rosterkeeper.service.configuration import SQLITE_PREFIX, Configuration
from rosterkeeper.service.database import being_set_up, migrate


def restore(configuration: Configuration, file: Path) -> Manifest:
    """Make an empty installation what the backup holds, and bring its database to this version; returns its manifest.

    Errors: ``backup.unreadable``, ``backup.not_one``, ``backup.damaged``, ``backup.newer``, ``backup.no_room``,
    ``restore.other_database``, ``restore.not_empty``, ``restore.other_tables``.
    """
    with Reader(file) as reader:
        _check_kind(configuration, reader.manifest)
        with being_set_up():
            _check_empty(configuration, whole=reader.manifest.whole)
            _check_known(reader.manifest)
            with _staged(configuration, reader) as staging:
                _place(configuration, reader, staging)
            migrate()
            _begin_afresh()
        return reader.manifest


def _begin_afresh() -> None:
    """Nobody is signed in on a new machine, and what was asked for and under way is taken up by its own workers."""
    from django.contrib.sessions.models import Session  # noqa: PLC0415 -- models can be imported from now on

    from rosterkeeper.features.runs.models import Order  # noqa: PLC0415

    Session.objects.all().delete()
    Order.objects.filter(ended_at=None).update(begun_at=None)


@contextmanager
def _staged(configuration: Configuration, reader: Reader) -> Iterator[Path]:
    """A folder with the backup's files, each checked; on the disk where they will stay."""
    _check_room(configuration, reader.manifest)
    staging = configuration.data_dir / f".restoring-{secrets.token_hex(4)}"
    try:
        for name in reader.manifest.parts:
            if name == KEY or name.startswith(ARTIFACTS):
                reader.extract(name, staging / name)
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _place(configuration: Configuration, reader: Reader, staging: Path) -> None:
    """The database last: until it is there, the installation counts as empty."""
    if configuration.sqlite_path is not None:
        copy = configuration.sqlite_path.with_name(f".restoring-{secrets.token_hex(4)}")
        try:
            reader.extract(DATABASE, copy)
            _place_files(configuration, staging)
            _exchange(configuration, copy)
        finally:
            copy.unlink(missing_ok=True)
        return
    from rosterkeeper.service.backup import postgresql  # noqa: PLC0415 -- see taking

    _make_tables(reader.manifest)
    with postgresql.loading(configuration.database_url) as session:
        postgresql.load(session, reader)
        _place_files(configuration, staging)


def _place_files(configuration: Configuration, staging: Path) -> None:
    with written():
        if (staging / ARTIFACTS).is_dir():
            shutil.rmtree(configuration.artifacts, ignore_errors=True)
            (staging / ARTIFACTS).rename(configuration.artifacts)
        if (staging / KEY).exists():
            (staging / KEY).replace(configuration.key_file)


def _exchange(configuration: Configuration, copy: Path) -> None:
    """Put the SQLite file in the place of the empty one; what was queued for that one goes with it."""
    connection.close()
    with written():
        for url in (configuration.database_url, configuration.queue_url):
            path = url.removeprefix(SQLITE_PREFIX)
            for leftover in (path, f"{path}-wal", f"{path}-shm"):
                Path(leftover).unlink(missing_ok=True)
        copy.rename(configuration.database_url.removeprefix(SQLITE_PREFIX))
        # Windows opens no folders, and writes a new name down by itself.
        if sys.platform != "win32":
            folder = os.open(copy.parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)


def _make_tables(manifest: Manifest) -> None:
    """The tables as they were when the backup was made, which may be those of an older version."""
    executor = MigrationExecutor(connection)
    applied, stated = set(executor.loader.applied_migrations), set(manifest.migrations)
    if applied == stated and not has_rows("audit_entry"):
        return
    if applied:
        # Neither can tables be taken back to an older version, nor can the audit log be emptied.
        raise SettingsError(
            "restore.other_tables",
            "The database was set up already, by another version than the backup's or with a log of its own.",
            todo="Make a new, empty database, name it in ROSTERKEEPER_DATABASE_URL, and restore again without init.",
        )
    nodes = executor.loader.graph.node_map
    last = [
        key
        for key in stated
        if not any(child.key in stated and child.key[0] == key[0] for child in nodes[key].children)
    ]
    executor.migrate(sorted(last))


def _check_kind(configuration: Configuration, manifest: Manifest) -> None:
    kind = "sqlite" if configuration.sqlite_path else "postgresql"
    if manifest.database != kind:
        raise SettingsError(
            "restore.other_database",
            f"The backup is of a {manifest.database} database, and this installation is to have a {kind} one.",
            todo="Set ROSTERKEEPER_DATABASE_URL to a database of the backup's kind.",
        )


def _check_known(manifest: Manifest) -> None:
    known = MigrationExecutor(connection).loader.disk_migrations
    if known is None or any(tuple(each) not in known for each in manifest.migrations):
        raise too_new()


def _check_empty(configuration: Configuration, *, whole: bool) -> None:
    if holds_something():
        raise _not_empty("database holds connections, runs or accounts")
    if whole and any(each.is_file() for each in configuration.artifacts.rglob("*")):
        raise _not_empty("folder artifacts holds files")


def _not_empty(why: str) -> RosterkeeperError:
    return RosterkeeperError(
        "restore.not_empty",
        f"A backup is restored on an empty machine only, and this installation's {why}. Nothing was changed.",
        todo="Set ROSTERKEEPER_DATA_DIR, and with PostgreSQL ROSTERKEEPER_DATABASE_URL, to a new place.",
    )


def _check_room(configuration: Configuration, manifest: Manifest) -> None:
    needed = sum(part.size for name, part in manifest.parts.items() if not name.startswith(TABLES))
    configuration.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if shutil.disk_usage(configuration.data_dir).free < needed:
        raise RosterkeeperError(
            "backup.no_room",
            f"The backup unpacks to {-(-needed // 1_000_000)} MB, and the disk of the data folder has less.",
            todo="Make room there, then try again.",
        )
