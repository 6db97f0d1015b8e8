"""What consoles and the products beside them read (N43): schools, teachers, classes, students, lessons, attendance.

Whoever calls sees the districts and schools that account and token are limited to, and the kinds that the token is for.
Addresses hold ids alone.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from django.http import Http404, HttpRequest
from ninja import Path, Query, Schema
from pydantic import Field

from rosterkeeper.features.accounts.kinds import CLASS, STAFF, STUDENT, by_kind, need_kind
from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import HIGHEST, answers, group
from rosterkeeper.features.api.paging import DEFAULT, MOST, Limit, newest_first
from rosterkeeper.features.api.paging import After as AfterNumber
from rosterkeeper.features.api.paging import Page as NumberedPage
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.console.current import CurrentClass
from rosterkeeper.features.console.reading import (
    Attended,
    Student,
    Told,
    attended,
    classes_of,
    students_of,
    teachers_at,
    told,
)
from rosterkeeper.features.console.schools import School
from rosterkeeper.features.console.scope import lesson_seen, lessons_seen, schools_seen
from rosterkeeper.features.groups.scope import group_of, groups_seen, person_of
from rosterkeeper.features.people.models import Person
from rosterkeeper.features.roster.listing import Listed
from rosterkeeper.matching.tables import Kind

router = group("console")

Uid = Annotated[str, Path(min_length=1, max_length=64, pattern="^[A-Za-z0-9-]+$")]
After = Annotated[str, Query(max_length=600, description="The `next` of the page before.")]
Item = TypeVar("Item")


class PageByKey(Schema, Generic[Item]):
    """A page of a list by its items' ids, of teachers by name; ``next`` is the `after` of the page behind it."""

    items: list[Item]
    next: str | None


class SchoolShown(Schema):
    """A school that consoles can choose."""

    district: int
    connection: int
    sourced_id: str
    name: str


class TeacherShown(Schema):
    """An active teacher of a school; `person` is the uid by which classes are asked for."""

    person: str
    connection: int
    sourced_id: str
    name: str
    username: str


class ClassShown(Schema):
    """A class that a teacher can start today; `group` is the uid of its group."""

    group: str
    kind: str
    name: str
    connection: int
    class_sourced_id: str
    school_sourced_id: str
    course: str
    code: str
    period: str
    room: str
    term: str
    grade: str
    students: int
    is_cover: bool


class StudentShown(Schema):
    """A student or guest of a class today."""

    person: str
    connection: int
    sourced_id: str
    name: str
    grade: str
    is_guest: bool


class TeachingShown(Schema):
    """Who started a lesson or came to it; `person` is '' for somebody whom a key let in unrecognised."""

    person: str
    by: str = Field(description="`key` or `person`: what vouched for them.")
    is_cover: bool


class LessonShown(Schema):
    """A class that was started; `school_sourced_id` is '' where it is of no single school."""

    uid: str
    district: int
    group: str
    connection: int
    school_sourced_id: str
    day: str
    started_at: datetime
    ended_at: datetime | None
    ended_why: str = Field(description="`hand`, `day` or `class`; blank while it goes on.")
    changed_at: datetime
    teachers: list[TeachingShown]


class AttendanceShown(Schema):
    """What was said of one student in a lesson; `mark` is '' where nothing was."""

    person: str
    connection: int
    sourced_id: str
    mark: str = Field(description="`present`, `late`, `absent`, `left` or blank.")
    marked_at: datetime | None
    marked_by: str = Field(description="The uid of a person; blank for none recognised.")
    is_guest: bool
    joined_at: datetime
    gone_at: datetime | None = Field(description="Since when they are not in the class any more.")


class AttendanceTold(Schema):
    """Everybody who was in a lesson."""

    items: list[AttendanceShown]


Schools = PageByKey[SchoolShown]
Teachers = PageByKey[TeacherShown]
Classes = PageByKey[ClassShown]
Students = PageByKey[StudentShown]


@router.get("/console/schools", response=answers(Schools), operation_id="listConsoleSchools")
@needs(Right.ROSTER)
@by_kind
def schools(request: HttpRequest, after: After = "", limit: Limit = DEFAULT) -> Schools:
    """The schools whose classes consoles can start (N23)."""
    need_kind(request, CLASS)
    items, more = _page(schools_seen(request), after, limit, lambda each: each[1].value)
    return Schools(items=[_school(*each) for each in items], next=more)


@router.get("/console/teachers", response=answers(Teachers), operation_id="listConsoleTeachers")
@needs(Right.ROSTER)
@by_kind
def teachers(
    request: HttpRequest,
    connection: Annotated[int, Query(ge=1, le=HIGHEST)],
    school: Annotated[str, Query(min_length=1, max_length=255, description="A sourcedId of the connection.")],
    after: After = "",
    limit: Limit = DEFAULT,
) -> Teachers:
    """The active teachers of a school (N29)."""
    need_kind(request, STAFF)
    if all((each.connection, each.sourced_id) != (connection, school) for _, each in schools_seen(request)):
        raise Http404
    found, more = teachers_at(connection, school, after=after, number=min(limit, MOST))
    _seen((connection, each.sourced_id) for _, each in found)
    return Teachers(items=[_teacher(*each) for each in found], next=more)


@router.get(
    "/console/teachers/{uid}/classes", response=answers(PageByKey[ClassShown]), operation_id="listConsoleClasses"
)
@needs(Right.ROSTER)
@by_kind
def classes(request: HttpRequest, uid: Uid, after: After = "", limit: Limit = DEFAULT) -> Classes:
    """The current classes of a teacher (N32), merged and custom groups and classes that they cover among them."""
    need_kind(request, CLASS)
    need_kind(request, STAFF)
    teacher = person_of(request, uid)
    if teacher.kind != Kind.STAFF:
        raise Http404
    found = classes_of(teacher)
    seen = set(groups_seen(request).filter(uid__in=[each.group.uid for each in found]).values_list("uid", flat=True))
    mine = [each for each in found if each.group.uid in seen]
    items, more = _page(mine, after, limit, lambda each: each.group.uid)
    return Classes(items=[_class(each) for each in items], next=more)


