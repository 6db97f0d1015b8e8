"""Guests of a lesson: students of the same school whom a teacher puts into it by hand, until it ends.

Whoever looks for one sees the names of the school's students, so it is for those who may cover a class there.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from rosterkeeper.features.audit.log import record
from rosterkeeper.features.console import telling
from rosterkeeper.features.console.attendance import open_one
from rosterkeeper.features.console.lessons import Seen
from rosterkeeper.features.console.models.lessons import Attendance, Lesson
from rosterkeeper.features.console.roll import moved
from rosterkeeper.features.console.who import Visitor
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import Person, Record
from rosterkeeper.features.roster.listing import Listed, Wanted, people, strings
from rosterkeeper.features.roster.models import CatalogPerson
from rosterkeeper.features.roster.scope import Scope
from rosterkeeper.matching.tables import Kind

_STUDENT: Final = "student"
_FOUND: Final = 12
_School = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Found:
    """A student of the school who was looked for; ``is_in``: they are in the lesson already."""

    person: Person
    name: str
    username: str
    grade: str
    is_in: bool


def may_add(visitor: Visitor, lesson: Lesson) -> bool:
    """Whether the visitor may put guests into the lesson."""
    return visitor.may_cover and bool(_schools(visitor, lesson))


def looked_for(visitor: Visitor, lesson: Lesson, text: str) -> list[Found]:
    """The first students of the lesson's school of whom something begins so; Http404 where the visitor may not."""
    schools = _need(visitor, lesson)
    if not text:
        return []
    found: list[Listed] = []
    for connection, org in sorted(schools):
        wanted = Wanted(text=text, connection=connection, school=org, role=_STUDENT)
        found += people(Scope(schools), wanted, number=_FOUND).people
    return _as_persons(lesson, found[:_FOUND])


def add(visitor: Visitor, seen: Seen, person_uid: str) -> None:
    """Put a student of the school into the lesson; Http404 where they are none of it."""
    schools = _need(visitor, seen.lesson)
    person = Person.objects.filter(uid=person_uid, district_id=seen.lesson.district_id, status="active").first()
    if person is None or person.kind != Kind.STUDENT or not _is_of(person, schools):
        raise Http404
    with transaction.atomic():
        lesson = open_one(seen.lesson)
        row = Attendance.objects.filter(lesson=lesson, person_id=person.pk).first()
        if row is not None and row.gone_at is None:
            return
        moved(lesson, who=True)
        row = row or Attendance(lesson=lesson, person_id=person.pk, joined_at=timezone.now())
        row.is_guest, row.is_by_hand, row.gone_at, row.version = True, True, None, lesson.version
        row.added_by = visitor.teacher.pk if visitor.teacher else 0
        row.save()
        _record("console.guest_added", lesson, person)


def take_out(seen: Seen, person_uid: str) -> None:
    """Take a guest out who was put in by hand; Http404 where there is none. What was said of them goes, too."""
    person = Person.objects.filter(uid=person_uid, district_id=seen.lesson.district_id).first()
    with transaction.atomic():
        lesson = open_one(seen.lesson)
        row = Attendance.objects.filter(lesson=lesson, person_id=person.pk if person else 0, is_by_hand=True).first()
        if row is None or person is None:
            raise Http404
        if row.mark:
            telling.attendance(lesson, {person.pk: ""})
        row.delete()
        moved(lesson, who=True)
        _record("console.guest_removed", lesson, person)


def _need(visitor: Visitor, lesson: Lesson) -> frozenset[_School]:
    if not visitor.may_cover:
        raise Http404
    return _schools(visitor, lesson)


def _schools(visitor: Visitor, lesson: Lesson) -> frozenset[_School]:
    """Whose students may be guests: the class's school, or the visitor's where the class is of none."""
    if lesson.school:
        return frozenset({(lesson.connection_id, lesson.school)})
    return frozenset((each.connection, each.sourced_id) for each in visitor.schools)


def _is_of(person: Person, schools: Collection[_School]) -> bool:
    """Whether an active record of the person belongs to one of the schools."""
    for connection, sourced_id in Record.objects.filter(person_id=person.pk).values_list("connection_id", "sourced_id"):
        row = CatalogPerson.objects.filter(connection_id=connection, sourced_id=sourced_id, status="active").first()
        if row is not None and any((connection, org) in schools for org in strings(row.schools)):
            return True
    return False


def _as_persons(lesson: Lesson, found: list[Listed]) -> list[Found]:
    here = set(lesson.attendance.filter(gone_at=None).values_list("person_id", flat=True))
    made: dict[int, Found] = {}
    for each in found:
        record_of = Record.objects.filter(
            connection_id=each.connection, sourced_id=each.sourced_id, district_id=lesson.district_id
        ).first()
        person = Person.objects.filter(pk=record_of.person_id, status="active").first() if record_of else None
        if person is not None and person.kind == Kind.STUDENT:
            made.setdefault(
                person.pk, Found(person, each.name, each.username, ", ".join(each.grades), person.pk in here)
            )
    return list(made.values())


def _record(action: str, lesson: Lesson, person: Person) -> None:
    group = Group.objects.filter(pk=lesson.group_id).values_list("uid", flat=True).first() or ""
    record(
        action,
        about=f"group:{lesson.district_id}:{group}",
        keys=[f"user:{person.connection_id}:{person.sourced_id}"],
        details={"lesson": lesson.uid},
    )
