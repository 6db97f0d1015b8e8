"""What Entra ID, Okta and Google's partners send, in their own manners, and what becomes of it."""

import pytest

from rosterkeeper.matching.tables import Kind, Status
from tests.installation import Installation
from tests.unit.features.scim.calling import ENTERPRISE, USER, Provider, account_of, provider_of

DISTRICT = 3
# How the database compares is the matter of other tests.
pytestmark = pytest.mark.parametrize("kept", ["sqlite"], indirect=True)


@pytest.fixture
def provider(empty: Installation) -> Provider:
    """An identity provider with a token of the district."""
    return provider_of(DISTRICT)


def test_entra_looks_for_an_account_makes_it_and_finds_it(provider: Provider) -> None:
    assert provider.found('userName eq "ada@north.example"') == []
    number = provider.made(
        externalId="0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
        userName="ada@north.example",
        active=True,
        displayName="Ada Lovelace",
        emails=[{"primary": True, "type": "work", "value": "Ada@North.example"}],
        name={"formatted": "Ada Lovelace", "familyName": "Lovelace", "givenName": "Ada"},
        title="Teacher",
        phoneNumbers=[{"type": "mobile", "value": "555-0100"}],
        **{ENTERPRISE: {"department": "Mathematics", "employeeNumber": "E-1815", "manager": {"value": "1"}}},
    )
    kept = account_of(number)
    assert (kept.username, kept.email_key, kept.identifier) == ("ada@north.example", "ada@north.example", "E-1815")
    assert (kept.given_name, kept.family_name, kept.external_id[:8]) == ("Ada", "Lovelace", "0a21f0f2")
    for each in (
        'externalId eq "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"',
        'emails[type eq "work" and value eq "ada@north.example"]',
        'emails[type eq "work"].value eq "ada@north.example"',
        'active eq true and emails[type eq "work"].value co "ada"',
        f'{ENTERPRISE}:employeeNumber eq "e-1815"',
        'userName eq "ADA@NORTH.EXAMPLE" and active eq true',
    ):
        assert provider.found(each) == [number], each


def test_entra_changes_an_account_in_its_own_kind_of_patch(provider: Provider) -> None:
    number = provider.made(userName="ada@north.example", active=True)
    first = provider.patched(
        number,
        {"op": "Replace", "path": "displayName", "value": "Ada King"},
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "king@north.example"},
        {"op": "Replace", "path": "name.familyName", "value": "King"},
        {"op": "Add", "path": f"{ENTERPRISE}:employeeNumber", "value": "77"},
        {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "somebody"},
        {"op": "Replace", "path": 'phoneNumbers[type eq "work"].value', "value": "1"},
    )
    assert first.status_code in (200, 204)
    kept = account_of(number)
    assert (kept.display_name, kept.email, kept.family_name, kept.identifier) == (
        "Ada King",
        "king@north.example",
        "King",
        "77",
    )
    several = {"name.givenName": "Augusta", 'emails[type eq "work"].value': "a@north.example", "active": "False"}
    assert provider.patched(number, {"op": "Replace", "value": several}).status_code in (200, 204)
    kept = account_of(number)
    assert (kept.given_name, kept.email, kept.status, kept.suspended_by) == (
        "Augusta",
        "a@north.example",
        Status.SUSPENDED,
        "directory",
    )
    provider.patched(number, {"op": "Replace", "path": "active", "value": "True"}, {"op": "Remove", "path": "name"})
    kept = account_of(number)
    assert (kept.status, kept.suspended_by, kept.given_name) == (Status.ACTIVE, "", "")


def test_okta_replaces_an_account_whole_and_switches_it_off_by_patch(provider: Provider) -> None:
    whole = {
        "schemas": [USER],
        "userName": "grace@north.example",
        "name": {"givenName": "Grace", "familyName": "Hopper", "middleName": "B"},
        "emails": [
            {"primary": False, "value": "grace@home.example", "type": "home"},
            {"primary": True, "value": "grace@north.example", "type": "work"},
        ],
        "userType": "Student",
        "password": "t1meMa$heen",
        "groups": [],
        "locale": "en-US",
        "active": True,
    }
    number = provider.made(**{name: value for name, value in whole.items() if name != "schemas"})
    assert account_of(number).kind == Kind.STUDENT
    assert "t1meMa" not in str(vars(account_of(number)))
    answer = provider.call("PUT", f"/Users/{number}", {**whole, "id": number, "name": {"givenName": "Grace"}})
    assert answer.status_code == 200
    assert answer.json()["emails"] == [{"value": "grace@north.example", "type": "work", "primary": True}]
    assert account_of(number).family_name == ""
    provider.patched(number, {"op": "replace", "value": {"active": False}})
    assert account_of(number).status == Status.SUSPENDED
    listed = provider.call("GET", "/Users?startIndex=1&count=100").json()
    assert (listed["totalResults"], listed["Resources"][0]["active"]) == (1, False)


def test_a_page_holds_as_many_accounts_as_were_asked_for_and_no_more_than_the_most(provider: Provider) -> None:
    numbers = [provider.made(userName=f"user{place}") for place in range(5)]
    answer = provider.call("GET", "/Users?startIndex=2&count=2&sortBy=userName&sortOrder=descending").json()
    assert (answer["totalResults"], answer["itemsPerPage"], answer["startIndex"]) == (5, 2, 2)
    assert [each["id"] for each in answer["Resources"]] == [numbers[3], numbers[2]]
    only = provider.call("GET", f"/Users/{numbers[0]}?attributes=userName").json()
    assert {"userName", "id"} <= set(only) <= {"userName", "id", "schemas", "meta"}


def test_pushed_groups_are_refused_and_it_is_said_what_to_do(provider: Provider) -> None:
    answer = provider.call("POST", "/Groups", {"displayName": "7A", "members": []})
    assert answer.status_code == 403
    assert "provisioning of groups" in answer.json()["detail"]
    assert provider.call("GET", '/Groups?filter=displayName eq "7A"').json()["totalResults"] == 0
    assert provider.call("POST", "/Bulk", {"Operations": []}).status_code == 501
    assert provider.call("GET", "/ServiceProviderConfig").json()["bulk"]["supported"] is False