@router.get(
    "/console/classes/{uid}/students", response=answers(PageByKey[StudentShown]), operation_id="listConsoleStudents"
)
@needs(Right.ROSTER)
@by_kind
def students(request: HttpRequest, uid: Uid, after: After = "", limit: Limit = DEFAULT) -> Students:
    """The students and guests of a class today; `uid` is its group's."""
    need_kind(request, CLASS)
    need_kind(request, STUDENT)
    found = group_of(request, uid)
    items, more = _page(students_of(found), after, limit, lambda each: each.person.uid)
    _seen((each.person.connection_id, each.person.sourced_id) for each in items)
    return Students(items=[_student(each) for each in items], next=more)


@router.get("/console/lessons", response=answers(NumberedPage[LessonShown]), operation_id="listLessons")
@needs(Right.ROSTER)
@by_kind
def lessons(
    request: HttpRequest,
    changed_since: datetime | None = None,
    group: Annotated[str, Query(max_length=64, description="The uid of a group.")] = "",
    is_open: bool | None = None,
    after: AfterNumber = 0,
    limit: Limit = DEFAULT,
) -> dict[str, Any]:
    """The classes that were started, the newest first; with `changed_since` those of which something changed since."""
    need_kind(request, CLASS)
    rows = lessons_seen(request)
    if changed_since is not None:
        rows = rows.filter(changed_at__gte=changed_since)
    if is_open is not None:
        rows = rows.filter(ended_at__isnull=is_open)
    if group:
        rows = rows.filter(group_id=group_of(request, group).pk)
    page = newest_first(rows, after, limit, shown=lambda each: each)
    return {**page, "items": [_lesson(each) for each in told(page["items"])]}


@router.get("/console/lessons/{uid}", response=answers(LessonShown), operation_id="getLesson")
@needs(Right.ROSTER)
@by_kind
def lesson(request: HttpRequest, uid: Uid) -> LessonShown:
    """One class that was started."""
    need_kind(request, CLASS)
    return _lesson(told([lesson_seen(request, uid)])[0])


@router.get("/console/lessons/{uid}/attendance", response=answers(AttendanceTold), operation_id="getAttendance")
@needs(Right.ROSTER)
@by_kind
def attendance(request: HttpRequest, uid: Uid) -> AttendanceTold:
    """Everybody who was in a lesson, and what was said of them: ids alone."""
    need_kind(request, CLASS)
    need_kind(request, STUDENT)
    found = attended(lesson_seen(request, uid))
    _seen((each.person.connection_id, each.person.sourced_id) for each in found)
    return AttendanceTold(items=[_attendance(each) for each in found])


def _page(items: Iterable[Item], after: str, limit: int, key: Callable[[Item], str]) -> tuple[list[Item], str | None]:
    """Some of the items in the order of their keys, and the key behind which the next page begins."""
    wanted = min(limit, MOST)
    found = sorted((each for each in items if key(each) > after), key=key)
    return found[:wanted], key(found[wanted - 1]) if len(found) > wanted else None


def _seen(keys: Iterable[tuple[int, str]]) -> None:
    """Write down whose data was handed out."""
    named = [f"user:{connection}:{sourced_id}" for connection, sourced_id in keys]
    if named:
        record("roster.listed", keys=named)


def _school(district: int, each: School) -> SchoolShown:
    return SchoolShown(district=district, connection=each.connection, sourced_id=each.sourced_id, name=each.name)


def _teacher(person: Person, each: Listed) -> TeacherShown:
    return TeacherShown(
        person=person.uid,
        connection=each.connection,
        sourced_id=each.sourced_id,
        name=each.name,
        username=each.username,
    )


def _student(each: Student) -> StudentShown:
    return StudentShown(
        person=each.person.uid,
        connection=each.person.connection_id,
        sourced_id=each.person.sourced_id,
        name=each.name,
        grade=each.grade,
        is_guest=each.is_guest,
    )


def _class(each: CurrentClass) -> ClassShown:
    return ClassShown(
        group=each.group.uid,
        kind=each.group.kind,
        name=each.group.name,
        connection=each.group.connection_id,
        class_sourced_id=each.group.class_sourced_id,
        school_sourced_id=each.group.school_sourced_id,
        course=each.course,
        code=each.code,
        period=each.period,
        room=each.room,
        term=each.term,
        grade=each.grade,
        students=each.people,
        is_cover=each.is_cover,
    )


def _lesson(each: Told) -> LessonShown:
    found = each.lesson
    return LessonShown(
        uid=found.uid,
        district=found.district_id,
        group=each.group,
        connection=found.connection_id,
        school_sourced_id=found.school,
        day=found.day,
        started_at=found.started_at,
        ended_at=found.ended_at,
        ended_why=found.ended_why,
        changed_at=found.changed_at,
        teachers=[TeachingShown(person=uid, by=one.by, is_cover=one.is_cover) for uid, one in each.teachings],
    )


def _attendance(each: Attended) -> AttendanceShown:
    row = each.row
    return AttendanceShown(
        person=each.person.uid,
        connection=each.person.connection_id,
        sourced_id=each.person.sourced_id,
        mark=row.mark,
        marked_at=row.marked_at,
        marked_by=each.marked_by,
        is_guest=row.is_guest,
        joined_at=row.joined_at,
        gone_at=row.gone_at,
    )
