"""Written rules: who may call, what becomes of a suspended, deleted, hand-kept or foreign account, and what is told."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.people import hand
from rosterkeeper.features.people.models import DirectoryAccount
from rosterkeeper.features.scim import tokens
from rosterkeeper.features.scim.models import DirectoryToken
from rosterkeeper.matching.tables import Origin, Status
from tests.installation import Installation
from tests.unit.features.scim.calling import USER, Provider, account_of, inputs_of, provider_of

DISTRICT = 3


@pytest.fixture
def provider(empty: Installation) -> Provider:
    """An identity provider with a token of the district."""
    return provider_of(DISTRICT)


def test_a_token_of_one_district_never_reaches_another(provider: Provider) -> None:
    number = provider.made(userName="ada")
    elsewhere = provider_of(DISTRICT + 1)
    assert elsewhere.call("GET", f"/Users/{number}").status_code == 404
    assert elsewhere.found('userName eq "ada"') == []
    assert elsewhere.made(userName="ada") != number
    crossed = Provider(DISTRICT, elsewhere.text)
    answer = crossed.call("GET", f"/Users/{number}")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="SCIM"')
    assert answer["Content-Type"].startswith("application/scim+json")


def test_a_token_ends_when_revoked_and_a_week_after_another_took_its_place(provider: Provider) -> None:
    old = DirectoryToken.objects.get(district_id=DISTRICT)
    new, text = tokens.rotate(old)
    later = Provider(DISTRICT, text)
    assert [each.call("GET", "/Users").status_code for each in (provider, later)] == [200, 200]
    DirectoryToken.objects.filter(pk=old.pk).update(until=timezone.now() - timedelta(seconds=1))
    assert [each.call("GET", "/Users").status_code for each in (provider, later)] == [401, 200]
    tokens.revoke(new)
    assert later.call("GET", "/Users").status_code == 401
    assert provider.text not in str([vars(each) for each in DirectoryToken.objects.all()])


def test_what_somebody_suspended_by_hand_stays_suspended(provider: Provider) -> None:
    number = provider.made(userName="ada", active=True)
    hand.suspend(account_of(number))
    provider.patched(number, {"op": "replace", "path": "active", "value": True})
    assert (account_of(number).status, account_of(number).suspended_by) == (Status.SUSPENDED, "hand")
    hand.restore(account_of(number))
    assert provider.call("GET", f"/Users/{number}").json()["active"] is True


def test_the_directory_alone_lets_in_again_whom_it_suspended_while_the_sync_had_too(provider: Provider) -> None:
    number = provider.made(userName="ada", active=True)
    DirectoryAccount.objects.update(status=Status.SUSPENDED, suspended_by="sync")
    provider.patched(number, {"op": "replace", "path": "displayName", "value": "Ada"})
    assert account_of(number).suspended_by == "sync"
    provider.patched(number, {"op": "replace", "path": "active", "value": True})
    assert account_of(number).suspended_by == "sync"
    provider.patched(number, {"op": "replace", "path": "active", "value": False})
    assert account_of(number).suspended_by == "directory"
    provider.patched(number, {"op": "replace", "path": "active", "value": True})
    assert account_of(number).status == Status.ACTIVE


def test_a_deleted_account_is_suspended_and_hidden_and_comes_back_as_the_same(provider: Provider) -> None:
    number = provider.made(userName="ada", displayName="Ada")
    assert provider.call("DELETE", f"/Users/{number}").status_code == 204
    assert provider.call("GET", f"/Users/{number}").status_code == 404
    assert (account_of(number).status, account_of(number).suspended_by) == (Status.SUSPENDED, "directory")
    assert provider.made(userName="ADA") == number
    assert account_of(number).status == Status.ACTIVE
    actions = set(Entry.objects.values_list("action", flat=True))
    assert {"scim.account_deleted", "scim.account_restored", "scim.token_made"} <= actions


def test_what_was_changed_by_hand_stays(provider: Provider) -> None:
    number = provider.made(userName="ada", displayName="Ada")
    hand.edit(account_of(number), {"display_name": "Countess"})
    provider.patched(number, {"op": "replace", "value": {"displayName": "Augusta", "userType": "Teacher"}})
    assert (account_of(number).display_name, account_of(number).kind) == ("Countess", "staff")


def test_an_account_that_was_uploaded_is_found_and_taken_over(provider: Provider) -> None:
    kept = hand.add(DISTRICT, {"username": "ada", "email": "ada@north.example"})
    assert provider.found('emails.value eq "ADA@north.example"') == [kept.uid]
    provider.patched(kept.uid, {"op": "add", "path": "externalId", "value": "x-1"})
    assert (account_of(kept.uid).origin, account_of(kept.uid).external_id) == (Origin.SCIM, "x-1")


def test_a_user_name_is_taken_whatever_its_case_and_the_refusal_does_not_repeat_it(provider: Provider) -> None:
    provider.made(userName="ada@north.example")
    answer = provider.call("POST", "/Users", {"userName": " ADA@north.example"})
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    assert "north" not in answer.content.decode()
    for body in ({"userName": "NULL"}, {"displayName": "secret"}, {"userName": "b", "active": "secret"}, ["secret"]):
        refused = provider.call("POST", "/Users", body)
        assert refused.status_code == 400, body
        assert "secret" not in refused.content.decode()
    assert provider.call("GET", '/Users?filter=userName xx "secret"').status_code == 400


def test_an_account_that_was_changed_meanwhile_is_not_written(provider: Provider) -> None:
    number = provider.made(userName="ada")
    version = provider.call("GET", f"/Users/{number}")["ETag"]
    assert provider.call("GET", f"/Users/{number}", **{"if-none-match": version}).status_code == 304
    body = {"userName": "ada", "displayName": "Ada"}
    assert provider.call("PUT", f"/Users/{number}", body, **{"if-match": version}).status_code == 200
    assert provider.call("PUT", f"/Users/{number}", body, **{"if-match": version}).status_code == 412


def test_matching_hears_of_each_change_and_of_nothing_else(provider: Provider) -> None:
    number = provider.made(userName="ada", displayName="Ada")
    before = inputs_of(DISTRICT)
    provider.patched(number, {"op": "replace", "path": "displayName", "value": "Ada"})
    provider.call("GET", "/Users")
    assert inputs_of(DISTRICT) == before
    provider.patched(number, {"op": "replace", "path": "displayName", "value": "Augusta"})
    assert inputs_of(DISTRICT) == before + 1


def test_whatever_goes_wrong_under_the_address_is_told_in_the_protocol_s_form(provider: Provider) -> None:
    for method, path in (("GET", "/Nothing"), ("GET", "/Users/1/2/3"), ("PUT", "/Users"), ("GET", "/Me")):
        answer = provider.call(method, path)
        assert answer.status_code in (404, 405, 501)
        assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert provider.call("POST", "/Users", {"userName": "x" * 300_000}).status_code == 413


def test_a_nul_is_refused_in_words_whatever_the_database_would_make_of_it(provider: Provider) -> None:
    number = provider.made(userName="ada@north.example")
    for answer in (
        provider.call("POST", "/Users", {"schemas": [USER], "userName": "ada\0@north.example"}),
        provider.patched(number, {"op": "replace", "path": "displayName", "value": "A\0da"}),
        provider.call("POST", "/Users/.search", {"filter": 'userName eq "a\0"'}),
    ):
        assert answer.status_code == 400
        assert b"NUL" in answer.content
    for half in ("u0000", "ud800"):
        assert provider.call("GET", f'/Users?filter=userName eq "a\\{half}"').json()["totalResults"] == 0
