"""A class that a teacher has started, as tests of lessons use it."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from rosterkeeper.features.console.models import Attendance, ConsoleSettings, Lesson
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import Person, Record
from rosterkeeper.features.roster.models import LIVE
from tests.pages.classrooms import Classrooms, record_of
from tests.pages.site import text_of

HTMX = {"HX-Request": "true"}


@dataclass
class Started:
    """A class of the school that its teacher has started at a computer with the school's key.

    ``outsider`` is a student of the school who is not in the class.
    """

    rooms: Classrooms
    client: Client
    group: Group
    lesson: Lesson
    outsider: Person

    @property
    def address(self) -> str:
        """The lesson's page."""
        return f"/console/lessons/{self.lesson.uid}/"

    @property
    def students(self) -> list[Person]:
        """Who learns in the class, in the order of names."""
        self.group.refresh_from_db()
        ids = json.loads(self.group.students)
        return list(Person.objects.filter(pk__in=ids, status="active").order_by("sort_key", "pk"))

    def now(self) -> Lesson:
        """The lesson as it is now."""
        self.lesson.refresh_from_db()
        return self.lesson

    def page(self, client: Client | None = None) -> str:
        """The text of the lesson's page."""
        answer = (client or self.client).get(self.address)
        assert answer.status_code == 200, answer.status_code
        return text_of(answer)

    def mark(self, person: Person | str, mark: str, client: Client | None = None) -> Any:
        """The answer to a click on a mark."""
        uid = person if isinstance(person, str) else person.uid
        return (client or self.client).post(f"{self.address}mark/{uid}/", {"mark": mark}, headers=HTMX)

    def since(self, version: object, client: Client | None = None) -> Any:
        """What has changed since a version."""
        return (client or self.client).get(f"{self.address}since/", {"version": str(version)}, headers=HTMX)

    def marks(self) -> dict[int, str]:
        """What is kept of each student in it."""
        return dict(Attendance.objects.filter(lesson=self.lesson).values_list("person_id", "mark"))


def started(rooms: Classrooms, client: Client | None = None) -> Started:
    """The school's class, started by its teacher; a student of the school is not in it."""
    browser = client or at_computer(rooms, rooms.teacher())
    group = rooms.group()
    if not Lesson.objects.exists():
        enroll(group, *Person.objects.filter(pk__in=json.loads(group.students)[:-1]))
    answer = browser.post("/console/start/", {"group": group.uid})
    assert answer.status_code == 302, answer.status_code
    lesson = Lesson.objects.get(uid=answer["Location"].split("/")[3])
    return Started(rooms, browser, group, lesson, _outsider(rooms))


def at_computer(rooms: Classrooms, person: Person) -> Client:
    """A browser of a computer with the school's key to which the person has logged in."""
    return rooms.came_in(record_of(person)["username"])


def colleague(rooms: Classrooms) -> Person:
    """A teacher of the same school who does not teach the class."""
    schools = _of_school(rooms, "teacher")
    others = Person.objects.filter(pk__in=schools, kind="staff").exclude(pk__in=json.loads(rooms.group().owners))
    return others.order_by("pk")[0]


def pupil_elsewhere(rooms: Classrooms) -> Person:
    """A student of another school."""
    here = _of_school(rooms, "student")
    return Person.objects.filter(kind="student", status="active").exclude(pk__in=here).order_by("pk")[0]


def enroll(group: Group, *persons: Person) -> None:
    """Let the class's students be these, as a matching after a sync does."""
    Group.objects.filter(pk=group.pk).update(students=json.dumps([each.pk for each in persons]))


def take_class_away(group: Group) -> None:
    """Let nobody teach the class any more."""
    Group.objects.filter(pk=group.pk).update(owners="[]")


def settings(rooms: Classrooms, **changed: bool) -> None:
    """Change the district's settings of the console."""
    ConsoleSettings.objects.update_or_create(district_id=rooms.district, defaults=changed)


def _of_school(rooms: Classrooms, role: str) -> set[int]:
    link, org = rooms.school.connection, rooms.school.sourced_id
    rows = LIVE["roles"]._default_manager.filter(connection_id=link, org_sourced_id=org, role=role, status="active")
    users = set(rows.values_list("user_sourced_id", flat=True))
    return set(Record.objects.filter(connection_id=link, sourced_id__in=users).values_list("person_id", flat=True))


def _outsider(rooms: Classrooms) -> Person:
    here = _of_school(rooms, "student")
    ids = json.loads(rooms.group().students)
    return Person.objects.filter(kind="student", status="active", pk__in=here).exclude(pk__in=ids).order_by("pk")[0]
