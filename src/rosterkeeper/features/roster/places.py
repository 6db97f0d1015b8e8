"""Schools, terms and classes: lists with their numbers, and a class with who is in it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from django.db import models
from django.db.models import Q, QuerySet

from rosterkeeper.features.roster.listing import Listed, listed, school_names, strings
from rosterkeeper.features.roster.models import LIVE, CatalogClass, CatalogPerson, CatalogPlace, CatalogSeats
from rosterkeeper.features.roster.scope import Scope
from rosterkeeper.oneroster.fields import ACADEMIC_SESSIONS, CLASSES, COURSES, ENROLLMENTS, ORGS
from rosterkeeper.store.folding import typed_words

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class School:
    """A building (M15) with its numbers (L25, S16); ``kind`` is the org's type."""

    connection: int
    sourced_id: str
    name: str
    identifier: str
    kind: str
    students: int
    teachers: int
    people: int
    classes: int


@dataclass(frozen=True, slots=True)
class Term:
    """An academic session and how many live classes are taught in it."""

    connection: int
    sourced_id: str
    title: str
    kind: str
    begins: str
    ends: str
    classes: int


@dataclass(frozen=True, slots=True)
class Taught:
    """A class in a list."""

    connection: int
    sourced_id: str
    title: str
    code: str
    school: str
    school_name: str
    students: int
    teachers: int
    is_removed: bool


@dataclass(frozen=True, slots=True)
class ClassesWanted:
    """Which classes a list is of; '' and 0 for any."""

    text: str = ""
    connection: int = 0
    school: str = ""
    term: str = ""
    issue: str = ""


@dataclass(frozen=True, slots=True)
class ClassPage:
    """Some of the classes; ``after`` is the key of the last one where there are more, '' where not."""

    classes: list[Taught] = field(default_factory=list)
    after: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's enrollment in a class, as either page shows it; dates are YYYY-MM-DD or ''."""

    person: Listed
    role: str
    begins: str
    ends: str
    is_primary: bool


@dataclass(frozen=True, slots=True)
class ClassRecord:
    """A class whole: what it is, its terms, its course, who teaches and who learns in it."""

    taught: Taught
    course: str
    grades: list[str]
    subjects: list[str]
    periods: list[str]
    location: str
    terms: list[Term]
    teachers: list[Seat]
    students: list[Seat]
    others: list[Seat]


def schools(scope: Scope, connection: int) -> list[School]:
    """The connection's live orgs in sight, by name; an org that is no school has no numbers of its own."""
    rows = LIVE[ORGS.name]._default_manager.filter(connection_id=connection, status="active").order_by("name")
    mine = scope.of(connection)
    if mine is not None:
        rows = rows.filter(sourced_id__in=mine)
    numbers = {each.sourced_id: each for each in CatalogPlace.objects.filter(connection_id=connection, kind="school")}
    nothing = CatalogPlace()
    return [
        School(
            connection,
            sourced_id,
            name,
            identifier,
            kind,
            *((n := numbers.get(sourced_id, nothing)).students, n.teachers, n.people, n.classes),
        )
        for sourced_id, name, identifier, kind in rows.values_list("sourced_id", "name", "identifier", "type")
    ]


def terms(connection: int) -> list[Term]:
    """The connection's live sessions, the latest first; they concern nobody, so all may see them."""
    return _terms(LIVE[ACADEMIC_SESSIONS.name]._default_manager.filter(connection_id=connection, status="active"))


def classes(scope: Scope, wanted: ClassesWanted, *, after: str = "", number: int = PAGE) -> ClassPage:
    """The live classes of one connection that are wanted and in sight, by title."""
    rows = CatalogClass.objects.filter(connection_id=wanted.connection, status="active")
    mine = scope.of(wanted.connection)
    if mine is not None:
        rows = rows.filter(school_sourced_id__in=mine)
    if wanted.school:
        rows = rows.filter(school_sourced_id=wanted.school)
    for column, value in (("terms", wanted.term), ("issues", wanted.issue)):
        if value:
            rows = rows.filter(**{f"{column}__contains": json.dumps(value, ensure_ascii=False)})
    for ways in typed_words(wanted.text):
        rows = rows.filter(_any_of(ways))
    begin = CatalogClass.objects.filter(connection_id=wanted.connection, sourced_id=after).first() if after else None
    if begin is not None:
        later = Q(sort_key__gt=begin.sort_key) | Q(sort_key=begin.sort_key, sourced_id__gt=begin.sourced_id)
        rows = rows.filter(later)
    found = list(rows.order_by("sort_key", "sourced_id")[: number + 1])
    page = taught(wanted.connection, found[:number])
    return ClassPage(page, page[-1].sourced_id if len(found) > number and page else "")


