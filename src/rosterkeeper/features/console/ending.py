"""What ends by itself: lessons at the end of the school day, and what is kept of them after its time.

| a lesson ends | when |
|---|---|
| with the school day | two hours after the school hours of its connection's schedule, where it began within them |
| with the day | at midnight, where it began later, on another day, or belongs to no single school |
| with its class | when the class is over: removed, or its last term past |
"""

from datetime import datetime, time, timedelta
from typing import Final

from django.db.models import Exists, OuterRef

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.zones import zone_of
from rosterkeeper.features.console.lessons import end
from rosterkeeper.features.console.models.lessons import Attendance, Lesson, Teaching, Why
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.fresh import today
from rosterkeeper.features.people.models import Person
from rosterkeeper.features.schedules.schedule import DAYS, Schedule
from rosterkeeper.features.schedules.workflow import schedule_of
from rosterkeeper.oneroster.errors import SettingsError

# Clubs and late lessons follow upon the last bell.
_AFTER: Final = timedelta(hours=2)
# Lessons or persons that are forgotten in one go: a long statement would keep others waiting.
_PART: Final = 500


def end_due(now: datetime) -> int:
    """End the lessons whose time has come; returns how many. Called every few seconds by each worker."""
    going = list(Lesson.objects.filter(ended_at=None))
    if not going:
        return 0
    live = set(
        Group.objects.filter(pk__in={each.group_id for each in going}, status="active").values_list("pk", flat=True)
    )
    links = Connection.objects.in_bulk({each.connection_id for each in going})
    hours = {number: schedule_of(link) for number, link in links.items()}
    days = {number: today(number).isoformat() for number in {each.district_id for each in going}}
    ended = 0
    for lesson in going:
        if lesson.day < days[lesson.district_id] or _is_over(lesson, hours.get(lesson.connection_id), now):
            ended += end(lesson, Why.DAY)
        elif lesson.group_id not in live:
            ended += end(lesson, Why.CLASS)
    return ended


def forget_old(now: datetime, days: int) -> None:
    """Erase lessons of more than so many days ago with all that was said in them; 0 keeps them for ever."""
    if days:
        old = (now.astimezone().date() - timedelta(days=days)).isoformat()
        rows = Lesson.objects.filter(day__lt=old).order_by("id").values_list("id", flat=True)
        while part := list(rows[:_PART]):
            Lesson.objects.filter(id__in=part).delete()


def forget_erased() -> None:
    """Erase what was said of persons, and that they taught, who were erased from the roster."""
    persons = Person.objects.filter(pk=OuterRef("person_id"))
    for rows in (Attendance.objects.all(), Teaching.objects.exclude(person_id=0)):
        # Looked for by reading alone: a statement that erases keeps every other writer waiting.
        gone = list(rows.filter(~Exists(persons)).values_list("person_id", flat=True).distinct())
        for start in range(0, len(gone), _PART):
            rows.filter(person_id__in=gone[start : start + _PART]).delete()


def _is_over(lesson: Lesson, schedule: Schedule | None, now: datetime) -> bool:
    closes = _closes(lesson, schedule) if schedule else None
    return closes is not None and lesson.started_at < closes and now >= closes + _AFTER


def _closes(lesson: Lesson, schedule: Schedule) -> datetime | None:
    """When the school closes on the day on which the lesson began; None where it is closed all that day."""
    try:
        zone = zone_of(schedule.school.zone or schedule.zone)
    except SettingsError:
        return None
    there = lesson.started_at.astimezone(zone)
    if DAYS[there.weekday()] not in schedule.school.days or schedule.school.closes == time.min:
        return None
    return datetime.combine(there.date(), schedule.school.closes, zone)
