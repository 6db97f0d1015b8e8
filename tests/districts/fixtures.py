"""The cast as fixtures, each made once a test run."""

from pathlib import Path

import pytest

from tests.districts import cast


@pytest.fixture(scope="session")
def districts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that this run's districts are written to; a test may write more of them there."""
    return tmp_path_factory.mktemp("districts")


@pytest.fixture(scope="session")
def small_clean(districts: Path) -> Path:
    """The small clean district, OneRoster 1.2."""
    return cast.small_clean(districts)


@pytest.fixture(scope="session")
def small_clean_next_day(districts: Path) -> Path:
    """The small clean district on its second day."""
    return cast.small_clean(districts, day=2)


@pytest.fixture(scope="session")
def messy(districts: Path) -> Path:
    """The messy district, OneRoster 1.1."""
    return cast.messy(districts)


@pytest.fixture(scope="session")
def half_missing(districts: Path) -> Path:
    """The small clean district with half of its students gone."""
    return cast.half_missing(districts)


@pytest.fixture(scope="session")
def large(districts: Path) -> Path:
    """The large district."""
    return cast.large(districts)
