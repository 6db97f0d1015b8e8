"""Administrators set providers up, test them, come in by them, and see who was refused and why."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection as database
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone

from rosterkeeper.features.accounts import tokens
from rosterkeeper.features.accounts.models import Account, AccountDistrict
from rosterkeeper.features.accounts.rights import Right, Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.connections.models import Connection, District
from rosterkeeper.features.people.models import DirectoryAccount, Person
from rosterkeeper.features.signin import attempts
from rosterkeeper.features.signin.explaining import sign_in_beside
from rosterkeeper.features.signin.models import AccountLink, Attempt, Provider, Remembered
from tests.identity.browser import came_back, last_try
from tests.identity.people import district, person, signs_in_by
from tests.identity.running import CLIENT_ID, SECRET, Identity
from tests.pages.site import HOST, PASSWORD, Site, text_of


@pytest.fixture
def north(site: Site) -> Connection:
    """A district with a ClassLink connection."""
    assert site
    return district("North", tenant="2284")


def _stated(identity: Identity, **more: object) -> dict[str, object]:
    north = District.objects.get(name="North").pk
    return {
        "name": "School",
        "issuer": identity.issuer,
        "client_id": CLIENT_ID,
        "secret": SECRET,
        "kinds": ["staff", "student"],
        "hours": 8,
        "student_hours": 2,
        "scopes": "openid",
        "claim_directory_id": "sub",
        "is_enabled": "on",
        f"district_{north}": "on",
        **more,
    }


def test_a_provider_is_added_its_secret_sealed_and_shown_nowhere(
    site: Site, north: Connection, identity: Identity
) -> None:
    assert north
    page = site.administrator.post("/providers/add/other/", _stated(identity), follow=True)

    assert f"http://{HOST}/signin/school/back/" in text_of(page)
    assert SECRET not in text_of(page)
    with database.cursor() as cursor:
        cursor.execute("SELECT secret FROM signin_provider")
        assert SECRET not in str(cursor.fetchall())
    assert Entry.objects.filter(action="signin.provider_added").exists()

    number = Provider.objects.get().pk
    site.administrator.post(f"/providers/{number}/", _stated(identity, name="Campus", secret=""))
    assert Provider.objects.get().name == "Campus"
    identity.register(f"http://{HOST}/signin/school/back/")
    person(north, "T-1", external_id="anna")
    identity.says("anna")
    assert came_back(identity, "anna", "school")[1] == 200


@pytest.mark.parametrize(
    ("kind", "more", "says"),
    [
        ("other", {"issuer": "http://10.1.2.3"}, "not an https address"),
        ("other", {"issuer": "ftp://x.org"}, "not an https address"),
        ("google", {}, "says no tenant or domain"),
        ("other", {"name": "Taken"}, "of this name already"),
    ],
)
def test_a_provider_that_cannot_be_is_refused_with_its_next_step(
    site: Site, north: Connection, identity: Identity, kind: str, more: dict[str, object], says: str
) -> None:
    signs_in_by(identity, "other", (north.district_id, []), name="Taken")
    answer = site.administrator.post(f"/providers/add/{kind}/", _stated(identity, **more))
    assert says in text_of(answer)
    assert Provider.objects.count() == 1


def test_one_tenant_belongs_to_one_district(site: Site, north: Connection, identity: Identity) -> None:
    south = district("South")
    both = {f"district_{each.district_id}": "on" for each in (north, south)}
    same = {f"tenants_{each.district_id}": "x.org" for each in (north, south)}
    answer = site.administrator.post("/providers/add/google/", _stated(identity, **both, **same))
    assert "entered for two districts" in text_of(answer)
    assert not Provider.objects.exists()


def test_the_test_of_a_provider_says_in_words_what_is_right_and_wrong(
    site: Site, north: Connection, identity: Identity
) -> None:
    made = signs_in_by(identity, "other", (north.district_id, []))
    page = text_of(site.administrator.post(f"/providers/{made.pk}/test/"))
    assert "PKCE (S256)" in page
    assert "by which its id tokens are checked" in page

    for issuer, says in (
        (f"{identity.issuer}/elsewhere", "cannot be reached or gave no usable answer"),
        (identity.issuer.replace("127.0.0.1", "localhost"), "not https, or in a private network"),
        (f"{identity.issuer}/", "names another issuer"),
    ):
        Provider.objects.update(issuer=issuer)
        assert says in text_of(site.administrator.post(f"/providers/{made.pk}/test/"))


def test_a_provider_on_this_machine_is_only_reached_where_the_installation_lists_it(
    north: Connection, identity: Identity
) -> None:
    signs_in_by(identity, "other", (north.district_id, []))
    with override_settings(ROSTER_ALLOWED_HOSTS=()):
        assert Client(headers={"host": HOST}).get("/signin/other/start/").status_code == 403
    assert last_try().code == "signin.private_address"


def test_another_issuer_forgets_whom_the_last_one_knew(site: Site, north: Connection, identity: Identity) -> None:
    made = signs_in_by(identity, "other", (north.district_id, []), name="School")
    person(north, "T-1", external_id="anna")
    identity.says("anna")
    came_back(identity, "anna", "other")
    assert Remembered.objects.exists()
    site.administrator.post(f"/providers/{made.pk}/", _stated(identity, issuer="https://new.example.org"))
    assert not Remembered.objects.exists()


def test_who_is_limited_to_a_district_changes_its_providers_alone_and_lets_no_administrator_in(
    site: Site, north: Connection, identity: Identity
) -> None:
    site.account(Role.ADMINISTRATOR)
    limited = Account.objects.make("south@example.org", role=Role.ADMINISTRATOR, password=PASSWORD)
    south = district("South")
    AccountDistrict.objects.create(account=limited, district_id=south.district_id)
    client = Client(headers={"host": HOST})
    client.force_login(limited)
    theirs = signs_in_by(identity, "other", (south.district_id, []))
    both = signs_in_by(identity, "google", (south.district_id, ["s.org"]), (north.district_id, ["n.org"]))
    powerful = signs_in_by(identity, "entra", (south.district_id, []), for_administrators=True)

    assert client.get(f"/providers/{theirs.pk}/").status_code == 200
    for each in (both, powerful):
        assert client.get(f"/providers/{each.pk}/").status_code == 404
        assert client.post(f"/providers/{each.pk}/switch/").status_code == 404
    stated = _stated(identity, for_administrators="on", administrator_domains="example.org")
    stated[f"district_{south.district_id}"] = "on"
    client.post("/providers/add/other/", stated)
    made = Provider.objects.get(name="School")
    assert not made.for_administrators
    assert [each.district_id for each in made.served.all()] == [south.district_id]


def _verified(email: str) -> dict[str, object]:
    return {"email": email, "email_verified": True}


def _as_account(identity: Identity, user: str) -> Client:
    client, _, _ = came_back(identity, user, "other", purpose="account")
    return client


def _is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_an_administrator_comes_in_by_a_verified_address_of_an_allowed_domain_and_no_other(
    site: Site, north: Connection, identity: Identity
) -> None:
    site.account(Role.ADMINISTRATOR)
    signs_in_by(
        identity, "other", (north.district_id, []), for_administrators=True, administrator_domains="example.org"
    )
    identity.says("alice", _verified("alice@example.org"))
    assert _is_in(_as_account(identity, "alice"))

    unsaid: dict[str, object] = {"email": "alice@example.org"}
    for said in (unsaid, _verified("alice@elsewhere.org"), _verified("bob@example.org")):
        identity.says("mallory", said)
        assert not _is_in(_as_account(identity, "mallory"))
        assert last_try().code == "signin.not_administrator"

    Provider.objects.update(for_administrators=False)
    assert not _is_in(_as_account(identity, "alice"))


def test_an_administrator_s_second_factor_is_asked_for_unless_the_provider_is_said_to(
    site: Site, north: Connection, identity: Identity
) -> None:
    alice = site.account(Role.ADMINISTRATOR)
    TOTP.activate(alice, "JBSWY3DPEHPK3PXP")
    assert Authenticator.objects.filter(user=alice).exists()
    signs_in_by(
        identity, "other", (north.district_id, []), for_administrators=True, administrator_domains="example.org"
    )
    identity.says("alice", _verified("alice@example.org"))

    client, _, page = came_back(identity, "alice", "other", purpose="account")
    assert not _is_in(client)
    assert 'name="code"' in page

    Provider.objects.update(does_mfa=True)
    assert _is_in(_as_account(identity, "alice"))


def test_an_account_is_linked_by_who_is_signed_in_to_both_and_unlinked_again(
    site: Site, north: Connection, identity: Identity
) -> None:
    client = Client(headers={"host": HOST})
    signs_in_by(identity, "other", (north.district_id, []), for_administrators=True)
    identity.says("anna")
    # Without a password given a short while ago, it is asked for first.
    assert site.administrator.get("/account/links/")["Location"].startswith("/sign-in/again/")
    assert site.administrator.post("/signin/other/link/")["Location"] == "/account/links/"
    client.force_login(site.account(Role.ADMINISTRATOR))
    client.post("/sign-in/again/", {"password": PASSWORD})

    assert client.get("/signin/other/linking/")["Location"] == "/account/"
    assert "/signin/other/linking/" in text_of(client.post("/signin/other/link/"))
    begun = client.get("/signin/other/linking/", {"login_hint": "anna"})
    assert client.get(identity.visited(begun["Location"]))["Location"] == "/account/links/"
    assert _is_in(_as_account(identity, "anna"))

    client.post(f"/account/links/{Provider.objects.get().pk}/unlink/")
    assert not AccountLink.objects.exists()
    assert not _is_in(_as_account(identity, "anna"))


def test_an_administrator_and_a_person_in_one_browser_stay_apart(
    site: Site, north: Connection, identity: Identity
) -> None:
    site.account(Role.ADMINISTRATOR)
    signs_in_by(identity, "other", (north.district_id, []), for_administrators=True)
    person(north, "T-1", external_id="anna")
    identity.says("anna")
    client, status, _ = came_back(identity, "anna", "other")
    assert status == 200
    assert not _is_in(client)
    assert client.get("/connections/").status_code == 302

    client.post("/sign-in/login/", {"login": site.account(Role.ADMINISTRATOR).email, "password": PASSWORD})
    assert _is_in(client)
    assert client.get("/me/").status_code == 200
    client.post("/signin/out/")
    assert _is_in(client)
    assert client.get("/me/").status_code == 302


def test_the_sign_in_pages_offer_what_is_switched_on_and_ask_for_the_district_where_there_are_several(
    site: Site, north: Connection, identity: Identity
) -> None:
    site.account(Role.ADMINISTRATOR)
    assert "/signin/" not in text_of(site.nobody.get("/sign-in/login/"))
    made = signs_in_by(identity, "other", (north.district_id, []), name="Campus", for_administrators=True)
    assert "as=account" in text_of(site.nobody.get("/sign-in/login/"))
    assert "Sign in with Campus" in text_of(site.nobody.get("/signin/"))

    south = district("South")
    signs_in_by(identity, "google", (south.district_id, ["s.org"]))
    page = text_of(site.nobody.get("/signin/"))
    assert "Sign in with" not in page
    assert "South" in page
    for asked in ({"district": south.district_id}, {"domain": "S.org"}, {"login_hint": "a@s.org"}):
        page = text_of(site.nobody.get("/signin/", asked))
        assert "Sign in with Google" in page
        assert "Campus" not in page

    site.administrator.post(f"/providers/{made.pk}/switch/")
    assert site.nobody.get("/signin/other/start/").status_code == 403


def test_a_refusal_is_found_by_its_reference_and_explained_on_the_person_s_page(
    site: Site, north: Connection, identity: Identity
) -> None:
    signs_in_by(identity, "classlink", (north.district_id, []))
    teacher = person(north, "T-1", email="a@x.org")
    DirectoryAccount.objects.update(status="suspended")
    identity.says("anna", {"classLink_tenant_id": "2284", "classLink_sourcedId": "T-1"})
    _, _, page = came_back(identity, "anna")
    reference = re.findall(r"<code>(\w+)</code>", page)[0]

    found = text_of(site.administrator.get("/providers/sign-ins/", {"text": reference.lower()}))
    assert "signin.suspended" in found
    assert teacher.uid in found
    assert "a@x.org" not in found
    why = text_of(site.administrator.get(f"/providers/sign-ins/person/{teacher.uid}/"))
    assert "signin.suspended" in why
    assert reference in why
    entry = Entry.objects.get(action="signin.refused")
    provider = Provider.objects.get()
    assert entry.details == {"code": "signin.suspended", "reference": reference, "provider": provider.pk}
    assert entry.district == teacher.district_id

    assert _says_beside(site, teacher) == ["Cannot sign in"]

    DirectoryAccount.objects.update(status="active")
    assert _says_beside(site, teacher) == ["May sign in by"]
    assert "Nothing stands against it" in text_of(site.administrator.get(f"/providers/sign-ins/person/{teacher.uid}/"))
    came_back(identity, "anna")
    site.administrator.post(f"/providers/sign-ins/person/{teacher.uid}/forget/")
    assert not Remembered.objects.exists()


def _says_beside(site: Site, who: Person) -> list[str]:
    request = RequestFactory().get("/")
    request.user = site.account(Role.MANAGER)
    return [each.label for each in sign_in_beside(request, who.connection_id, who.sourced_id)]


def test_old_sign_ins_and_who_was_erased_are_forgotten(site: Site, north: Connection, identity: Identity) -> None:
    assert site
    made = signs_in_by(identity, "other", (north.district_id, []))
    stays = person(north, "T-1")
    for number, (who, account) in enumerate(((stays.uid, "gone"), ("gone", "gone"))):
        Remembered.objects.create(
            provider=made, district_id=north.district_id, user_id=str(number), person_uid=who, account_uid=account
        )
    for age in (attempts.KEPT + timedelta(days=1), timedelta(days=1)):
        Attempt.objects.create(at=timezone.now() - age, reference="X")
    attempts.sweep(timezone.now())
    assert Attempt.objects.count() == 1
    assert Remembered.objects.get().person_uid == stays.uid


def test_the_api_adds_changes_tests_and_deletes_providers_and_never_tells_a_secret(
    site: Site, north: Connection, identity: Identity
) -> None:
    _, text = tokens.make(site.account(Role.ADMINISTRATOR), "script", [Right.ACCOUNTS])
    program = Client(headers={"host": HOST, "authorization": f"Bearer {text}"})

    def send(method: str, address: str, **body: object) -> Any:
        return program.generic(method, f"/api/v1/signin{address}", json.dumps(body), content_type="application/json")

    stated: dict[str, object] = {
        "name": "School",
        "preset": "classlink",
        "issuer": identity.issuer,
        "client_id": CLIENT_ID,
        "secret": SECRET,
        "kinds": ["staff"],
        "districts": [{"district": north.district_id}],
    }
    added = send("POST", "/providers", **stated)
    assert added.status_code == 201
    assert SECRET not in added.content.decode()
    assert added.json()["claims"]["sourced_id"]
    number = added.json()["id"]
    assert send("POST", "/providers", **stated).json()["code"] == "signin.name_in_use"
    assert send("PUT", f"/providers/{number}", **{**stated, "kinds": ["student"]}).json()["kinds"] == ["student"]
    assert "good" in {each["state"] for each in send("POST", f"/providers/{number}/test").json()}
    assert [each["id"] for each in send("GET", "/providers").json()] == [number]
    assert send("GET", "/attempts").json()["items"] == []
    assert send("DELETE", f"/providers/{number}").status_code == 200
    assert send("GET", f"/providers/{number}").status_code == 404
