"""Launches of the teacher's console, from a signed body to a browser that is in, and every way to be refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.console import keys, schools, settings
from rosterkeeper.features.console.models import Key, Nonce, Opening, Visit
from rosterkeeper.features.console.teachers_here import teaches_in
from rosterkeeper.features.sealed.box import SecretBox
from rosterkeeper.features.sealed.box import new_key as another_key
from rosterkeeper.launcher.keys import new_key
from tests.pages.classrooms import Classrooms, record_of
from tests.pages.site import HOST, Site, text_of


def _told(answer: Any) -> tuple[int, str]:
    assert answer.json()["what"].endswith(".")
    assert answer.json()["todo"].endswith(".")
    return answer.status_code, answer.json()["code"]


@pytest.mark.covers("N40")
def test_hello_tells_product_version_protocols_and_the_time(site: Site) -> None:
    answer = site.nobody.get("/console/hello")
    assert answer.json() == {"product": "rosterkeeper", "version": "0.1.0", "protocols": [1]}
    assert answer["Date"].endswith("GMT")


@pytest.mark.covers("N19", "N30")
def test_a_right_key_opens_the_console_with_the_teacher_recognised(rooms: Classrooms) -> None:
    teacher = rooms.teacher()
    client = rooms.came_in(record_of(teacher)["username"])
    page = client.get("/console/")
    assert page.status_code == 200
    assert record_of(teacher)["family_name"] in text_of(page)
    assert rooms.school.name in text_of(page)
    assert Key.objects.get().used_at is not None


def test_the_visits_cookie_is_out_of_reach_of_scripts_and_other_pages(rooms: Classrooms) -> None:
    client = rooms.came_in("nobody")
    cookie = client.cookies["console"]
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/console"
    assert cookie["max-age"] == ""
    assert not Visit.objects.filter(token_hash=cookie.value).exists()


@pytest.mark.covers("N19")
def test_a_wrong_key_and_a_wrong_signature_are_told_alike_and_written_down(rooms: Classrooms) -> None:
    launch = rooms.launch("jsmith")
    wrong = rooms.sent(launch, secret=new_key())
    unknown = rooms.sent(launch, key="00000000")
    assert _told(wrong) == _told(unknown) == (401, "console.key_unknown")
    assert wrong.content == unknown.content
    entries = Entry.objects.filter(action="console.launch_refused").order_by("pk")
    assert [each.details["code"] for each in entries] == ["console.signature", "console.key_unknown"]
    assert "jsmith" not in str(list(entries.values()))
    assert not Opening.objects.exists()


@pytest.mark.covers("N19")
def test_failures_are_throttled_and_the_right_key_is_not_held_up(rooms: Classrooms) -> None:
    launch = rooms.launch("jsmith")
    codes = [rooms.sent(launch, secret=new_key()).status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2
    assert Entry.objects.filter(action="console.launch_refused").count() == 10
    assert rooms.sent(launch).status_code == 200


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_that_is_ten_minutes_off_is_told(rooms: Classrooms, minutes: int) -> None:
    launch = rooms.launch("jsmith", now=datetime.now(UTC) + timedelta(minutes=minutes))
    assert _told(rooms.sent(launch)) == (403, "console.clock")


def test_a_clock_that_is_four_minutes_off_is_taken(rooms: Classrooms) -> None:
    assert rooms.sent(rooms.launch("jsmith", now=datetime.now(UTC) - timedelta(minutes=4))).status_code == 200


@pytest.mark.both_databases
def test_a_launch_that_is_sent_again_is_refused(rooms: Classrooms) -> None:
    launch = rooms.launch("jsmith")
    assert rooms.sent(launch).status_code == 200
    assert _told(rooms.sent(launch)) == (409, "console.replayed")
    assert Nonce.objects.count() == 1


def test_a_launch_for_a_server_of_another_name_is_refused(rooms: Classrooms) -> None:
    assert _told(rooms.sent(rooms.launch("jsmith", server="false.example"))) == (403, "console.server_name")


@pytest.mark.covers("N23")
def test_the_computers_school_is_named_by_number_or_name_and_must_be_the_keys(rooms: Classrooms) -> None:
    named = rooms.school.sourced_id, rooms.school.name.upper(), rooms.school.value
    assert [rooms.sent(rooms.launch("x", school=each)).status_code for each in named] == [200] * 3
    assert {each.school for each in Opening.objects.all()} == {rooms.school.sourced_id}
    others = [each for each in schools.served(rooms.district) if each != rooms.school]
    for each in (*(other.sourced_id for other in others), "no such"):
        assert _told(rooms.sent(rooms.launch("x", school=each))) == (403, "console.school_unknown")


@pytest.mark.parametrize(
    ("switch", "code"), [("is_on", "console.switched_off"), ("trusts_login", "console.full_sign_in")]
)
def test_switches_end_visits_at_the_next_click(rooms: Classrooms, switch: str, code: str) -> None:
    client = rooms.came_in("nobody")
    settings.change(rooms.district, {switch: False})
    page = client.get("/console/")
    assert page.status_code == 403
    assert code in text_of(page)
    assert "Next step" in text_of(page)


def test_a_console_that_is_switched_off_is_nobodys(rooms: Classrooms) -> None:
    settings.change(rooms.district, {"is_on": False})
    assert _told(rooms.sent(rooms.launch("nobody"))) == (403, "console.switched_off")
    page = rooms.signed_in(rooms.teacher()).get("/console/")
    assert page.status_code == 403
    assert "console.switched_off" in text_of(page)


def test_a_server_that_trusts_no_login_sends_the_browser_to_sign_in(rooms: Classrooms) -> None:
    settings.change(rooms.district, {"trusts_login": False})
    answer = rooms.sent(rooms.launch(record_of(rooms.teacher())["username"]))
    assert answer.json() == {"address": f"http://{HOST}/console/"}
    assert not Opening.objects.exists()
    teacher = rooms.signed_in(rooms.teacher())
    assert rooms.site.nobody.get("/console/")["Location"] == "/signin/?next=/console/"
    assert teacher.get("/console/").status_code == 200


def test_a_key_that_this_installation_cannot_open_is_told_to_the_launcher(rooms: Classrooms) -> None:
    Key.objects.update(secret=SecretBox([another_key()]).seal(rooms.text))
    assert _told(rooms.sent(rooms.launch("nobody"))) == (503, "secret.wrong_key")


def test_an_old_key_works_until_its_day_and_a_revoked_one_not_at_all(rooms: Classrooms) -> None:
    client = rooms.came_in("nobody")
    keys.rotate(rooms.key, 3)
    assert rooms.sent(rooms.launch("nobody")).status_code == 200
    Key.objects.filter(pk=rooms.key.pk).update(until=timezone.now() - timedelta(seconds=1))
    assert _told(rooms.sent(rooms.launch("nobody"))) == (403, "console.key_old")
    assert "console.key_old" in text_of(client.get("/console/"))
    client = _in_by_another(rooms)
    keys.revoke(rooms.key)
    assert _told(rooms.sent(rooms.launch("nobody"))) == (403, "console.key_revoked")
    assert "console.key_revoked" in text_of(client.get("/console/"))


def _in_by_another(rooms: Classrooms) -> Any:
    """A browser that comes in by a new key, which is the rooms' from then on."""
    rooms.key, rooms.text = keys.make(rooms.district, rooms.school.value)
    return rooms.came_in("nobody")


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("no json", (400, "console.malformed")),
        ("[]", (400, "console.malformed")),
        ('{"protocol": 1}', (400, "console.malformed")),
        ('{"protocol": "1", "signature": ""}', (400, "console.malformed")),
        ('{"protocol": 2, "signature": ""}', (400, "console.malformed")),
        ('{"protocol": 0, "signature": ""}', (426, "console.client_too_old")),
        ("{" + '"a":' * 3000, (400, "console.malformed")),
        ("[" * 4000, (400, "console.malformed")),
        ('{"protocol": 1, "signature": "\\ud800"}', (400, "console.malformed")),
    ],
)
def test_what_is_no_launch_is_told_so(site: Site, body: str, answer: tuple[int, str]) -> None:
    assert _told(site.nobody.post("/console/launch", body, content_type="application/json")) == answer


