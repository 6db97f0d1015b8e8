"""A started class: who is in it, what is said of them, and how everybody who looks at it sees the same."""

import json
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.console.models import Attendance, Lesson, Teaching
from rosterkeeper.features.groups.members import people_named
from rosterkeeper.features.groups.models import Extra
from rosterkeeper.features.people.models import Person
from rosterkeeper.features.publish.models import Event, Target
from rosterkeeper.features.roster.models import LIVE
from tests.pages.classrooms import Classrooms, record_of
from tests.pages.lesson import (
    HTMX,
    Started,
    at_computer,
    colleague,
    enroll,
    started,
)
from tests.pages.site import text_of

_NAMED = ("given_name", "family_name", "preferred_given_name", "preferred_family_name")


@pytest.fixture
def held(rooms: Classrooms) -> Started:
    """A class that its teacher has just started."""
    return started(rooms)


@pytest.mark.covers("N33")
def test_starting_a_class_opens_it_with_the_rosters_students(held: Started) -> None:
    page = unescape(held.page())
    names = people_named(held.students)
    assert names
    assert [name for name, _ in names.values() if name not in page] == []
    assert page.count("data-child>") == len(names)
    assert held.lesson.is_open


def test_a_class_that_was_started_is_come_back_to_from_any_computer(held: Started) -> None:
    assert started(held.rooms, held.client).lesson == held.lesson
    assert started(held.rooms).lesson == held.lesson
    assert Lesson.objects.count() == Teaching.objects.count() == 1
    assert Entry.objects.filter(action__in=["console.class_started", "console.class_joined"]).count() == 1


@pytest.mark.both_databases
def test_of_two_starts_at_once_the_table_takes_one(held: Started) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Lesson.objects.create(district_id=held.lesson.district_id, group_id=held.group.pk, day=held.lesson.day)


def test_two_teachers_of_one_class_share_it(held: Started) -> None:
    other = colleague(held.rooms)
    Extra.objects.create(
        group_id=held.group.pk, person_id=other.pk, district_id=held.group.district_id, role="owner", made_at="x"
    )
    second = started(held.rooms, at_computer(held.rooms, other))
    assert second.lesson == held.lesson
    page = unescape(held.page())
    for each in (held.rooms.teacher(), other):
        assert people_named([each])[each.pk][0] in page
    assert ">cover<" not in page


@pytest.mark.covers("N31")
def test_a_colleague_who_covers_is_marked_so_and_written_down(held: Started) -> None:
    covering = started(held.rooms, at_computer(held.rooms, colleague(held.rooms)))
    assert covering.lesson == held.lesson
    assert ">cover<" in covering.page()
    entry = Entry.objects.get(action="console.class_joined")
    assert (entry.details["cover"], entry.details["by"]) == (True, "key")
    assert f"group:{held.group.district_id}:{held.group.uid}" == entry.about


@pytest.mark.both_databases
def test_a_mark_is_saved_as_it_is_clicked_and_survives_a_reload(held: Started) -> None:
    one = held.students[0]
    for mark in ("present", "late", "absent", "left"):
        said = text_of(held.mark(one, mark))
        assert " saved" in said
        assert f'value="{mark}" aria-pressed="true"' in held.page()
    assert held.mark(one, "").status_code == 200
    assert 'aria-pressed="true"' not in held.page()
    kept = Attendance.objects.get(lesson=held.lesson, person_id=one.pk)
    assert kept.marked_by == held.rooms.teacher().pk


def test_marks_are_plain_buttons_where_no_script_runs(held: Started) -> None:
    one = held.students[0]
    answer = held.client.post(f"{held.address}mark/{one.uid}/", {"mark": "late"})
    assert answer.status_code == 302
    assert answer["Location"] == f"{held.address}#child-{one.uid}"
    held.client.post(f"{held.address}all-present/")
    assert held.marks()[one.pk] == "late"
    assert {mark for person, mark in held.marks().items() if person != one.pk} == {"present"}


def test_nothing_is_sent_where_nothing_has_changed(held: Started) -> None:
    held.page()
    version = held.now().version
    assert held.since(version).status_code == 204
    assert held.now().version == version


def test_the_other_teachers_marks_come_with_the_next_look_and_nobody_elses_row(held: Started) -> None:
    other = started(held.rooms, at_computer(held.rooms, colleague(held.rooms)))
    version = held.now().version
    other.mark(held.students[0], "absent")
    part = text_of(held.since(version))
    assert 'value="absent" aria-pressed="true"' in part
    assert part.count("data-child ") == 1
    assert f"version={held.now().version}" in part


@pytest.mark.both_databases
def test_late_joiners_appear_and_leavers_are_marked_with_the_next_look(held: Started) -> None:
    first, *others = held.students
    joiner = held.outsider
    held.mark(first, "present")
    version = held.now().version
    enroll(held.group, *others, joiner)
    part = unescape(text_of(held.since(version)))
    assert f'id="child-{joiner.uid}"' in part
    assert part.count("left the class") == 1
    refused = held.mark(first, "late")
    assert refused.status_code == 409
    assert "not in this class any more" in text_of(refused)
    assert held.marks()[first.pk] == "present"
    enroll(held.group, first, *others, joiner)
    assert "left the class" not in text_of(held.since(held.now().version))
    assert held.mark(first, "late").status_code == 200


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40, "1000000"])
def test_a_version_that_never_was_gets_the_whole_list(held: Started, version: str) -> None:
    assert text_of(held.since(version)).count("data-child>") == len(held.students)


def test_a_class_without_students_says_so_with_the_next_step(rooms: Classrooms) -> None:
    browser, group = at_computer(rooms, rooms.teacher()), rooms.group()
    enroll(group)
    page = text_of(browser.post("/console/start/", {"group": group.uid}, follow=True))
    assert "no students today" in page
    assert "Next step:" in page


