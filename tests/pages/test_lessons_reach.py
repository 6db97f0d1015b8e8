"""Who may see a lesson: its class's teachers and who covers it, asked anew at every request of every address."""

from typing import Any

import pytest
from django.test import Client

from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.console.models import Attendance, Lesson
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import Family, Person
from tests.pages.classrooms import Classrooms
from tests.pages.lesson import (
    Started,
    at_computer,
    colleague,
    enroll,
    pupil_elsewhere,
    settings,
    started,
    take_class_away,
)
from tests.pages.site import HOST, text_of

NOBODY = "00000000-0000-0000-0000-000000000000"
# Every address of a lesson: how it is asked, and what is sent.
WAYS: list[tuple[str, str, dict[str, str]]] = [
    ("get", "", {}),
    ("get", "since/?version=0", {}),
    ("post", "mark/{person}/", {"mark": "present"}),
    ("post", "all-present/", {}),
    ("get", "end/", {}),
    ("post", "end/", {}),
    ("get", "guest/", {}),
    ("post", "guest/", {"text": "a"}),
    ("post", "guest/", {"person": "{guest}"}),
    ("post", "take-out/{person}/", {}),
    ("get", "guardians/{person}/", {}),
    ("get", "attendance.csv", {}),
]


@pytest.fixture
def held(rooms: Classrooms) -> Started:
    """A class that its teacher has just started."""
    return started(rooms)


def _ask(client: Client, uid: str, way: tuple[str, str, dict[str, str]], **names: str) -> Any:
    how, address, sent = way
    body = {key: value.format(**names) for key, value in sent.items()}
    return getattr(client, how)(f"/console/lessons/{uid}/{address.format(**names)}", body if how == "post" else {})


def _codes(held: Started, client: Client, uid: str = "") -> list[int]:
    names = {"person": held.students[0].uid, "guest": held.outsider.uid}
    return [_ask(client, uid or held.lesson.uid, way, **names).status_code for way in WAYS]


def _untouched(held: Started) -> bool:
    return held.now().is_open and set(held.marks().values()) <= {""}


def test_an_unknown_lesson_is_nowhere_at_every_address(held: Started) -> None:
    assert _codes(held, held.client, NOBODY) == [404] * len(WAYS)


def test_a_colleague_who_did_not_start_it_for_cover_sees_nothing_of_it(held: Started) -> None:
    assert _codes(held, at_computer(held.rooms, colleague(held.rooms))) == [404] * len(WAYS)
    assert _untouched(held)


def test_losing_the_enrollment_ends_the_access_at_the_next_request(held: Started) -> None:
    settings(held.rooms, cover=False)
    assert held.client.get(held.address).status_code == 200
    take_class_away(held.group)
    assert _codes(held, held.client) == [404] * len(WAYS)
    assert held.client.post("/console/start/", {"group": held.group.uid}).status_code == 404
    assert held.lesson.uid not in text_of(held.client.get("/console/lessons/"))
    assert _untouched(held)


def test_who_taught_it_and_may_only_cover_now_has_to_start_it_for_cover(held: Started) -> None:
    take_class_away(held.group)
    assert _codes(held, held.client) == [404] * len(WAYS)
    assert started_again(held) == held.lesson.uid
    assert ">cover<" in held.page()
    assert Entry.objects.get(action="console.class_joined").details["cover"] is True


def started_again(held: Started) -> str:
    """The uid of the lesson that the same browser comes to by starting the class."""
    answer = held.client.post("/console/start/", {"group": held.group.uid})
    return str(answer["Location"].split("/")[3])


def test_a_lesson_of_another_school_or_district_is_nowhere(held: Started) -> None:
    Lesson.objects.filter(pk=held.lesson.pk).update(district_id=held.lesson.district_id + 1)
    assert _codes(held, held.client) == [404] * len(WAYS)
    Lesson.objects.filter(pk=held.lesson.pk).update(district_id=held.lesson.district_id)
    elsewhere = Group.objects.exclude(school_sourced_id=held.group.school_sourced_id).order_by("pk")[0]
    foreign = Lesson.objects.create(
        district_id=elsewhere.district_id,
        group_id=elsewhere.pk,
        connection_id=elsewhere.connection_id,
        school=elsewhere.school_sourced_id,
        day=held.lesson.day,
    )
    assert _codes(held, held.client, foreign.uid) == [404] * len(WAYS)
    assert held.client.post("/console/start/", {"group": elsewhere.uid}).status_code == 404


@pytest.mark.parametrize("group", ["", "x", NOBODY, "1"])
def test_a_forged_group_starts_nothing(held: Started, group: str) -> None:
    assert held.client.post("/console/start/", {"group": group}).status_code == 404
    assert Lesson.objects.count() == 1


def test_nobody_is_marked_who_is_not_in_the_class(held: Started) -> None:
    for person in (held.outsider, pupil_elsewhere(held.rooms), held.rooms.teacher()):
        assert held.mark(person, "present").status_code == 404
    assert held.mark(NOBODY, "present").status_code == 404
    assert held.mark(held.students[0], "praised").status_code == 404
    assert _untouched(held)


