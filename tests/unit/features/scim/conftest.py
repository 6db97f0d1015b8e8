"""One database for all tests of a module: each begins with a district without accounts."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import DirectoryAccount, PeopleSettings, Person
from rosterkeeper.features.scim.models import Deleted, DirectoryToken
from tests.conftest import postgresql_copy
from tests.installation import Installation


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A migrated installation whose database is Django's own in this process."""
    folder = tmp_path_factory.mktemp("scim") / "data"
    template: Installation = request.getfixturevalue(f"{request.param}_template")
    with ExitStack() as open_things:
        if request.param == "postgresql":
            server: str = request.getfixturevalue("postgresql_server")
            made = open_things.enter_context(postgresql_copy(server, template, folder))
        else:
            shutil.copytree(template.data_dir, folder)
            made = Installation(folder)
        open_things.enter_context(made.in_process())
        yield made


@pytest.fixture
def empty(kept: Installation) -> Installation:
    """The installation without anything that SCIM reads or writes."""
    for model in (DirectoryAccount, Person, Group, PeopleSettings, Deleted, DirectoryToken):
        model.objects.all().delete()
    return kept
