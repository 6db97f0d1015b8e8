"""What consoles read by the API: schools, teachers, classes, students, lessons, attendance; each within its limits."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rosterkeeper.features.accounts import kinds, tokens
from rosterkeeper.features.accounts.rights import Right, Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.connections.models import District
from tests.pages.classrooms import Classrooms
from tests.pages.lesson import Started, colleague, pupil_elsewhere, started
from tests.pages.site import HOST, Site

BASE = "/api/v1/console"


@pytest.fixture
def held(rooms: Classrooms) -> Started:
    """A class that its teacher has just started."""
    return started(rooms)


def _program(site: Site, *only: str, **limits: Any) -> Client:
    token, text = tokens.make(site.account(Role.ADMINISTRATOR), "script", [Right.ROSTER], **limits)
    kinds.limit(token, only)
    return Client(headers={"host": HOST, "authorization": f"Bearer {text}"})


def _items(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def _all(program: Client, address: str, **query: Any) -> list[dict[str, Any]]:
    """Every item of a list, one a page."""
    found, after = [], ""
    while True:
        page = program.get(f"{BASE}{address}", {**query, "limit": 1, **({"after": after} if after else {})})
        found += _items(page)
        after = page.json()["next"]
        if not after:
            return found


@pytest.mark.covers("N43", "N23", "N29", "N32")
def test_a_console_reads_schools_teachers_classes_and_students(held: Started) -> None:
    program, school = _program(held.rooms.site), held.rooms.school
    schools = _all(program, "/schools")
    assert (school.connection, school.sourced_id) in {(each["connection"], each["sourced_id"]) for each in schools}
    teachers = _all(program, "/teachers", connection=school.connection, school=school.sourced_id)
    teacher = held.rooms.teacher()
    assert teacher.uid in {each["person"] for each in teachers}
    assert pupil_elsewhere(held.rooms).uid not in {each["person"] for each in teachers}
    classes = _all(program, f"/teachers/{teacher.uid}/classes")
    mine = next(each for each in classes if each["group"] == held.group.uid)
    assert mine["students"] == len(held.students)
    students = _all(program, f"/classes/{held.group.uid}/students")
    assert {each["person"] for each in students} == {each.uid for each in held.students}
    assert all(each["name"] for each in students)


@pytest.mark.covers("N43")
def test_lessons_and_their_attendance_are_read_by_ids_alone(held: Started) -> None:
    held.mark(held.students[0], "late")
    program = _program(held.rooms.site)
    (lesson,) = _items(program.get(f"{BASE}/lessons"))
    assert (lesson["uid"], lesson["group"], lesson["ended_at"]) == (held.lesson.uid, held.group.uid, None)
    assert lesson["teachers"] == [{"person": held.rooms.teacher().uid, "by": "key", "is_cover": False}]
    assert program.get(f"{BASE}/lessons/{held.lesson.uid}").json() == lesson
    told = _items(program.get(f"{BASE}/lessons/{held.lesson.uid}/attendance"))
    assert {each["person"]: each["mark"] for each in told} == {
        each.uid: "late" if each == held.students[0] else "" for each in held.students
    }
    assert "name" not in told[0]
    keys = {key for each in Entry.objects.filter(action="roster.listed") for key in each.keys}
    assert {f"user:{each.connection_id}:{each.sourced_id}" for each in held.students} <= keys


def test_lessons_are_narrowed_by_change_class_and_state(held: Started) -> None:
    program, before = _program(held.rooms.site), timezone.now().isoformat()
    for asked, number in (
        ({"changed_since": before}, 0),
        ({"changed_since": "2020-01-01T00:00:00Z"}, 1),
        ({"is_open": "true"}, 1),
        ({"is_open": "false"}, 0),
        ({"group": held.group.uid}, 1),
    ):
        assert len(_items(program.get(f"{BASE}/lessons", asked))) == number, asked
    assert program.get(f"{BASE}/lessons", {"group": "x"}).status_code == 404
    held.mark(held.students[0], "late")
    assert len(_items(program.get(f"{BASE}/lessons", {"changed_since": before}))) == 1


def _addresses(held: Started) -> list[str]:
    school = held.rooms.school
    return [
        f"/teachers?connection={school.connection}&school={school.sourced_id}",
        f"/teachers/{held.rooms.teacher().uid}/classes",
        f"/classes/{held.group.uid}/students",
        f"/lessons/{held.lesson.uid}",
        f"/lessons/{held.lesson.uid}/attendance",
    ]


def test_a_token_of_another_school_finds_nothing(held: Started) -> None:
    elsewhere = (held.rooms.school.connection, "another")
    program = _program(held.rooms.site, schools=[elsewhere])
    assert [program.get(BASE + each).status_code for each in _addresses(held)] == [404] * 5
    assert _items(program.get(f"{BASE}/lessons")) == _items(program.get(f"{BASE}/schools")) == []
    inside = _program(held.rooms.site, schools=[(held.rooms.school.connection, held.rooms.school.sourced_id)])
    assert [inside.get(BASE + each).status_code for each in _addresses(held)] == [200] * 5


def test_a_token_of_another_district_finds_nothing(held: Started) -> None:
    south = District.objects.create(name="South")
    program = _program(held.rooms.site, districts=[south.pk])
    assert [program.get(BASE + each).status_code for each in _addresses(held)] == [404] * 5
    assert _items(program.get(f"{BASE}/lessons")) == _items(program.get(f"{BASE}/schools")) == []


def test_a_token_of_some_kinds_is_told_of_those(held: Started) -> None:
    only_classes = _program(held.rooms.site, "class")
    answers = [only_classes.get(BASE + each).status_code for each in _addresses(held)]
    assert answers == [403, 403, 403, 200, 403]
    both = _program(held.rooms.site, "class", "student")
    assert [both.get(BASE + each).status_code for each in _addresses(held)] == [403, 403, 200, 200, 200]


@pytest.mark.parametrize(
    "address", ["/teachers/x/classes", "/classes/x/students", "/lessons/x", "/lessons/x/attendance"]
)
def test_an_id_that_is_none_is_unknown(rooms: Classrooms, address: str) -> None:
    assert _program(rooms.site).get(BASE + address).status_code == 404


def test_only_staff_have_classes_to_teach(held: Started) -> None:
    program = _program(held.rooms.site)
    assert program.get(f"{BASE}/teachers/{held.students[0].uid}/classes").status_code == 404
    other = colleague(held.rooms)
    assert held.group.uid not in {each["group"] for each in _all(program, f"/teachers/{other.uid}/classes")}
