"""What New Class says while the roster's catalog is behind it."""

from django.test import Client

from rosterkeeper.features.connections.workflow import add
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.roster.models import Catalog
from rosterkeeper.features.runs.models import State
from rosterkeeper.sources.spec import CsvSpec
from tests.pages.classrooms import Classrooms, record_of
from tests.pages.site import text_of


def _page(client: Client) -> str:
    return text_of(client.get("/console/"))


def test_classes_that_are_not_looked_up_yet_are_not_said_to_be_missing(rooms: Classrooms) -> None:
    client = rooms.came_in(record_of(rooms.teacher())["username"])
    assert "being looked up" not in _page(client)
    Group.objects.update(owners="[]")
    Catalog.objects.update(version=0)
    assert "The roster is being looked up" in _page(client)
    # A connection that was never synced is not waited for.
    Catalog.objects.update(version=State.objects.get().version)
    add("second", CsvSpec(path="/nowhere.zip"))
    assert "No class today" in _page(client)
    # Nor is anybody kept from choosing a teacher among those that are known already.
    Catalog.objects.update(version=0)
    unknown = rooms.came_in("nobody")
    assert "being looked up" not in _page(unknown)
    Catalog.objects.all().delete()
    assert "The roster is being looked up" in _page(unknown)
