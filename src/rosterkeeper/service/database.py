"""Starting the roster database: Django set up, the tables there, their state known to be this version's."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from pkgutil import iter_modules
from typing import Final

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from rosterkeeper.job.locks import locked
from rosterkeeper.oneroster.errors import RosterkeeperError, SettingsError

# An advisory lock of PostgreSQL, apart from those of other programs ("ROSI" in ASCII).
_INIT_LOCK: Final = 0x524F5349 << 32

# https://www.sqlite.org/rescode.html
_SQLITE_REASONS: Final = {
    "SQLITE_BUSY": "another process holds it",
    "SQLITE_CANTOPEN": "its file cannot be opened",
    "SQLITE_CORRUPT": "its file is damaged",
    "SQLITE_FULL": "its disk is full",
    "SQLITE_IOERR": "its disk cannot be read or written",
    "SQLITE_NOTADB": "its file is no database",
    "SQLITE_READONLY": "its file cannot be written to",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL_REASONS: Final = {
    "": "it cannot be reached, or does not let this user in",
    "42501": "this user may not do that there",
    "53100": "its disk is full",
    "53300": "it has too many connections",
}


@contextmanager
def opened() -> Iterator[None]:
    """The database, ready for use; SettingsError where `init` has not been run for it."""
    _set_up()
    with _faults_told():
        path = settings.ROSTER_SQLITE_PATH
        # Connecting would make the file.
        if (path is not None and not path.exists()) or (not _is_current() and waiting_migrations()):
            raise SettingsError(
                "database.not_ready",
                "The database is not set up for this version.",
                todo="Run rosterkeeper init first.",
            )
        yield


@contextmanager
def initialised(before: Callable[[], None] = lambda: None) -> Iterator[list[str]]:
    """The database with every migration applied; yields the names of those that were applied now.

    ``before`` is called where a database that was set up earlier is about to be changed.
    """
    with being_set_up():
        if waiting_migrations() and connection.introspection.table_names():
            before()
        yield migrate()


@contextmanager
def being_set_up() -> Iterator[None]:
    """Django ready and no other process at the database's set-up, whether its tables are there or not."""
    _set_up()
    path = settings.ROSTER_SQLITE_PATH
    try:
        if path is not None:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        raise SettingsError(
            "settings.data_dir",
            "The folder of the database cannot be made.",
            todo="Set ROSTERKEEPER_DATA_DIR to a folder that this user may write to.",
        ) from None
    with _faults_told(), _alone(path):
        yield


def migrate() -> list[str]:
    """Apply every migration that waits, all of them or, where the process dies, none; returns their names.

    Each by itself is atomic too, but Django notes some of them only after their commit: a kill in between would leave
    a database that neither this version nor the one before can use.
    """
    waiting = waiting_migrations()
    # SQLite can change a table that others refer to only while it does not check that they do.
    connection.disable_constraint_checking()
    try:
        with transaction.atomic():
            call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.enable_constraint_checking()
    return waiting


@contextmanager
def _alone(path: Path | None) -> Iterator[None]:
    """Wait until no other process sets the database up: two at once would both make its tables."""
    if path is None:
        with connection.cursor() as session:
            session.execute("SHOW server_encoding")
            if session.fetchone() != ("UTF8",):
                raise SettingsError(
                    "database.encoding",
                    "The PostgreSQL database does not keep text as UTF-8, and so not every name.",
                    todo="Make another with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0 and name that one.",
                )
            session.execute("SELECT pg_advisory_lock(%s)", [_INIT_LOCK])
            try:
                yield
            finally:
                session.execute("SELECT pg_advisory_unlock(%s)", [_INIT_LOCK])
        return
    lock = path.parent / "locks" / f"{path.stem}-init.lock"
    lock.parent.mkdir(mode=0o700, exist_ok=True)
    with locked(lock, wait=True):
        yield


def _set_up() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "rosterkeeper.service.settings"
    django.setup()


def _is_current() -> bool:
    """Whether the database notes exactly this version's migrations, by their names: nothing waits, nothing is newer.

    Django's own answer, below, imports every one of them first, which takes a tenth of a small command's time.
    """
    known = {
        (app.label, name)
        for app in apps.get_app_configs()
        for _, name, is_package in iter_modules([str(Path(app.path) / "migrations")])
        if not is_package and name[0] not in "_~"
    }
    ours = {app.label for app in apps.get_app_configs()}
    return known == {each for each in MigrationRecorder(connection).applied_migrations() if each[0] in ours}


def waiting_migrations() -> list[str]:
    """The migrations that are not applied yet, in order; SettingsError where a newer version has applied its own."""
    executor = MigrationExecutor(connection)
    known = executor.loader.graph.nodes
    ours = {app for app, _ in known}
    if any(app in ours and (app, name) not in known for app, name in executor.loader.applied_migrations):
        raise SettingsError(
            "database.newer",
            "The database was set up by a newer version of Rosterkeeper than this one.",
            todo="Upgrade this program, or name another database.",
        )
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


@contextmanager
def _faults_told() -> Iterator[None]:
    try:
        yield
    except DatabaseError as fault:
        # Its own words may quote data or a password; what it is of and the log tell an administrator enough.
        raise RosterkeeperError(
            "database.failed",
            f"The database could not be used ({_reason(fault)}).",
            todo="See that it runs, that ROSTERKEEPER_DATABASE_URL is right and that its disk has room.",
            retry_after=60,
        ) from fault


def _reason(fault: DatabaseError) -> str:
    """What of the database failed, as far as the driver tells it without words of its own; else the fault's class."""
    cause = fault.__cause__
    # SQLite's extended names, such as SQLITE_IOERR_WRITE, begin with those of their families.
    family = "_".join(str(getattr(cause, "sqlite_errorname", "")).split("_")[:2])
    # Where no connection came about, PostgreSQL's driver tells no state at all.
    state = str(getattr(cause, "sqlstate", "none") or "")
    return _SQLITE_REASONS.get(family) or _POSTGRESQL_REASONS.get(state) or type(fault).__name__
