"""People of the roster sign in at a real provider of OpenID Connect, and are who the roster says they are."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.people.models import DirectoryAccount, Person
from rosterkeeper.features.signin.models import Attempt, Provider, Remembered
from tests.identity.browser import came_back, last_try
from tests.identity.people import district, person, signs_in_by
from tests.identity.running import Identity
from tests.pages.site import HOST, Site, text_of

_TENANT = "2284"


@pytest.fixture
def north(site: Site) -> Connection:
    """A district with a ClassLink connection."""
    assert site
    return district("North", tenant=_TENANT)


@pytest.fixture
def classlink(north: Connection, identity: Identity) -> Provider:
    """ClassLink as it is set up for the district."""
    return signs_in_by(identity, "classlink", (north.district_id, []))


def _claims(sourced_id: str = "T-1", tenant: str = _TENANT, **more: object) -> dict[str, object]:
    return {"classLink_tenant_id": tenant, "classLink_sourcedId": sourced_id, **more}


@pytest.mark.covers("M31", "L01")
def test_a_teacher_of_classlink_is_found_by_tenant_and_sourced_id(
    identity: Identity, north: Connection, classlink: Provider
) -> None:
    teacher = person(north, "T-1")
    identity.says("anna", _claims("T-1"))

    client, status, page = came_back(identity, "anna")

    assert status == 200
    assert "Ada T-1" in page
    assert Attempt.objects.get().person_uid == teacher.uid
    assert Attempt.objects.get().key == "sourced_id"
    assert client.get("/me/").status_code == 200


@pytest.mark.covers("M31")
def test_of_two_districts_with_the_same_ids_the_tenant_decides(identity: Identity, north: Connection) -> None:
    south = district("South", tenant="77")
    signs_in_by(identity, "classlink", (north.district_id, []), (south.district_id, []))
    here, there = person(north, "T-1", email="a@x.org"), person(south, "T-1", email="a@x.org")
    identity.says("north", _claims("T-1"))
    identity.says("south", _claims("T-1", tenant="77"))

    came_back(identity, "south")
    assert last_try().person_uid == there.uid
    came_back(identity, "north")
    assert last_try().person_uid == here.uid


@pytest.mark.covers("M31")
def test_a_changed_sourced_id_is_bridged_by_the_user_id_and_not_by_an_e_mail_address(
    identity: Identity, north: Connection, classlink: Provider
) -> None:
    teacher = person(north, "T-1", email="a@x.org")
    identity.says("anna", _claims("T-1", UserId=41, email="a@x.org"))
    came_back(identity, "anna")

    identity.says("anna", _claims("NEW-1", UserId=41, email="a@x.org"))
    came_back(identity, "anna")
    assert last_try().person_uid == teacher.uid
    assert last_try().key == "remembered"

    identity.says("other", _claims("NEW-2", UserId=42, email="a@x.org"))
    assert came_back(identity, "other")[1] == 403
    assert last_try().code == "signin.disagrees"


@pytest.mark.covers("M31")
def test_who_was_remembered_gives_way_to_a_sourced_id_that_says_otherwise(
    identity: Identity, north: Connection, classlink: Provider
) -> None:
    person(north, "T-1", email="a@x.org")
    other = person(north, "T-2")
    identity.says("anna", _claims("", UserId=41, email="a@x.org"))
    came_back(identity, "anna")
    assert Remembered.objects.get().key == "email"

    identity.says("anna", _claims("T-2", UserId=41, email="a@x.org"))
    came_back(identity, "anna")

    assert last_try().person_uid == other.uid
    assert Remembered.objects.get().person_uid == other.uid


@pytest.mark.covers("M31")
def test_what_the_id_token_of_classlink_lacks_comes_from_its_user_info(
    identity: Identity, north: Connection, classlink: Provider
) -> None:
    teacher = person(north, "T-1")
    identity.says("anna", {}, {"TenantId": int(_TENANT), "SourcedId": "T-1", "UserId": 41})
    came_back(identity, "anna")
    assert last_try().person_uid == teacher.uid


def test_user_info_of_another_subject_is_not_believed(
    identity: Identity, north: Connection, classlink: Provider
) -> None:
    person(north, "T-1")
    identity.says("anna", {}, {"sub": "somebody", "TenantId": _TENANT, "SourcedId": "T-1"})
    assert came_back(identity, "anna")[1] == 403
    assert last_try().code == "signin.token"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"nonce": "of another sign-in"}, "signin.nonce"),
        ({"nonce": None}, "signin.nonce"),
        ({"aud": "another app"}, "signin.audience"),
        ({"aud": ["rosterkeeper", "another app"]}, "signin.audience"),
        ({"iss": "https://elsewhere.example.org"}, "signin.issuer"),
        ({"exp": 1_700_000_000}, "signin.expired"),
        ({"exp": None}, "signin.token"),
        ({"classLink_tenant_id": "9999"}, "signin.unknown_tenant"),
        ({"classLink_tenant_id": ""}, "signin.unknown_tenant"),
        ({"classLink_sourcedId": "nobody"}, "signin.not_found"),
    ],
)
def test_a_token_that_is_wrong_in_one_thing_lets_nobody_in(
    identity: Identity, north: Connection, classlink: Provider, wrong: dict[str, object], code: str
) -> None:
    person(north, "T-1")
    identity.says("anna", {**_claims("T-1"), **wrong})

    client, status, page = came_back(identity, "anna")

    assert status == 403
    assert last_try().code == code
    assert last_try().reference in page
    assert code not in page
    assert client.get("/me/").status_code == 302


def test_an_answer_to_no_question_of_this_browser_is_refused(
    identity: Identity, north: Connection, classlink: Provider
) -> None:
    person(north, "T-1")
    identity.says("anna", _claims("T-1"))
    begun = Client(headers={"host": HOST}).get("/signin/classlink/start/", {"login_hint": "anna"})
    answered = identity.visited(begun["Location"])

    other = Client(headers={"host": HOST})
    assert other.get(answered).status_code == 403
    assert last_try().code == "signin.state"
    assert other.get("/signin/classlink/back/", {"code": "x"}).status_code == 403


def test_the_way_to_the_provider_carries_state_nonce_and_a_challenge(classlink: Provider) -> None:
    begun = Client(headers={"host": HOST}).get("/signin/classlink/start/")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun["Location"]).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"http://{HOST}/signin/classlink/back/"
    assert len(asked["state"]) >= 16
    assert len(asked["nonce"]) >= 16


def test_by_an_e_mail_address_who_has_it_verified_and_alone_comes_in(identity: Identity, north: Connection) -> None:
    signs_in_by(identity, "google", (north.district_id, ["x.org"]))
    teacher = person(north, "T-1", email="a@x.org")

    identity.says("anna", {"hd": "x.org", "email": "A@x.org", "email_verified": False})
    came_back(identity, "anna", "google")
    assert last_try().code == "signin.email_unverified"

    identity.says("anna", {"hd": "y.org", "email": "a@x.org", "email_verified": True})
    came_back(identity, "anna", "google")
    assert last_try().code == "signin.unknown_tenant"

    identity.says("anna", {"hd": "x.org", "email": "A@x.org", "email_verified": True})
    came_back(identity, "anna", "google")
    assert last_try().person_uid == teacher.uid

    person(north, "T-2", email="a@x.org")
    identity.says("berta", {"hd": "x.org", "email": "a@x.org", "email_verified": True})
    came_back(identity, "berta", "google")
    assert last_try().code == "signin.ambiguous"


def test_the_directory_s_id_and_the_username_lead_to_the_account(identity: Identity, north: Connection) -> None:
    signs_in_by(identity, "entra", (north.district_id, []))
    one = person(north, "T-1", external_id="oid-1", username="one@x.org")
    two = person(north, "T-2", external_id="oid-2", username="two@x.org")
    identity.says("one", {"oid": "oid-1", "preferred_username": "two@x.org"})
    identity.says("two", {"oid": "unknown", "preferred_username": "TWO@x.org"})

    came_back(identity, "one", "entra")
    assert last_try().person_uid == one.uid
    came_back(identity, "two", "entra")
    assert last_try().person_uid == two.uid


def _suspend(who: Person) -> None:
    DirectoryAccount.objects.filter(pk=who.account_id).update(status="suspended", suspended_by="sync")


def _leave(who: Person) -> None:
    Person.objects.filter(pk=who.pk).update(status="left")


def _lose_account(who: Person) -> None:
    Person.objects.filter(pk=who.pk).update(account_id=0)


def _lose_kind(who: Person) -> None:
    Provider.objects.update(kinds=["student"])


def _switch_off(who: Person) -> None:
    Provider.objects.update(is_enabled=False)


def _lose_district(who: Person) -> None:
    Provider.objects.get().served.all().delete()


@pytest.mark.covers("L01", "M31")
@pytest.mark.parametrize("what", [_suspend, _leave, _lose_account, _lose_kind, _switch_off, _lose_district])
def test_whoever_may_no_longer_is_out_with_the_next_click(
    identity: Identity, north: Connection, classlink: Provider, what: object
) -> None:
    assert callable(what)
    teacher = person(north, "T-1")
    identity.says("anna", _claims("T-1"))
    client, status, _ = came_back(identity, "anna")
    assert status == 200

    what(teacher)

    answer = client.get("/me/")
    assert answer.status_code == 403
    assert "Ada" not in text_of(answer)
    assert client.get("/me/").status_code == 302
    assert last_try().code.startswith("signin.")


def test_a_refused_visitor_is_told_the_same_whether_they_are_known_or_not(
    identity: Identity, north: Connection, classlink: Provider
) -> None:
    _suspend(person(north, "T-1"))
    identity.says("anna", _claims("T-1"))
    identity.says("nobody", _claims("T-9"))
    told = []
    for user in ("anna", "nobody"):
        _, _, page = came_back(identity, user)
        told.append(page.split("<main", 1)[1].split("</main>")[0].replace(last_try().reference, ""))
    assert told[0] == told[1]


def test_a_session_is_new_ends_by_itself_and_by_signing_out(
    identity: Identity, north: Connection, classlink: Provider
) -> None:
    person(north, "S-1", kind="student")
    identity.says("sven", _claims("S-1"))
    client = Client(headers={"host": HOST})
    begun = client.get("/signin/classlink/start/", {"login_hint": "sven"})
    before = client.session.session_key
    client.get(identity.visited(begun["Location"]))
    assert client.session.session_key != before
    assert client.get("/me/").status_code == 200

    for name, age in (("seen", 31 * 60), ("began", 2 * 3600 + 1)):
        session = client.session
        kept = dict(session["person"])
        session["person"] = {**kept, name: int(time.time()) - age}
        session.save()
        assert client.get("/me/").status_code == 302
        session = client.session
        session["person"] = kept
        session.save()

    out = client.post("/signin/out/")
    assert "end" not in client.session.get("person", {})
    page = text_of(client.get(out["Location"]))
    assert "/identity/o/logout?client_id=rosterkeeper" in page
    assert client.get("/me/").status_code == 302


def test_only_own_pages_are_gone_to_after_signing_in(
    identity: Identity, north: Connection, classlink: Provider
) -> None:
    person(north, "T-1")
    identity.says("anna", _claims("T-1"))
    for asked in ("https://evil.example.org/", "//evil.example.org", "/accounts/", "/\\evil"):
        client = Client(headers={"host": HOST})
        begun = client.get("/signin/classlink/start/", {"login_hint": "anna", "next": asked})
        assert client.get(identity.visited(begun["Location"]))["Location"] == "/me/"


def test_one_who_is_refused_again_and_again_is_no_longer_looked_up(
    identity: Identity, north: Connection, classlink: Provider
) -> None:
    identity.says("anna", _claims("T-1"))
    for _ in range(10):
        came_back(identity, "anna")
    person(north, "T-1")
    assert came_back(identity, "anna")[1] == 429
    assert last_try().code == "signin.throttled"
