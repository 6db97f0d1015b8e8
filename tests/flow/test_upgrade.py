"""An upgrade copies the database first, and `kill -9` at any moment of it leaves the old one or the new one."""

import os
import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from rosterkeeper.service.backup.restoring import restore
from rosterkeeper.service.backup.taking import take
from rosterkeeper.service.backup.upgrading import KEPT, copy_before_upgrade
from tests.conftest import postgresql_url
from tests.flow.processes import rows
from tests.installation import Installation

# The database as the version before the pages had it.
OLD = [("connections", "0003_options"), ("roster", "0001_initial"), ("runs", "0004_marks")]
KILLS = {"sqlite": 8, "postgresql": 4}
PEOPLE = 3000
_MIGRATIONS = "SELECT app, name FROM django_migrations"
_KEPT = "SELECT count(*) FROM roster_user", "SELECT name FROM connections_connection"


@dataclass(frozen=True)
class Older:
    """An installation of an older version, with data; `again` puts it back to that."""

    installation: Installation
    template: Path
    server: str = ""

    def again(self) -> None:
        shutil.rmtree(self.installation.data_dir, ignore_errors=True)
        shutil.copytree(self.template, self.installation.data_dir)
        if self.server:
            with psycopg.connect(self.server, autocommit=True) as session:
                session.execute("DROP DATABASE IF EXISTS older WITH (FORCE)")
                session.execute("CREATE DATABASE older TEMPLATE older_template")

    def applied(self) -> set[tuple[object, ...]]:
        return {*rows(self.installation, _MIGRATIONS)}

    def kept(self) -> list[list[tuple[object, ...]]]:
        return [rows(self.installation, query) for query in _KEPT]


@pytest.fixture(scope="module")
def older_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation on SQLite, set up by the version before the pages."""
    template = tmp_path_factory.mktemp("older")
    _set_up(Installation(template))
    return template


@pytest.fixture(scope="module")
def older_postgresql(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The same on PostgreSQL, whose database is `older_template`."""
    template = tmp_path_factory.mktemp("older-postgresql")
    with psycopg.connect(postgresql_server, autocommit=True) as session:
        session.execute("CREATE DATABASE older_template")
    _set_up(Installation(template, postgresql_url(postgresql_server, "older_template"), "postgresql"))
    yield template
    with psycopg.connect(postgresql_server, autocommit=True) as session:
        session.execute("DROP DATABASE older_template WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Older]:
    """An installation that was set up by the version before the pages."""
    template: Path = request.getfixturevalue(f"older_{request.param}")
    if request.param == "sqlite":
        made = Older(Installation(tmp_path / "data"), template)
        made.again()
        yield made
        return
    server = request.getfixturevalue("postgresql_server")
    made = Older(Installation(tmp_path / "data", postgresql_url(server, "older"), "postgresql"), template, server)
    made.again()
    yield made
    with psycopg.connect(server, autocommit=True) as session:
        session.execute("DROP DATABASE older WITH (FORCE)")


def _set_up(installation: Installation) -> None:
    with installation.in_process():
        MigrationExecutor(connection).migrate(OLD)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO connections_district (name) VALUES ('default')")
            cursor.execute(
                "INSERT INTO connections_connection (district_id, name, kind, settings, secret, limits, options,"
                " created_at) SELECT id, 'north', 'csv', '{\"path\": \"north.zip\"}', '', '{}', '{}',"
                " '2026-09-01 00:00:00+00:00' FROM connections_district"
            )
            people = [(1, f"user-{number}", 1, number, 1, "active") for number in range(PEOPLE)]
            cursor.executemany(
                "INSERT INTO roster_user (connection_id, sourced_id, district_id, row_hash, changed_run, status)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                people,
            )


def test_a_kill_at_any_moment_of_an_upgrade_leaves_the_old_or_the_new(older: Older) -> None:
    seed = time.time_ns() % 1_000_000
    print(f"seed {seed}")
    chance = random.Random(seed)
    old, kept = older.applied(), older.kept()
    began = time.monotonic()
    older.installation.run("init").ok()
    whole = time.monotonic() - began
    new = older.applied()
    assert old < new
    for _ in range(KILLS[older.installation.kind]):
        older.again()
        nowhere = os.open(os.devnull, os.O_RDWR)
        # Forked, for its libraries are loaded then: the moments are those of the upgrade itself.
        process = older.installation.begin("init", streams=(nowhere, nowhere, nowhere))
        os.close(nowhere)
        time.sleep(chance.uniform(0, whole))
        process.kill()
        process.wait()
        assert older.applied() in (old, new)
        assert older.kept() == kept
    older.installation.run("init").ok()
    assert (older.applied(), older.kept()) == (new, kept)
    assert older.installation.run("connection", "list", "--json").ok().object["connections"][0]["name"] == "north"


def test_until_it_is_upgraded_a_database_is_not_used(older: Older) -> None:
    answer = older.installation.run("connection", "list")
    assert answer.code == 2
    assert answer.err.startswith("error database.not_ready: ")


def test_the_copy_holds_what_was_there_before_the_upgrade(older: Older) -> None:
    old, kept = older.applied(), older.kept()
    told = older.installation.run("init", "--json").ok().object
    copy = Path(told["copy"])
    assert copy.parent == older.installation.data_dir / "backups"
    assert copy.stat().st_mode & 0o077 == 0
    if older.server:
        # It is restored like any backup, and here taken on to the newer version's tables.
        with psycopg.connect(older.server, autocommit=True) as session:
            session.execute("DROP DATABASE older WITH (FORCE)")
            session.execute("CREATE DATABASE older")
        older.installation.run("restore", copy).ok()
        assert older.kept() == kept
        return
    with closing(sqlite3.connect(copy)) as session:
        assert {*session.execute(_MIGRATIONS)} == old
        assert [session.execute(query).fetchall() for query in _KEPT] == kept


def test_a_repeated_init_copies_nothing(sqlite: Installation) -> None:
    assert sqlite.run("init", "--json").ok().object["copy"] == ""
    assert not (sqlite.data_dir / "backups").exists()


def test_an_upgrade_without_a_copy_is_possible(older: Older) -> None:
    assert older.installation.run("init", "--no-copy", "--json").ok().object["copy"] == ""


def test_the_last_copies_are_kept_and_halves_are_swept(older: Older) -> None:
    configuration = older.installation.configuration
    with older.installation.in_process():
        made = [copy_before_upgrade(configuration) for _ in range(KEPT + 2)]
        (configuration.data_dir / "backups" / ".before-upgrade-half").write_text("half")
        made.append(copy_before_upgrade(configuration))
    assert sorted((configuration.data_dir / "backups").iterdir()) == made[-KEPT:]


def test_a_backup_of_an_older_version_is_brought_up_to_date(older: Older, tmp_path: Path) -> None:
    kept = older.kept()
    file = tmp_path / "older.backup"
    with older.installation.in_process():
        take(older.installation.configuration, file)
    if older.server:
        with psycopg.connect(older.server, autocommit=True) as session:
            session.execute("DROP DATABASE older WITH (FORCE)")
            session.execute("CREATE DATABASE older")
    shutil.rmtree(older.installation.data_dir)
    with older.installation.in_process():
        restore(older.installation.configuration, file)
    assert older.kept() == kept
    assert older.installation.run("connection", "list", "--json").ok().object["connections"][0]["name"] == "north"