@pytest.mark.both_databases
def test_guests_are_students_of_the_school_found_by_what_is_typed(held: Started) -> None:
    guest = held.outsider
    address = f"{held.address}guest/"
    found = text_of(held.client.post(address, {"text": record_of(guest)["username"]}))
    assert guest.uid in found
    assert held.client.post(address, {"person": guest.uid}).status_code == 302
    assert ">guest<" in held.page()
    assert "in this class already" in text_of(held.client.post(address, {"text": record_of(guest)["username"]}))
    entry = Entry.objects.get(action="console.guest_added")
    assert entry.keys == [f"user:{guest.connection_id}:{guest.sourced_id}"]
    held.mark(guest, "present")
    held.client.post(f"{held.address}take-out/{guest.uid}/")
    assert guest.pk not in held.marks()
    assert held.client.post(f"{held.address}take-out/{held.students[0].uid}/").status_code == 404


def test_a_guest_who_is_enrolled_meanwhile_is_a_guest_no_more(held: Started) -> None:
    guest = held.outsider
    held.client.post(f"{held.address}guest/", {"person": guest.uid})
    enroll(held.group, *held.students, guest)
    assert ">guest<" not in held.page()


def test_ending_a_class_asks_first_and_keeps_what_was_said(held: Started) -> None:
    held.mark(held.students[0], "late")
    asked = text_of(held.client.get(f"{held.address}end/"))
    assert "End this class?" in asked
    assert "not marked yet" in asked
    assert held.now().is_open
    held.client.post(f"{held.address}end/")
    page = held.page()
    assert "by the teacher" in page
    assert "data-child" not in page
    assert "Late" in page
    assert held.since(0).headers["HX-Refresh"] == "true"
    refused = held.mark(held.students[0], "present")
    assert (refused.status_code, refused.headers["HX-Refresh"]) == (409, "true")
    plain = held.client.post(f"{held.address}all-present/")
    assert plain.status_code == 409
    assert "has ended" in text_of(plain)
    assert held.client.post(f"{held.address}guest/", {"person": held.students[0].uid}).status_code == 409
    assert held.marks()[held.students[0].pk] == "late"


def test_an_ended_class_is_started_again_as_another_lesson(held: Started) -> None:
    held.client.post(f"{held.address}end/")
    assert started(held.rooms, held.client).lesson != held.lesson
    assert Lesson.objects.filter(ended_at=None).count() == 1


@pytest.mark.both_databases
def test_start_attendance_and_end_are_told_by_uids_alone_to_who_names_them(rooms: Classrooms) -> None:
    words = ["class.started", "class.attendance", "class.ended"]
    target = Target.objects.create(name="filter", kind="webhook", address="https://example.org", words=words)
    Target.objects.create(name="all", kind="webhook", address="https://example.org")
    held = started(rooms)
    held.mark(held.students[0], "late")
    held.mark(held.students[0], "late")
    held.client.post(f"{held.address}end/")
    events = list(Event.objects.filter(word__startswith="class.").order_by("pk"))
    assert [each.word for each in events] == words
    assert {each.deliveries.get().target_id for each in events} == {target.pk}
    assert events[0].lines == [
        f"lesson={held.lesson.uid}",
        f"group={held.group.uid}",
        f"teacher={rooms.teacher().uid}",
        "cover=no",
    ]
    assert events[1].lines[2:] == [f"mark={held.students[0].uid}:late"]
    assert events[2].lines[2:] == ["why=hand"]
    said = " ".join(line for each in events for line in [each.title, *each.lines])
    names = people_named(Person.objects.filter(status="active")).values()
    assert [name for name, _ in names if name in said] == []


@pytest.mark.parametrize("address", ["", "since/?version=-1"])
def test_a_page_asks_the_database_as_often_for_many_students_as_for_one(held: Started, address: str) -> None:
    everybody = held.students
    assert len(everybody) > 2
    asked = []
    for students in (everybody, everybody[:1]):
        enroll(held.group, *students)
        held.page()
        with CaptureQueriesContext(connection) as queries:
            held.client.get(held.address + address, headers=HTMX)
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert asked[0] < 60


@pytest.mark.both_databases
def test_of_many_clicks_at_once_one_lesson_comes(rooms: Classrooms) -> None:
    group, browsers = rooms.group(), [at_computer(rooms, rooms.teacher()) for _ in range(4)]

    def click(browser: Client) -> str:
        try:
            return str(browser.post("/console/start/", {"group": group.uid})["Location"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(browsers)) as at_once:
        assert len(set(at_once.map(click, browsers))) == 1
    assert Lesson.objects.count() == Teaching.objects.count() == 1
    assert Attendance.objects.count() == len(json.loads(group.students))


def test_two_students_of_one_name_are_told_apart_by_their_ids(held: Started) -> None:
    one, other, third = held.students[:3]
    assert one.sourced_id not in held.page()
    row = LIVE["users"]._default_manager.filter(sourced_id=one.sourced_id).values(*_NAMED).get()
    LIVE["users"]._default_manager.filter(sourced_id=other.sourced_id).update(**row)
    Person.objects.filter(pk=other.pk).update(sort_key=one.sort_key)
    answers = [held.page(), text_of(held.mark(one, "late"))]
    held.client.post(f"{held.address}end/")
    for page in (*answers, held.page()):
        assert one.sourced_id in page
        assert third.sourced_id not in page


def test_a_look_where_nothing_has_changed_takes_a_handful_of_questions(held: Started) -> None:
    version = held.now().version
    with CaptureQueriesContext(connection) as queries:
        assert held.since(version).status_code == 204
    assert len(queries) <= 12
