"""People of the roster sign in at a real provider of OpenID Connect, and are who the roster says they are."""

import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.people.models import DirectoryAccount, Person
from rosterkeeper.features.signin.models import Attempt, Provider, Remembered
from tests.identity.people import district, person, signs_in_by
from tests.identity.running import Identity, provider
from tests.pages.site import HOST, Site, text_of

_TENANT = "2284"


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    """The provider that runs beside the tests, which knows the pages of sites."""
    with provider(tmp_path_factory.mktemp("identity")) as made:
        for slug in ("classlink", "google", "entra", "other"):
            made.register(f"http://{HOST}/signin/{slug}/back/")
        yield made


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


def _signed_in(identity: Identity, user: str, slug: str = "classlink", next_url: str = "") -> tuple[Client, int, str]:
    """A browser in which the user went through the whole sign-in; the status and text of what they see at its end."""
    client = Client(headers={"host": HOST})
    begun = client.get(f"/signin/{slug}/start/", {"login_hint": user, "next": next_url})
    assert begun.status_code == 302, text_of(begun)
    answer = client.get(identity.visited(begun["Location"]))
    if answer.status_code == 302:
        answer = client.get(answer["Location"])
    return client, answer.status_code, text_of(answer)


def _last_code() -> str:
    return Attempt.objects.latest("pk").code


@pytest.mark.covers("M31", "L01")
def test_a_teacher_of_classlink_is_found_by_tenant_and_sourced_id(
    identity: Identity, north: Connection, classlink: Provider
) -> None:
    teacher = person(north, "T-1")
    identity.says("anna", _claims("T-1"))

    client, status, page = _signed_in(identity, "anna")

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

    _signed_in(identity, "south")
    assert Attempt.objects.latest("pk").person_uid == there.uid
    _signed_in(identity, "north")
    assert Attempt.objects.latest("pk").person_uid == here.uid


@pytest.mark.covers("M31")
def test_a_changed_sourced_id_is_bridged_by_the_user_id_and_not_by_an_e_mail_address(
    identity: Identity, north: Connection, classlink: Provider
) -> None:
    teacher = person(north, "T-1", email="a@x.org")
    identity.says("anna", _claims("T-1", UserId=41, email="a@x.org"))
    _signed_in(identity, "anna")

    identity.says("anna", _claims("NEW-1", UserId=41, email="a@x.org"))
    _signed_in(identity, "anna")
    assert Attempt.objects.latest("pk").person_uid == teacher.uid
    assert Attempt.objects.latest("pk").key == "remembered"

    identity.says("other", _claims("NEW-2", UserId=42, email="a@x.org"))
    assert _signed_in(identity, "other")[1] == 403
    assert _last_code() == "signin.disagrees"


@pytest.mark.covers("M31")
def test_who_was_remembered_gives_way_to_a_sourced_id_that_says_otherwise(
    identity: Identity, north: Connection, classlink: Provider
) -> None:
    person(north, "T-1", email="a@x.org")
    other = person(north, "T-2")
    identity.says("anna", _claims("", UserId=41, email="a@x.org"))
    _signed_in(identity, "anna")
    assert Remembered.objects.get().key == "email"

    identity.says("anna", _claims("T-2", UserId=41, email="a@x.org"))
    _signed_in(identity, "anna")

    assert Attempt.objects.latest("pk").person_uid == other.uid
    assert Remembered.objects.get().person_uid == other.uid


@pytest.mark.covers("M31")
def test_what_the_id_token_of_classlink_lacks_comes_from_its_user_info(
    identity: Identity, north: Connection, classlink: Provider
) -> None:
    teacher = person(north, "T-1")
    identity.says("anna", {}, {"TenantId": int(_TENANT), "SourcedId": "T-1", "UserId": 41})
    _signed_in(identity, "anna")
    assert Attempt.objects.latest("pk").person_uid == teacher.uid


