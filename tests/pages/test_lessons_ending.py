"""What becomes of lessons by themselves: they end with the school day, and are kept for a time."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.console.ending import end_due, forget_erased, forget_old
from rosterkeeper.features.console.models import Attendance, Lesson, Teaching
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import Person
from rosterkeeper.features.schedules.schedule import DAYS, Schedule, SchoolHours
from rosterkeeper.features.schedules.workflow import set_schedule
from rosterkeeper.service.upkeep import keep_up
from tests.pages.classrooms import Classrooms
from tests.pages.lesson import Started, started


@pytest.fixture
def held(rooms: Classrooms) -> Started:
    """A class that its teacher has just started."""
    return started(rooms)


def _begun_at(held: Started, hour: int, minute: int = 0) -> datetime:
    """Let the lesson have begun today at that time of UTC; returns the instant."""
    at = datetime.combine(timezone.now().date(), time(hour, minute), UTC)
    Lesson.objects.filter(pk=held.lesson.pk).update(started_at=at)
    return at


def _school_hours(held: Started, hours: SchoolHours) -> None:
    link = Connection.objects.get(pk=held.group.connection_id)
    set_schedule(link, Schedule(zone="UTC", school=hours), now=timezone.now())


def test_a_lesson_ends_two_hours_after_the_school_it_began_in(held: Started) -> None:
    _school_hours(held, SchoolHours(days=DAYS, opens=time(8), closes=time(15)))
    began = _begun_at(held, 14)
    assert end_due(began.replace(hour=16, minute=59)) == 0
    assert end_due(began.replace(hour=17)) == 1
    assert (held.now().is_open, held.lesson.ended_why) == (False, "day")
    assert end_due(began.replace(hour=18)) == 0
    assert "by itself, at the end of the school day" in held.page()


def test_a_lesson_that_began_after_school_goes_on_until_midnight(held: Started) -> None:
    _school_hours(held, SchoolHours(days=DAYS, opens=time(8), closes=time(15)))
    began = _begun_at(held, 15, 30)
    assert end_due(began.replace(hour=23)) == 0
    yesterday = (timezone.now() - timedelta(days=2)).date().isoformat()
    Lesson.objects.filter(pk=held.lesson.pk).update(day=yesterday)
    assert end_due(began) == 1


def test_a_day_without_school_does_not_end_a_lesson(held: Started) -> None:
    _school_hours(held, SchoolHours(days=()))
    assert end_due(_begun_at(held, 9).replace(hour=23)) == 0
    assert held.now().is_open


def test_a_lesson_ends_with_its_class(held: Started) -> None:
    _school_hours(held, SchoolHours(days=()))
    Group.objects.filter(pk=held.group.pk).update(status="ended")
    assert end_due(timezone.now()) == 1
    assert held.now().ended_why == "class"


def test_yesterdays_lesson_that_nobody_ended_makes_room_for_todays(held: Started) -> None:
    yesterday = (timezone.now() - timedelta(days=2)).date().isoformat()
    Lesson.objects.filter(pk=held.lesson.pk).update(day=yesterday)
    assert started(held.rooms, held.client).lesson != held.lesson
    assert held.now().ended_why == "day"


def test_lessons_are_forgotten_after_their_time_with_all_that_was_said(held: Started) -> None:
    now = timezone.now()
    held.mark(held.students[0], "late")
    forget_old(now + timedelta(days=364), 365)
    assert Lesson.objects.count() == 1
    forget_old(now + timedelta(days=5000), 0)
    assert Lesson.objects.count() == 1
    keep_up(now + timedelta(days=368), 0, 365)
    assert not Lesson.objects.exists()
    assert not Attendance.objects.exists()
    assert not Teaching.objects.exists()


@pytest.mark.both_databases
def test_what_was_said_of_somebody_is_erased_with_them(held: Started) -> None:
    gone, teacher = held.students[0], held.rooms.teacher()
    others = Attendance.objects.exclude(person_id=gone.pk).count()
    Person.objects.filter(pk__in=[gone.pk, teacher.pk]).delete()
    forget_erased()
    assert not Attendance.objects.filter(person_id=gone.pk).exists()
    assert Attendance.objects.count() == others
    assert not Teaching.objects.exists()
