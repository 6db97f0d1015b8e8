"""The endpoint as client libraries that are not ours find it."""

from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_models import NotFoundException, PatchOp, SearchRequest, UniquenessException
from scim2_tester import Status, check_server

from rosterkeeper.features.scim import tokens
from tests.installation import Installation

DISTRICT = 7
_WRONG = (Status.DEVIATION, Status.ERROR, Status.CRITICAL)
_ON_PURPOSE = {
    # Every account is active or not: what is removed is as it was.
    "check_remove_attribute: Attribute 'active' was not removed",
    # One address a person is kept; the tester sends one or several, as chance has it.
    "check_add_attribute: Attribute 'emails' was not added or has unexpected value",
    "check_replace_attribute: Attribute 'emails' was not replaced or has unexpected value",
}
# How the database compares is the matter of other tests.
pytestmark = pytest.mark.parametrize("kept", ["sqlite"], indirect=True)


@pytest.fixture
def client(empty: Installation) -> WSGISCIMClient:
    """The client of another project, with a token of the district."""
    _, text = tokens.make(DISTRICT, "Entra ID")
    authorization = {"Authorization": f"Bearer {text}"}
    return WSGISCIMClient(WSGIHandler(), f"http://localhost/scim/v2/{DISTRICT}", headers=authorization)


def test_the_tester_of_another_project_finds_nothing_wrong(client: WSGISCIMClient) -> None:
    results = check_server(client, resource_types=["User"])
    wrong = {f"{each.title}: {each.reason}".split("\n")[0] for each in results if each.status in _WRONG}
    assert len(results) > 50
    assert wrong - _ON_PURPOSE == set()


def test_the_client_of_another_project_makes_finds_changes_and_deletes_an_account(client: Any) -> None:
    client.discover()
    user: Any = client.get_resource_model("User")
    made = client.create(user(user_name="ada@north.example", active=True))
    with pytest.raises(UniquenessException):
        client.create(user(user_name="ADA@north.example"))
    found = client.query(user, SearchRequest[user].model_validate({"filter": 'userName eq "Ada@North.Example"'}))
    assert [each.id for each in found.resources] == [made.id]
    operations = [{"op": "replace", "path": "active", "value": False}]
    client.modify(user, made.id, PatchOp[user].model_validate({"Operations": operations}))
    assert client.query(user, made.id).active is False
    client.delete(user, made.id)
    with pytest.raises(NotFoundException):
        client.query(user, made.id)
    assert client.create(user(user_name="ada@north.example")).id == made.id
