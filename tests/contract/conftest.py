"""The district of the quirk tests, and what a server that never lies says of it."""

import pytest

from tests.contract.quirks import Lab, Pulled, Run, packages


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A place to pull the district from servers that lie."""
    folder = tmp_path_factory.mktemp("quirks")
    return Lab(folder / "scratch", packages(folder))


@pytest.fixture(scope="session")
def truth(lab: Lab) -> Pulled:
    """The district as it is fetched from a server that never lies."""
    pulled = lab.pull()
    assert not pulled.error
    return pulled


@pytest.fixture(scope="session")
def loaded(lab: Lab) -> Run:
    """The first load of it."""
    made = lab.run(first=True)
    assert not made.error
    return made
