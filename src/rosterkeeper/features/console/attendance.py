"""Saying who is there: one mark of one student at a time, or all who have none yet as present."""

from typing import Final

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from rosterkeeper.features.console import telling
from rosterkeeper.features.console.lessons import Seen
from rosterkeeper.features.console.models.lessons import Attendance, Lesson, Mark
from rosterkeeper.features.console.roll import Child, bring_up, children, locked, moved
from rosterkeeper.features.console.who import Visitor
from rosterkeeper.features.people.models import Person
from rosterkeeper.oneroster.errors import RunRefused

# What is said of somebody, the last of which takes back what was said.
MARKS: Final = (*Mark.values, "")


def say(seen: Seen, person_uid: str, mark: str, visitor: Visitor) -> Child:
    """Say something of one student; Http404 where nobody of that uid was in the lesson, or there is no such mark.

    RunRefused where the lesson is over, or the student is not in the class any more.
    """
    person = Person.objects.filter(uid=person_uid, district_id=seen.lesson.district_id).first()
    if person is None or mark not in MARKS:
        raise Http404
    bring_up(seen.lesson, seen.places)
    with transaction.atomic():
        lesson = open_one(seen.lesson)
        row = Attendance.objects.filter(lesson=lesson, person_id=person.pk).first()
        if row is None:
            raise Http404
        if row.gone_at is not None:
            raise RunRefused(
                "console.not_in_class",
                "The student is not in this class any more.",
                todo="Add them to this class as a guest, if they are here all the same.",
            )
        if row.mark != mark:
            _mark(lesson, [row], mark, visitor)
    (child,) = children([row])
    return child


def all_present(seen: Seen, visitor: Visitor) -> int:
    """Say of all who are in the class and of whom nothing was said that they are present; how many these are."""
    bring_up(seen.lesson, seen.places)
    with transaction.atomic():
        lesson = open_one(seen.lesson)
        rows = list(Attendance.objects.filter(lesson=lesson, mark="", gone_at=None))
        if rows:
            _mark(lesson, rows, Mark.PRESENT, visitor)
    return len(rows)


def open_one(lesson: Lesson) -> Lesson:
    """The lesson, locked; RunRefused where it is over."""
    current = locked(lesson)
    if not current.is_open:
        raise RunRefused(
            "console.lesson_over",
            "This class has ended, so its attendance stays as it is.",
            todo="Start the class again, if it goes on.",
        )
    return current


def _mark(lesson: Lesson, rows: list[Attendance], mark: str, visitor: Visitor) -> None:
    moved(lesson)
    now = timezone.now()
    for row in rows:
        row.mark, row.marked_at, row.version = mark, now, lesson.version
        row.marked_by = visitor.teacher.pk if visitor.teacher else 0
    Attendance.objects.bulk_update(rows, ["mark", "marked_at", "marked_by", "version"])
    telling.attendance(lesson, {row.person_id: mark for row in rows})
