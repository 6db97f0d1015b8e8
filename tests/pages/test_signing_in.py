"""Signing in, staying signed in, and being signed out."""

import re
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from rosterkeeper.features.accounts import links, throttle, workflow
from rosterkeeper.features.accounts.models import Account, Tries
from rosterkeeper.features.accounts.rights import Role
from rosterkeeper.features.accounts.sessions import ABSOLUTE, IDLE
from rosterkeeper.features.audit.models import Entry
from tests.pages.site import HOST, PASSWORD, Site, text_of

_NEW = "violet kettle seven"
_LOGIN = "/sign-in/login/"
_FAILED = "account.sign_in_failed"


@pytest.fixture
def quick_hashes() -> Iterator[None]:
    """Passwords are hashed in no time, for tests that sign in often."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


def _browser(origin: str = "127.0.0.1") -> Client:
    return Client(headers={"host": HOST}, REMOTE_ADDR=origin)


def _sign_in(client: Client, email: str, password: str = PASSWORD) -> int:
    return client.post(_LOGIN, {"login": email, "password": password}).status_code


def _is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_signing_in_gives_a_new_session_and_leads_to_the_first_page_that_is_open_to_the_role(site: Site) -> None:
    school = site.account(Role.SCHOOL)
    client = _browser()
    client.get(_LOGIN)
    client.session["kept"] = "from before"
    before = client.session.session_key

    answer = client.post(_LOGIN, {"login": school.email, "password": PASSWORD})

    assert answer.status_code == 302
    assert client.get(answer["Location"]).status_code == 200
    assert client.session.session_key != before


def test_a_wrong_password_says_the_same_for_known_and_unknown_names(site: Site) -> None:
    site.account(Role.VIEWER)
    told = [
        re.findall(r'role="alert">(.*?)</div>', text_of(_browser().post(_LOGIN, {"login": name, "password": "wrong"})))
        for name in ("viewer@example.org", "nobody@example.org")
    ]
    assert told[0] == told[1] != []


@pytest.mark.usefixtures("quick_hashes")
@pytest.mark.parametrize("names", [1, 8])
def test_of_many_wrong_passwords_from_one_place_ten_are_answered_and_the_owner_gets_in_from_elsewhere(
    site: Site, names: int
) -> None:
    owner = site.account(Role.ADMINISTRATOR)
    guessed = [owner.email, *(f"guess{number}@example.org" for number in range(1, names))]
    attacker = _browser("203.0.113.9")

    for number in range(40):
        assert _sign_in(attacker, guessed[number % names], f"wrong {number}") == 200

    assert Entry.objects.filter(action=_FAILED).count() == throttle.MOST
    assert _sign_in(attacker, owner.email) == 200
    assert _sign_in(_browser("198.51.100.7"), owner.email) == 302


@pytest.mark.usefixtures("quick_hashes")
def test_the_owner_behind_the_attackers_address_gets_in_once_the_server_forgets_the_tries(site: Site) -> None:
    owner = site.account(Role.ADMINISTRATOR)
    for number in range(throttle.MOST):
        _sign_in(_browser(), owner.email, f"wrong {number}")
    assert _sign_in(_browser(), owner.email) == 200

    throttle.unlock()

    assert _sign_in(_browser(), owner.email) == 302


@pytest.mark.usefixtures("quick_hashes")
def test_signing_in_in_between_does_not_make_more_guesses_answered(site: Site) -> None:
    owner = site.account(Role.ADMINISTRATOR)
    for number in range(throttle.MOST):
        _sign_in(_browser(), "guess@example.org", f"wrong {number}")
        if number < throttle.MOST - 1:
            assert _sign_in(_browser(), owner.email) == 302
    assert _sign_in(_browser(), owner.email) == 200


def test_tries_count_for_a_quarter_of_an_hour(site: Site) -> None:
    assert site.installation
    keys = throttle.keys_of("203.0.113.9", "a@example.org")
    long_ago = timezone.now() - throttle.WINDOW - timedelta(seconds=1)
    for key in keys:
        Tries.objects.create(key=key, times=[long_ago.timestamp()] * throttle.MOST, last=timezone.now())
    assert throttle.reserve(keys) is not None


def test_known_and_unknown_names_take_about_the_same_time(site: Site) -> None:
    site.account(Role.VIEWER)

    def seconds(name: str) -> float:
        taken = []
        for number in range(4):
            client = _browser(f"203.0.113.{number}")
            begun = time.perf_counter()
            _sign_in(client, name, "wrong")
            taken.append(time.perf_counter() - begun)
        return statistics.median(taken)

    # Coarse on purpose: other tests run at the same time.
    assert 0.4 < seconds("viewer@example.org") / seconds("nobody@example.org") < 2.5


def test_a_session_ends_after_half_an_hour_without_a_page_and_after_eight_hours_with_them(site: Site) -> None:
    for name, age in (("seen", IDLE), ("began", ABSOLUTE)):
        client = site.signed_in(Role.VIEWER)
        assert _is_in(client)
        session = client.session
        session[name] = int(time.time()) - age - 1
        session.save()
        assert not _is_in(client)
        client.force_login(site.account(Role.VIEWER))


def test_signing_out_ends_the_session_on_the_server(site: Site) -> None:
    client = site.signed_in(Role.VIEWER)
    stolen = client.cookies["session"].value
    assert client.get("/sign-in/logout/").status_code == 200
    assert _is_in(client)

    client.post("/sign-in/logout/")

    other = _browser()
    other.cookies["session"] = stolen
    assert not _is_in(other)
    assert not Session.objects.filter(session_key=stolen).exists()


@pytest.mark.parametrize("how", ["password", "role", "disabled", "reset", "everywhere"])
def test_what_takes_something_away_ends_every_session_at_once(site: Site, how: str) -> None:
    site.account(Role.ADMINISTRATOR)
    viewer = site.account(Role.VIEWER)
    one, two = _browser(), _browser()
    for client in (one, two):
        client.force_login(viewer)

    match how:
        case "password":
            stated = {"oldpassword": PASSWORD, "password1": _NEW, "password2": _NEW}
            assert one.post("/sign-in/password/", stated).status_code == 302
        case "role":
            workflow.set_role(viewer, Role.MANAGER)
        case "disabled":
            workflow.disable(viewer)
        case "reset":
            workflow.reset(viewer)
        case _:
            one.post("/account/sign-out-everywhere/")

    assert not _is_in(one)
    assert not _is_in(two)


def test_a_forgotten_password_without_a_mail_server_says_who_helps(site: Site) -> None:
    assert "rosterkeeper account reset-password" in text_of(site.nobody.get("/sign-in/forgotten/"))
    assert "/sign-in/new/" not in text_of(site.nobody.get(_LOGIN))


def test_a_one_time_link_sets_a_password_and_works_once(site: Site) -> None:
    site.account(Role.ADMINISTRATOR)
    invited, secret = workflow.invite("new@example.org", role=Role.VIEWER)
    assert invited.is_invited
    client = _browser()

    assert 'aria-invalid="true"' in text_of(client.post(f"/welcome/{secret}/", {"password": "password1234"}))
    assert client.post(f"/welcome/{secret}/", {"password": _NEW}).status_code == 302

    assert _is_in(client)
    assert client.post(f"/welcome/{secret}/", {"password": PASSWORD}).status_code == 404
    assert Account.objects.get(email="new@example.org").check_password(_NEW)


def test_an_old_link_and_one_of_a_disabled_account_open_nothing(site: Site) -> None:
    site.account(Role.ADMINISTRATOR)
    viewer = site.account(Role.VIEWER)
    assert links.account_of(links.new(viewer, timedelta(seconds=-1))) is None
    secret = links.new(viewer, links.INVITED)
    workflow.disable(viewer)
    assert links.account_of(secret) is None


def test_a_second_factor_is_set_up_asked_for_counted_and_sealed(site: Site) -> None:
    viewer = site.account(Role.VIEWER)
    client = site.signed_in(Role.VIEWER)
    assert client.post("/sign-in/again/", {"password": PASSWORD}).status_code == 302
    secret = re.findall(r"<code>(\w+)</code>", text_of(client.get("/second-factor/totp/activate/")))[0]
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    client.post("/second-factor/totp/activate/", {"code": code})
    recovery = re.findall(r"\b\d{8}\b", text_of(client.get("/second-factor/recovery-codes/")))
    assert len(recovery) == 10

    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        assert secret not in str(cursor.fetchall())
        cursor.execute("SELECT sealed FROM accounts_secondsecret")
        assert secret not in str(cursor.fetchall())

    other = _browser()
    answer = other.post(_LOGIN, {"login": viewer.email, "password": PASSWORD})
    assert answer["Location"] == "/second-factor/authenticate/"
    assert not _is_in(other)
    assert other.post("/second-factor/authenticate/", {"code": "000000"}).status_code == 200
    assert Entry.objects.filter(action=_FAILED, details__factor=2).count() == 1
    assert other.post("/second-factor/authenticate/", {"code": recovery[0]}).status_code == 302
    assert _is_in(other)

    workflow.reset(viewer, second_factor=True)
    assert not Authenticator.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_secondsecret")
        assert cursor.fetchone() == (0,)
