"""The districts that the stories are about: made up, small, and the same at each run of the tests."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from rosterkeeper.engine.options import Options
from rosterkeeper.features.connections.choosing import choose
from rosterkeeper.features.connections.workflow import find
from rosterkeeper.sample import Truth, write_sample
from tests.conftest import postgresql_copy
from tests.installation import Answer, Installation

USERS = 300
SEED = 11


@dataclass(frozen=True)
class Days:
    """Packages of one district on two days, and what changed on the second."""

    first: Path
    second: Path
    change: Truth


@pytest.fixture(scope="session")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    """A district on its first and its second day."""
    folder = tmp_path_factory.mktemp("days")
    first, second = folder / "first.zip", folder / "second.zip"
    write_sample(first, users=USERS, seed=SEED, version="1.2")
    return Days(first, second, write_sample(second, users=USERS, seed=SEED, day=2, version="1.2"))


@dataclass(frozen=True)
class District:
    """An installation with one connection, `north`, to a package that a test exchanges."""

    installation: Installation
    package: Path

    def gets(self, package: Path) -> None:
        """The source now has this package."""
        self.package.write_bytes(package.read_bytes())

    def run(self, *words: str | Path | int) -> Answer:
        """One command."""
        return self.installation.run(*words)

    def sync(self, *options: str, code: int = 0) -> Any:
        """A sync's object; its exit code must be the given one."""
        answer = self.run("sync", "north", *options, "--json")
        assert answer.code == code, answer.out + answer.err
        return answer.object

    def copied(self, folder: Path) -> "District":
        """The same in a folder of its own, with a package of its own; on SQLite alone."""
        made = District(replace(self.installation, data_dir=folder / "data"), folder / "north.zip")
        shutil.copytree(self.installation.data_dir, made.installation.data_dir)
        made.gets(self.package)
        with made.installation.in_process():
            north = find("north")
            north.settings = {**north.settings, "path": str(made.package)}
            north.save()
        return made

    def hash(self, *options: str) -> str:
        """The roster's hash: the last word."""
        return self.run("roster", "hash", "north", *options).ok().out.split()[-1]


@pytest.fixture
def north(database: Installation, tmp_path: Path, days: Days) -> District:
    """The district on its first day, not yet pulled; once on SQLite and once on PostgreSQL."""
    return connected(database, tmp_path / "north.zip", days.first)


@pytest.fixture
def lone(sqlite: Installation, tmp_path: Path, days: Days) -> District:
    """The same on SQLite alone, for what a database has no part in."""
    return connected(sqlite, tmp_path / "north.zip", days.first)


@pytest.fixture(scope="session")
def synced_template(sqlite_template: Installation, days: Days, tmp_path_factory: pytest.TempPathFactory) -> District:
    """The district as its first day was taken over, on SQLite, for others to be copied from."""
    folder = tmp_path_factory.mktemp("synced")
    shutil.copytree(sqlite_template.data_dir, folder / "data")
    return _synced(replace(sqlite_template, data_dir=folder / "data"), folder, days)


@pytest.fixture(scope="session")
def synced_postgresql_template(
    postgresql_server: str, postgresql_template: Installation, days: Days, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[District]:
    """The same on PostgreSQL; nothing may be connected to it while it is copied."""
    folder = tmp_path_factory.mktemp("synced-postgresql")
    with postgresql_copy(postgresql_server, postgresql_template, folder / "data") as made:
        yield _synced(made, folder, days)


def _synced(installation: Installation, folder: Path, days: Days) -> District:
    made = connected(installation, folder / "north.zip", days.first)
    made.sync()
    return made


@pytest.fixture
def lone_synced(synced_template: District, days: Days, tmp_path: Path) -> District:
    """The district after its first sync, on SQLite alone."""
    shutil.copytree(synced_template.installation.data_dir, tmp_path / "data")
    made = replace(synced_template, installation=replace(synced_template.installation, data_dir=tmp_path / "data"))
    # The copies share one path, which a connection's memory of its last package stands on.
    made.gets(days.first)
    return made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def synced(request: pytest.FixtureRequest, days: Days, tmp_path: Path) -> Iterator[District]:
    """The district after its first sync; once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("lone_synced")
        return
    template: District = request.getfixturevalue("synced_postgresql_template")
    server = request.getfixturevalue("postgresql_server")
    with postgresql_copy(server, template.installation, tmp_path / "data-postgresql") as made:
        template.gets(days.first)
        yield replace(template, installation=made)


def connected(installation: Installation, package: Path, first: Path) -> District:
    """The installation with the connection `north` to the package, which is that of the first day."""
    made = District(installation, package)
    made.gets(first)
    made.run("connection", "add", "north", "--kind", "csv", "--path", package).ok()
    take_all(installation, "north")
    return made


def take_all(installation: Installation, name: str) -> None:
    """Let a connection take over parents and demographics too, which a new one leaves alone."""
    with installation.in_process():
        choose(find(name), Options(parents=True, all_parents=True, demographics=True))