def test_user_info_of_another_subject_is_not_believed(
    identity: Identity, north: Connection, classlink: Provider
) -> None:
    person(north, "T-1")
    identity.says("anna", {}, {"sub": "somebody", "TenantId": _TENANT, "SourcedId": "T-1"})
    assert _signed_in(identity, "anna")[1] == 403
    assert _last_code() == "signin.token"


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

    client, status, page = _signed_in(identity, "anna")

    assert status == 403
    assert _last_code() == code
    assert Attempt.objects.latest("pk").reference in page
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
    assert _last_code() == "signin.state"
    assert other.get("/signin/classlink/back/", {"code": "x"}).status_code == 403


def test_the_way_to_the_provider_carries_state_nonce_and_a_challenge(classlink: Provider) -> None:
    begun = Client(headers={"host": HOST}).get("/signin/classlink/start/")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun["Location"]).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"http://{HOST}/signin/classlink/back/"
    assert len(asked["state"]) >= 16
    assert len(asked["nonce"]) >= 16


def test_by_an_e_mail_address_only_who_has_it_verified_and_alone_comes_in(
    identity: Identity, north: Connection
) -> None:
    signs_in_by(identity, "google", (north.district_id, ["x.org"]))
    teacher = person(north, "T-1", email="a@x.org")

    identity.says("anna", {"hd": "x.org", "email": "A@x.org", "email_verified": False})
    _signed_in(identity, "anna", "google")
    assert _last_code() == "signin.email_unverified"

    identity.says("anna", {"hd": "y.org", "email": "a@x.org", "email_verified": True})
    _signed_in(identity, "anna", "google")
    assert _last_code() == "signin.unknown_tenant"

    identity.says("anna", {"hd": "x.org", "email": "A@x.org", "email_verified": True})
    _signed_in(identity, "anna", "google")
    assert Attempt.objects.latest("pk").person_uid == teacher.uid

    person(north, "T-2", email="a@x.org")
    identity.says("berta", {"hd": "x.org", "email": "a@x.org", "email_verified": True})
    _signed_in(identity, "berta", "google")
    assert _last_code() == "signin.ambiguous"


def test_the_directory_s_id_and_the_username_lead_to_the_account(identity: Identity, north: Connection) -> None:
    signs_in_by(identity, "entra", (north.district_id, []))
    one = person(north, "T-1", external_id="oid-1", username="one@x.org")
    two = person(north, "T-2", external_id="oid-2", username="two@x.org")
    identity.says("one", {"oid": "oid-1", "preferred_username": "two@x.org"})
    identity.says("two", {"oid": "unknown", "preferred_username": "TWO@x.org"})

    _signed_in(identity, "one", "entra")
    assert Attempt.objects.latest("pk").person_uid == one.uid
    _signed_in(identity, "two", "entra")
    assert Attempt.objects.latest("pk").person_uid == two.uid


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
    client, status, _ = _signed_in(identity, "anna")
    assert status == 200

    what(teacher)

    answer = client.get("/me/")
    assert answer.status_code == 403
    assert "Ada" not in text_of(answer)
    assert client.get("/me/").status_code == 302
    assert _last_code().startswith("signin.")


def test_a_refused_visitor_is_told_the_same_whether_they_are_known_or_not(
    identity: Identity, north: Connection, classlink: Provider
) -> None:
    _suspend(person(north, "T-1"))
    identity.says("anna", _claims("T-1"))
    identity.says("nobody", _claims("T-9"))
    told = []
    for user in ("anna", "nobody"):
        _, _, page = _signed_in(identity, user)
        told.append(page.split("<main", 1)[1].split("</main>")[0].replace(Attempt.objects.latest("pk").reference, ""))
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
        _signed_in(identity, "anna")
    person(north, "T-1")
    assert _signed_in(identity, "anna")[1] == 429
    assert _last_code() == "signin.throttled"
