"""Sites for tests of pages: one set up and empty, one with a synced district."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import override_settings

from rosterkeeper.features.people import fresh as matching
from rosterkeeper.features.roster import fresh
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.features.signin.presets import PRESETS
from tests.conftest import postgresql_copy
from tests.identity.running import Identity, provider
from tests.installation import Installation
from tests.pages.assets import middleware
from tests.pages.classrooms import Classrooms, classrooms
from tests.pages.site import HOST, Site
from tests.pages.two import Two, furnish

# Slow on purpose are the product's own hashes of passwords.
_QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# About what a small primary school has.
_USERS = 120


@pytest.fixture(autouse=True)
def heard() -> None:
    """What is logged is heard, whatever an earlier test's library has switched off."""
    logging.disable(logging.NOTSET)
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("rosterkeeper"):
            logging.getLogger(name).disabled = False


@contextmanager
def opened_site(installation: Installation) -> Iterator[Site]:
    """The installation's pages in this process."""
    with installation.in_process(), override_settings(PASSWORD_HASHERS=_QUICK, MIDDLEWARE=middleware()):
        yield Site(installation)


@pytest.fixture
def site(sqlite: Installation) -> Iterator[Site]:
    """The pages of an installation that was set up and holds nothing."""
    with opened_site(sqlite) as opened:
        yield opened


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    """A provider of OpenID Connect that runs beside the tests and knows the pages of sites."""
    with provider(tmp_path_factory.mktemp("identity")) as made:
        for slug in PRESETS:
            made.register(f"http://{HOST}/signin/{slug}/back/")
        yield made


@pytest.fixture(scope="session")
def synced_template(sqlite_template: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation with the connection `north`, a zip that was synced once."""
    folder = tmp_path_factory.mktemp("synced")
    shutil.copytree(sqlite_template.data_dir, folder / "data")
    made = replace(sqlite_template, data_dir=folder / "data")
    _sync(made, folder)
    shutil.copyfile(folder / "north.zip", folder / "north.first")
    return made


def _sync(made: Installation, folder: Path) -> None:
    """Add the connection `north`, a zip in the folder, and sync it."""
    made.run("sample", folder / "north.zip", "--users", _USERS, "--seed", 5).ok()
    made.run("connection", "add", "north", "--kind", "csv", "--path", folder / "north.zip").ok()
    made.run("sync", "north").ok()


@pytest.fixture
def synced(synced_template: Installation, tmp_path: Path) -> Iterator[Site]:
    """The pages of an installation whose connection `north` was synced once."""
    zip_path = synced_template.data_dir.parent / "north.zip"
    # A test before may have put another day's zip in its place.
    shutil.copyfile(zip_path.with_suffix(".first"), zip_path)
    shutil.copytree(synced_template.data_dir, tmp_path / "synced")
    made = replace(synced_template, data_dir=tmp_path / "synced")
    with opened_site(made) as opened:
        yield opened


@pytest.fixture(scope="session")
def two_template(synced_template: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The synced installation with a second district beside the first."""
    folder = tmp_path_factory.mktemp("two")
    made = replace(synced_template, data_dir=folder / "data")
    shutil.copytree(synced_template.data_dir, made.data_dir)
    shutil.copyfile(synced_template.data_dir.parent / "north.first", folder / "north.first")
    furnish(made, folder)
    return made


@pytest.fixture
def two(two_template: Installation, tmp_path: Path) -> Iterator[Two]:
    """Two districts of the same ids, in one installation."""
    shutil.copytree(two_template.data_dir, tmp_path / "two")
    with opened_site(replace(two_template, data_dir=tmp_path / "two")) as opened:
        yield Two(opened)


def _match(made: Installation) -> None:
    """Give a synced installation its catalog, persons and groups, and terms that are never over."""
    with opened_site(made) as site:
        LIVE["academicSessions"]._default_manager.update(start_date="2020-01-01", end_date="2099-12-31")
        LIVE["enrollments"]._default_manager.update(begin_date="", end_date="")
        # The snapshot tells of the roster before.
        shutil.rmtree(made.data_dir / "artifacts")
        assert fresh.refresh(site.connection().pk).code == ""
        assert matching.refresh(site.connection().district_id).code == ""


@pytest.fixture(scope="session")
def matched_template(synced_template: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The synced district with its catalog, persons and groups; its terms are never over."""
    made = replace(synced_template, data_dir=tmp_path_factory.mktemp("matched") / "data")
    shutil.copytree(synced_template.data_dir, made.data_dir)
    _match(made)
    return made


@pytest.fixture(scope="session")
def matched_postgresql_template(
    postgresql_server: str, postgresql_template: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """The same district on PostgreSQL."""
    folder = tmp_path_factory.mktemp("matched-postgresql")
    with postgresql_copy(postgresql_server, postgresql_template, folder / "data") as made:
        _sync(made, folder)
        _match(made)
        yield made


@pytest.fixture
def matched_sqlite(matched_template: Installation, tmp_path: Path) -> Installation:
    """A copy of that district on SQLite."""
    shutil.copytree(matched_template.data_dir, tmp_path / "matched")
    return replace(matched_template, data_dir=tmp_path / "matched")


@pytest.fixture
def matched_postgresql(
    postgresql_server: str, matched_postgresql_template: Installation, tmp_path: Path
) -> Iterator[Installation]:
    """A copy of that district on PostgreSQL."""
    with postgresql_copy(postgresql_server, matched_postgresql_template, tmp_path / "matched") as made:
        yield made


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test of the matched district that is marked so once more on PostgreSQL."""
    if "matched" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both_databases"):
        kinds = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
        metafunc.parametrize("matched", kinds, indirect=True)


@pytest.fixture
def matched(request: pytest.FixtureRequest) -> Iterator[Site]:
    """The pages of that district: on SQLite, and on PostgreSQL too for a test that is marked `both_databases`."""
    with opened_site(request.getfixturevalue(f"matched_{getattr(request, 'param', 'sqlite')}")) as site:
        yield site


@pytest.fixture
def rooms(matched: Site) -> Classrooms:
    """That district with a school's key."""
    return classrooms(matched)