@pytest.mark.parametrize("time", ["yesterday", "2026-11-22T08:00:00", "9999-12-31T23:59:59-23:59"])
def test_a_time_that_is_none_is_told_so(rooms: Classrooms, time: str) -> None:
    assert rooms.sent(replace(rooms.launch("jsmith"), time=time)).status_code in (400, 403)


def test_an_address_is_good_once_and_for_a_minute(rooms: Classrooms) -> None:
    path = rooms.sent(rooms.launch("nobody")).json()["address"].partition(HOST)[2]
    first, second = rooms.site.nobody, rooms.site.nobody
    assert first.head(path).status_code == 200
    assert first.get(path).status_code == 302
    used = second.get(path)
    assert used.status_code == 410
    assert "Open the console again" in text_of(used)
    late = rooms.sent(rooms.launch("nobody")).json()["address"].partition(HOST)[2]
    Opening.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert second.get(late).status_code == 410
    assert second.get("/console/").status_code == 403


def test_a_visit_ends_after_a_school_day_and_by_signing_out(rooms: Classrooms) -> None:
    client = rooms.came_in("nobody")
    out = text_of(client.post("/console/out/"))
    assert "signed out of the console" in out
    assert "/console/out/" not in out
    assert client.get("/console/").status_code == 403
    client = rooms.came_in("nobody")
    Visit.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert "console.visit_over" in text_of(client.get("/console/"))
    # What was told once is not told again.
    assert "console.nobody" in text_of(client.get("/console/"))


