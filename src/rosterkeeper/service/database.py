"""Starting the roster database: Django set up, the tables there, their state known to be this version's."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from rosterkeeper.oneroster.errors import RosterkeeperError, SettingsError


@contextmanager
def opened() -> Iterator[None]:
    """The database, ready for use; SettingsError where `init` has not been run for it."""
    _set_up()
    with _faults_told():
        path = settings.ROSTER_SQLITE_PATH
        # Connecting would make the file.
        if (path is not None and not path.exists()) or _waiting_migrations():
            raise SettingsError(
                "database.not_ready",
                "The database is not set up for this version.",
                todo="Run rosterkeeper init first.",
            )
        yield


@contextmanager
def initialised() -> Iterator[list[str]]:
    """The database with every migration applied; yields the names of those that were applied now."""
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
    with _faults_told():
        waiting = _waiting_migrations()
        call_command("migrate", verbosity=0, interactive=False)
        yield waiting


def _set_up() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "rosterkeeper.service.settings"
    django.setup()


def _waiting_migrations() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


@contextmanager
def _faults_told() -> Iterator[None]:
    try:
        yield
    except DatabaseError as fault:
        # Its own words may quote data or a password; the class and the log tell an administrator enough.
        raise RosterkeeperError(
            "database.failed",
            f"The database could not be used ({type(fault).__name__}).",
            todo="See that it runs, that ROSTERKEEPER_DATABASE_URL is right and that its disk has room.",
            retry_after=60,
        ) from fault