def test_guests_are_of_the_same_school_students_and_here(held: Started) -> None:
    gone = held.outsider
    for person in (pupil_elsewhere(held.rooms), colleague(held.rooms)):
        assert held.client.post(f"{held.address}guest/", {"person": person.uid}).status_code == 404
    Person.objects.filter(pk=gone.pk).update(status="left")
    assert held.client.post(f"{held.address}guest/", {"person": gone.uid}).status_code == 404
    assert not Attendance.objects.filter(is_guest=True).exists()


def test_no_guests_are_looked_for_where_cover_is_not_allowed(held: Started) -> None:
    settings(held.rooms, cover=False)
    assert "Add a guest" not in held.page()
    answers = [held.client.post(f"{held.address}guest/", sent) for sent in ({"text": "a"}, {"person": "x"})]
    assert [each.status_code for each in answers] == [404, 404]


def _with_guardian(held: Started) -> Person:
    student, guardian = held.students[0], colleague(held.rooms)
    Family.objects.create(
        student_id=student.pk, parent_id=guardian.pk, district_id=student.district_id, relationship="guardian"
    )
    return student


def test_guardians_are_never_shown_by_a_key_alone(held: Started) -> None:
    student = _with_guardian(held)
    settings(held.rooms, guardians_at_cover=True)
    assert "Guardians of" not in held.page()
    assert held.client.get(f"{held.address}guardians/{student.uid}/").status_code == 404


def test_guardians_are_shown_to_the_childs_own_teacher_and_that_is_written_down(held: Started) -> None:
    student = _with_guardian(held)
    browser = held.rooms.signed_in(held.rooms.teacher())
    assert "Guardians of" in held.page(browser)
    page = browser.get(f"{held.address}guardians/{student.uid}/")
    assert page.status_code == 200
    assert "@" in text_of(page)
    entry = Entry.objects.filter(action="roster.seen").latest("pk")
    assert entry.about == f"user:{student.connection_id}:{student.sourced_id}"
    assert browser.get(f"{held.address}guardians/{held.outsider.uid}/").status_code == 404


def test_guardians_are_shown_at_cover_where_the_district_says_so(held: Started) -> None:
    student = _with_guardian(held)
    browser = held.rooms.signed_in(colleague(held.rooms))
    assert started(held.rooms, browser).lesson == held.lesson
    address = f"{held.address}guardians/{student.uid}/"
    assert browser.get(address).status_code == 404
    assert "Guardians of" not in held.page(browser)
    settings(held.rooms, guardians_at_cover=True)
    assert browser.get(address).status_code == 200


def test_a_guest_whom_a_teacher_added_is_not_their_own_child(held: Started) -> None:
    _with_guardian(held)
    guest, browser = held.outsider, held.rooms.signed_in(held.rooms.teacher())
    browser.post(f"{held.address}guest/", {"person": guest.uid})
    address = f"{held.address}guardians/{guest.uid}/"
    assert address not in held.page(browser)
    assert browser.get(address).status_code == 404
    settings(held.rooms, guardians_at_cover=True)
    assert address in held.page(browser)
    assert browser.get(address).status_code == 200


def test_guardians_are_shown_while_a_lesson_goes_on_and_the_child_is_in_it(held: Started) -> None:
    student, browser = _with_guardian(held), held.rooms.signed_in(held.rooms.teacher())
    address, everybody = f"{held.address}guardians/{student.uid}/", held.students
    enroll(held.group, *everybody[1:])
    assert browser.get(address).status_code == 404
    assert address not in held.page(browser)
    enroll(held.group, *everybody)
    assert browser.get(address).status_code == 200
    browser.post(f"{held.address}end/")
    assert browser.get(address).status_code == 404


def test_what_is_not_found_leads_back_to_the_new_class_page(held: Started) -> None:
    take_class_away(held.group)
    settings(held.rooms, cover=False)
    for address in (held.address, "/console/nowhere/", f"/console/lessons/{NOBODY}/"):
        answer = held.client.get(address)
        assert answer.status_code == 404
        assert 'class="btn btn-primary" href="/console/"' in text_of(answer)
        assert "overview" not in text_of(answer)


def test_a_form_that_is_too_old_leads_back_to_the_new_class_page(held: Started) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": HOST})
    strict.cookies.update(held.client.cookies)
    answer = strict.post(f"{held.address}end/")
    assert answer.status_code == 403
    assert 'class="btn btn-primary" href="/console/"' in text_of(answer)
    assert held.now().is_open


def test_nobody_without_a_console_gets_a_word_of_a_lesson(held: Started) -> None:
    names = {"person": held.students[0].uid, "guest": held.students[1].uid}
    for browser in (held.rooms.site.nobody, held.rooms.site.administrator, held.rooms.signed_in(held.students[0])):
        for way in WAYS:
            answer = _ask(browser, held.lesson.uid, way, **names)
            assert answer.status_code in (302, 403), way
            assert held.group.name not in text_of(answer), way
    assert _untouched(held)


def test_a_child_who_left_the_class_stays_out_of_reach_of_marks_by_any_way(held: Started) -> None:
    gone, *others = held.students
    enroll(held.group, *others)
    assert held.mark(gone, "present").status_code == 409
    held.client.post(f"{held.address}all-present/")
    assert held.marks()[gone.pk] == ""
