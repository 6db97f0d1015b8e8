"""Past classes: found by class and date, and their attendance as a file that no spreadsheet runs."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.console.models import Attendance, Lesson
from rosterkeeper.features.groups import changing
from rosterkeeper.features.groups.members import people_named
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import Person
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.matching.tables import GroupKind
from tests.pages.classrooms import Classrooms
from tests.pages.lesson import Started, at_computer, colleague, settings, started, take_class_away
from tests.pages.site import text_of


@pytest.fixture
def held(rooms: Classrooms) -> Started:
    """A class that its teacher has just started."""
    return started(rooms)


def _rows(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def _long_ago(held: Started, days: int) -> str:
    """Put the lesson so many days back; returns its day."""
    lesson = held.now()
    day = (lesson.started_at - timedelta(days=days)).date().isoformat()
    Lesson.objects.filter(pk=lesson.pk).update(day=day, started_at=lesson.started_at - timedelta(days=days))
    return day


def test_past_classes_are_listed_and_narrowed_by_class_and_date(held: Started) -> None:
    held.mark(held.students[0], "late")
    held.client.post(f"{held.address}end/")
    day = _long_ago(held, 3)
    uid = held.lesson.uid
    listed = text_of(held.client.get("/console/lessons/"))
    assert uid in listed
    assert "<strong>1</strong> Late" in listed
    for asked, is_there in (
        ({"group": held.group.uid}, True),
        ({"group": "x"}, False),
        ({"first": day, "last": day}, True),
        ({"first": held.lesson.day}, False),
        ({"last": "2001-01-01"}, False),
    ):
        assert (uid in text_of(held.client.get("/console/lessons/", asked))) is is_there, asked
    wrong = text_of(held.client.get("/console/lessons/", {"first": "yesterday", "before": "x"}))
    assert "A date is not one" in wrong
    assert uid in wrong


def test_past_classes_come_a_page_at_a_time(held: Started) -> None:
    held.client.post(f"{held.address}end/")
    facts = {"district_id": held.lesson.district_id, "group_id": held.group.pk, "day": "2026-01-05"}
    Lesson.objects.bulk_create(
        Lesson(uid=f"old-{number}", ended_at=held.lesson.started_at, **facts) for number in range(30)
    )
    first = text_of(held.client.get("/console/lessons/"))
    before = first.partition("?before=")[2].partition("&")[0]
    second = text_of(held.client.get("/console/lessons/", {"before": before}))
    assert "old-29" in first
    assert "old-0" not in first
    assert "old-0" in second
    assert held.lesson.uid in second


def test_the_attendance_of_a_class_is_a_file(held: Started) -> None:
    held.mark(held.students[0], "absent")
    rows = _rows(held.client.get(f"{held.address}attendance.csv"))
    names = {name for name, _ in people_named(held.students).values()}
    assert {each["student"] for each in rows} == names
    assert [each["mark"] for each in rows if each["sourced_id"] == held.students[0].sourced_id] == ["absent"]
    assert {each["class"] for each in rows} == {held.group.name}
    assert Entry.objects.get(action="console.attendance_exported").details == {"lesson": held.lesson.uid}


@pytest.mark.both_databases
def test_the_attendance_of_all_that_are_narrowed_is_a_file_and_nothing_elses(held: Started) -> None:
    rows = _rows(held.client.get("/console/lessons/attendance.csv", {"group": held.group.uid}))
    assert {each["lesson"] for each in rows} == {held.lesson.uid}
    assert _rows(held.client.get("/console/lessons/attendance.csv", {"group": "x"})) == []
    other = at_computer(held.rooms, colleague(held.rooms))
    assert held.lesson.uid not in {each["lesson"] for each in _rows(other.get("/console/lessons/attendance.csv"))}


def test_a_name_that_a_spreadsheet_would_run_is_defused(held: Started) -> None:
    one = held.students[0]
    LIVE["users"]._default_manager.filter(sourced_id=one.sourced_id).update(given_name="=1+1", preferred_given_name="")
    rows = _rows(held.client.get(f"{held.address}attendance.csv"))
    assert next(each["student"] for each in rows if each["sourced_id"] == one.sourced_id).startswith("'=1+1")


def test_a_colleague_finds_what_they_covered_and_nothing_else_of_it(held: Started) -> None:
    other = at_computer(held.rooms, colleague(held.rooms))
    assert held.lesson.uid not in text_of(other.get("/console/lessons/"))
    started(held.rooms, other)
    assert held.lesson.uid in text_of(other.get("/console/lessons/"))
    facts = {"district_id": held.lesson.district_id, "group_id": held.group.pk, "day": "2026-01-05"}
    Lesson.objects.create(uid="not-theirs", ended_at=held.lesson.started_at, **facts)
    assert "not-theirs" not in text_of(other.get("/console/lessons/"))
    assert "not-theirs" in text_of(held.client.get("/console/lessons/"))


def _over(held: Started) -> None:
    """The class is over: its term has passed, or the source has it no more."""
    held.client.post(f"{held.address}end/")
    Group.objects.filter(pk=held.group.pk).update(status="ended")


def test_lessons_of_a_class_that_is_over_stay_with_who_taught_it_to_its_end(held: Started) -> None:
    held.mark(held.students[0], "late")
    _over(held)
    for browser in (held.client, held.rooms.signed_in(held.rooms.teacher())):
        assert held.lesson.uid in text_of(browser.get("/console/lessons/"))
        page = held.page(browser)
        assert "Late" in page
        assert "Start the class again" not in page
        assert browser.get(f"{held.address}attendance.csv").status_code == 200
    assert held.client.post("/console/start/", {"group": held.group.uid}).status_code == 404
    other = at_computer(held.rooms, colleague(held.rooms))
    assert held.lesson.uid not in text_of(other.get("/console/lessons/"))
    assert other.get(held.address).status_code == 404


def test_whoever_lost_a_class_before_its_end_does_not_get_its_lessons_back_by_that(held: Started) -> None:
    take_class_away(held.group)
    settings(held.rooms, cover=False)
    _over(held)
    assert held.lesson.uid not in text_of(held.client.get("/console/lessons/"))
    assert held.client.get(held.address).status_code == 404


def test_who_covered_a_class_that_is_over_finds_that_lesson_alone(held: Started) -> None:
    other = at_computer(held.rooms, colleague(held.rooms))
    started(held.rooms, other)
    facts = {"district_id": held.lesson.district_id, "group_id": held.group.pk, "day": "2026-01-05"}
    Lesson.objects.create(uid="not-theirs", ended_at=held.lesson.started_at, **facts)
    _over(held)
    assert held.lesson.uid in text_of(other.get("/console/lessons/"))
    assert other.get(held.address).status_code == 200
    assert other.get("/console/lessons/not-theirs/").status_code == 404


def test_lessons_of_a_merged_group_whose_classes_are_over_stay_with_their_teacher(held: Started) -> None:
    merged = changing.make(held.rooms.district, GroupKind.MERGED, "Both", parts=[held.group])
    uid = held.client.post("/console/start/", {"group": merged.uid})["Location"].split("/")[3]
    held.client.post(f"/console/lessons/{uid}/end/")
    _over(held)
    assert uid in text_of(held.client.get("/console/lessons/"))
    assert held.client.get(f"/console/lessons/{uid}/").status_code == 200


def test_who_was_erased_is_in_no_list_any_more(held: Started) -> None:
    gone = held.students[0]
    Person.objects.filter(pk=gone.pk).delete()
    assert len(_rows(held.client.get(f"{held.address}attendance.csv"))) == Attendance.objects.count() - 1


def test_nobody_has_past_classes_before_the_first_one(rooms: Classrooms) -> None:
    page = text_of(at_computer(rooms, rooms.teacher()).get("/console/lessons/"))
    assert "There is no past class here." in page
    assert "Next step:" in page
