"""Classes that were started before: those a visitor may see now, narrowed by class and date, and their attendance."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from rosterkeeper.features.audit.writing import defused
from rosterkeeper.features.console.lessons import came
from rosterkeeper.features.console.models.lessons import Attendance, Lesson
from rosterkeeper.features.console.reach import Reach, may_look_back
from rosterkeeper.features.console.roll import children
from rosterkeeper.features.console.shown import Teacher, teachers_of
from rosterkeeper.features.console.who import Visitor
from rosterkeeper.features.groups.members import groups_of
from rosterkeeper.features.groups.models import Group
from rosterkeeper.matching.tables import Member

Pieces = Iterator[str]

PAGE: Final = 25
# Lessons of one file: those of a teacher in a year and more.
_MOST: Final = 2_000
COLUMNS: Final = (
    *("date", "class", "started", "ended", "student", "sourced_id", "grade", "mark", "marked_at"),
    *("guest", "left_class_at", "lesson"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lessons: of a group's uid, from a date to a date, both included; '' for any."""

    group: str = ""
    first: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """A lesson in the list: its group, who taught it, and how many of those who were in it have which mark."""

    lesson: Lesson
    group: Group
    teachers: list[Teacher]
    counts: dict[str, int]

    @property
    def students(self) -> int:
        """How many were in it."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the lessons, the latest first; ``before`` is where the next page begins, 0 on the last.

    ``groups`` are the classes that can be chosen.
    """

    rows: list[Past] = field(default_factory=list)
    before: int = 0
    groups: list[Group] = field(default_factory=list)


def past(visitor: Visitor, wanted: Wanted, *, before: int = 0) -> Page:
    """A page of the lessons that the visitor may see and that are wanted."""
    groups = groups_with_lessons(visitor)
    rows = _narrowed(_seen(visitor, groups), groups, wanted)
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    page = found[:PAGE]
    teachers, counts = teachers_of(page), _counts(page)
    told = [Past(each, groups[each.group_id][0], teachers[each.pk], counts.get(each.pk, {})) for each in page]
    choices = sorted((group for group, _ in groups.values()), key=lambda each: (each.sort_key, each.pk))
    return Page(told, page[-1].pk if len(found) > PAGE else 0, choices)


def as_csv(visitor: Visitor, wanted: Wanted) -> Iterator[str]:
    """The attendance of the lessons that the visitor may see and that are wanted, the latest first, as CSV."""
    groups = groups_with_lessons(visitor)
    rows = _narrowed(_seen(visitor, groups), groups, wanted)[:_MOST]
    return written(rows.iterator(chunk_size=PAGE), {key: group for key, (group, _) in groups.items()})


def written(lessons: Iterable[Lesson], groups: dict[int, Group]) -> Iterator[str]:
    """The attendance of lessons as CSV, piece by piece; cells that a spreadsheet would run are defused."""
    yield _line(COLUMNS)
    every = iter(lessons)
    while part := {each.pk: each for each in islice(every, PAGE)}:
        for child in sorted(
            children(Attendance.objects.filter(lesson__in=list(part))), key=lambda each: -each.row.lesson_id
        ):
            lesson, row = part[child.row.lesson_id], child.row
            yield _line(
                (
                    lesson.day,
                    groups[lesson.group_id].name,
                    _told(lesson.started_at),
                    _told(lesson.ended_at),
                    child.name,
                    child.person.sourced_id,
                    child.grade,
                    row.mark,
                    _told(row.marked_at),
                    _("guest") if row.is_guest else "",
                    _told(row.gone_at),
                    lesson.uid,
                )
            )


def groups_with_lessons(visitor: Visitor) -> dict[int, tuple[Group, Reach]]:
    """The groups whose lessons the visitor may see, and as whose class, by group."""
    own = [each.group for each in groups_of(visitor.teacher, role=Member.OWNER)] if visitor.teacher else []
    started = Lesson.objects.filter(pk__in=list(came(visitor).values_list("lesson_id", flat=True)))
    groups = {each.pk: each for each in own} | Group.objects.in_bulk(set(started.values_list("group_id", flat=True)))
    reach = may_look_back(visitor, groups.values())
    return {key: (group, reach[key]) for key, group in groups.items() if reach[key] != Reach.NONE}


def _seen(visitor: Visitor, groups: dict[int, tuple[Group, Reach]]) -> "QuerySet[Lesson]":
    own = [key for key, (_, reach) in groups.items() if reach == Reach.OWN]
    others = [key for key, (_, reach) in groups.items() if reach == Reach.COVER]
    covered = came(visitor).filter(is_cover=True).values_list("lesson_id", flat=True)
    # Told the district, too, SQLite would go through all of its lessons.
    mine = Q(group_id__in=own) | Q(group_id__in=others, pk__in=list(covered))
    return Lesson.objects.filter(mine).order_by("-pk")


def _narrowed(rows: "QuerySet[Lesson]", groups: dict[int, tuple[Group, Reach]], wanted: Wanted) -> "QuerySet[Lesson]":
    if wanted.group:
        rows = rows.filter(group_id__in=[key for key, (group, _) in groups.items() if group.uid == wanted.group])
    if wanted.first:
        rows = rows.filter(day__gte=wanted.first)
    return rows.filter(day__lte=wanted.last) if wanted.last else rows


def _counts(lessons: list[Lesson]) -> dict[int, dict[str, int]]:
    made: dict[int, dict[str, int]] = {}
    for lesson_id, mark in Attendance.objects.filter(lesson__in=lessons).values_list("lesson_id", "mark"):
        of = made.setdefault(lesson_id, {})
        of[mark] = of.get(mark, 0) + 1
    return made


def _told(moment: datetime | None) -> str:
    return f"{localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([defused(cell) for cell in cells])
    return text.getvalue()