def test_the_computers_policy_on_cover_and_view_comes_with_the_launch(rooms: Classrooms) -> None:
    rooms.came_in("nobody", cover="0", view="list")
    visit = Visit.objects.get()
    assert (visit.may_cover, visit.view) == (False, "list")


@pytest.mark.covers("N28")
def test_what_policy_holds_is_shown_as_managed_and_cannot_be_changed(rooms: Classrooms) -> None:
    rooms.key, rooms.text = keys.make(rooms.district, "")
    other = next(each for each in schools.served(rooms.district) if each != rooms.school)
    login, school = record_of(rooms.teacher())["username"], rooms.school.sourced_id
    free = rooms.came_in(login, school=school, view="list")
    page = text_of(free.get("/console/"))
    assert "managed" not in page
    assert f'value="{other.value}"' in page
    free.post("/console/view/", {"view": "icons"})
    assert 'value="list" aria-pressed="false"' in text_of(free.get("/console/"))
    assert free.post("/console/choose/", {"school": other.value}).status_code == 302

    client = rooms.came_in(login, school=school, view="list", cover="0", managed="school,cover,view")
    page = text_of(client.get("/console/"))
    assert page.count("managed") == 3
    assert rooms.school.name in page
    assert f'value="{other.value}"' not in page
    assert "/console/teachers/" not in page
    assert client.post("/console/choose/", {"school": other.value}).status_code == 404
    assert client.post("/console/choose/", {"school": ""}).status_code == 302
    client.post("/console/view/", {"view": "icons"})
    page = text_of(client.get("/console/"))
    assert rooms.school.name in page
    assert "<table" in page


@pytest.mark.covers("N23", "N28")
def test_at_a_school_that_policy_holds_another_schools_teacher_is_nobody(rooms: Classrooms) -> None:
    rooms.key, rooms.text = keys.make(rooms.district, "")
    elsewhere = next(each for each in schools.served(rooms.district) if not teaches_in(rooms.teacher(), [each]))
    login = record_of(rooms.teacher())["username"]
    visitor = rooms.visitor(rooms.came_in(login, school=elsewhere.sourced_id))
    assert visitor is not None
    assert visitor.teacher == rooms.teacher()
    visitor = rooms.visitor(rooms.came_in(login, school=elsewhere.sourced_id, managed="school"))
    assert visitor is not None
    assert (visitor.teacher, visitor.schools) == (None, (elsewhere,))