def taught(connection: int, rows: Iterable[CatalogClass]) -> list[Taught]:
    """Catalogued classes with what the roster says of them, in the same order."""
    kept = list(rows)
    live = LIVE[CLASSES.name]._default_manager.filter(
        connection_id=connection, sourced_id__in=[row.sourced_id for row in kept]
    )
    titles = {each: (title, code) for each, title, code in live.values_list("sourced_id", "title", "class_code")}
    names = school_names(connection, (row.school_sourced_id for row in kept))
    return [
        Taught(
            connection,
            row.sourced_id,
            *titles[row.sourced_id],
            row.school_sourced_id,
            names.get(row.school_sourced_id, ""),
            row.students,
            row.teachers,
            row.status != "active",
        )
        for row in kept
        if row.sourced_id in titles
    ]


def class_record(scope: Scope, connection: int, sourced_id: str) -> ClassRecord | None:
    """One class, live or removed but kept; None where there is none in sight.

    Whoever may see a class may see who is in it: those are people of its school.
    """
    row = CatalogClass.objects.filter(connection_id=connection, sourced_id=sourced_id).first()
    if row is None or not scope.sees(connection, [row.school_sourced_id]):
        return None
    found = taught(connection, [row])
    live = LIVE[CLASSES.name]._default_manager.filter(connection_id=connection, sourced_id=sourced_id)
    told = live.values("course_sourced_id", "grades", "subjects", "periods", "location", "term_sourced_ids").first()
    if not found or told is None:
        return None
    course = LIVE[COURSES.name]._default_manager.filter(connection_id=connection, sourced_id=told["course_sourced_id"])
    sessions = LIVE[ACADEMIC_SESSIONS.name]._default_manager.filter(
        connection_id=connection, sourced_id__in=strings(told["term_sourced_ids"])
    )
    seats = _seats_in(scope, connection, row)
    return ClassRecord(
        taught=found[0],
        course=str(course.values_list("title", flat=True).first() or ""),
        grades=strings(told["grades"]),
        subjects=strings(told["subjects"]),
        periods=strings(told["periods"]),
        location=told["location"],
        terms=_terms(sessions),
        teachers=[each for each in seats if each.role == "teacher"],
        students=[each for each in seats if each.role == "student"],
        others=[each for each in seats if each.role not in ("teacher", "student")],
    )


def _seats_in(scope: Scope, connection: int, row: CatalogClass) -> list[Seat]:
    """The active enrollments of live people in the class, in the order of names."""
    held = CatalogSeats.objects.filter(connection_id=connection, sourced_id=row.sourced_id)
    seats = held.values_list("seat_ids", flat=True).first()
    rows = LIVE[ENROLLMENTS.name]._default_manager.filter(
        connection_id=connection, sourced_id__in=strings(seats or ""), status="active"
    )
    told = list(rows.values("user_sourced_id", "role", "begin_date", "end_date", "primary"))
    ids = {each["user_sourced_id"] for each in told}
    catalogued = CatalogPerson.objects.filter(connection_id=connection, sourced_id__in=ids, status="active")
    people = {each.sourced_id: each for each in listed(scope, connection, list(catalogued.order_by("rank")))}
    made = [
        Seat(
            people[each["user_sourced_id"]],
            each["role"],
            each["begin_date"],
            each["end_date"],
            each["primary"] == "true",
        )
        for each in told
        if each["user_sourced_id"] in people
    ]
    return sorted(made, key=lambda each: each.person.rank)


def _terms(rows: "QuerySet[models.Model]") -> list[Term]:
    found = list(rows.order_by("-start_date", "sourced_id").values_list(*_SESSION))
    numbers = {
        (each.connection_id, each.sourced_id): each.classes
        for each in CatalogPlace.objects.filter(kind="term", connection_id__in={each[0] for each in found})
    }
    return [
        Term(connection, sourced_id, title, kind, begins, ends, numbers.get((connection, sourced_id), 0))
        for connection, sourced_id, title, kind, begins, ends in found
    ]


_SESSION: Final = ("connection_id", "sourced_id", "title", "type", "start_date", "end_date")


def _any_of(ways: list[str]) -> Q:
    """The words of one of the ways, each as the beginning of a word of the class."""
    found = Q()
    for way in ways:
        every = Q()
        for part in way.split():
            every &= Q(words__contains=f" {part}")
        found |= every
    return found
