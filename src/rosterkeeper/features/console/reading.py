"""What the API tells of the console: teachers of a school, a teacher's classes, a class's students, lessons."""

from collections.abc import Collection
from dataclasses import dataclass

from rosterkeeper.features.console.current import CurrentClass, classes_today
from rosterkeeper.features.console.models.lessons import Attendance, Lesson, Teaching
from rosterkeeper.features.console.teachers_here import TEACHER
from rosterkeeper.features.console.who import By, Visitor
from rosterkeeper.features.groups.members import Member, members_of
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import Person, Record
from rosterkeeper.features.roster.listing import Listed, Wanted, people
from rosterkeeper.features.roster.scope import Scope
from rosterkeeper.matching.tables import Member as Role


@dataclass(frozen=True, slots=True)
class Student:
    """Somebody who learns in a class today."""

    person: Person
    name: str
    grade: str
    is_guest: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A lesson with the uid of its group, and its teachings with the uids of their persons, '' for none."""

    lesson: Lesson
    group: str
    teachings: list[tuple[str, Teaching]]


@dataclass(frozen=True, slots=True)
class Attended:
    """A student in a lesson; ``marked_by`` is a person's uid, '' for none."""

    row: Attendance
    person: Person
    marked_by: str


def teachers_at(
    connection: int, school: str, *, after: str = "", number: int
) -> tuple[list[tuple[Person, Listed]], str | None]:
    """The active teachers of a school whom matching knows, in the order of names; and where the next page begins."""
    wanted = Wanted(connection=connection, school=school, role=TEACHER)
    page = people(Scope(frozenset({(connection, school)})), wanted, after=after, number=number)
    records = Record.objects.filter(connection_id=connection, sourced_id__in=[each.sourced_id for each in page.people])
    numbers = dict(records.values_list("sourced_id", "person_id"))
    persons = Person.objects.in_bulk(numbers.values())
    found = [
        (person, each)
        for each in page.people
        if (person := persons.get(numbers.get(each.sourced_id, 0))) is not None and person.status == "active"
    ]
    return found, page.after or None


def classes_of(teacher: Person) -> list[CurrentClass]:
    """The classes that the teacher could start today, as a console that they have signed in to shows them."""
    as_they = Visitor(
        by=By.PERSON,
        district=teacher.district_id,
        teacher=teacher,
        login="",
        schools=(),
        school=None,
        may_cover=False,
        sees_guardians=False,
        sees_guardians_at_cover=False,
        view="",
        key="",
        is_whole_district=False,
    )
    return classes_today(as_they, teacher, None).classes


def students_of(group: Group) -> list[Student]:
    """The students and guests of a class today."""
    return [_student(each) for each in members_of(group) if each.place.role != Role.OWNER]


def told(lessons: Collection[Lesson]) -> list[Told]:
    """Lessons with what the API tells of them, in the same order."""
    rows = list(Teaching.objects.filter(lesson__in=[each.pk for each in lessons]).order_by("began_at", "id"))
    persons = Person.objects.in_bulk({each.person_id for each in rows} - {0})
    groups = Group.objects.in_bulk({each.group_id for each in lessons})
    made = []
    for lesson in lessons:
        mine = [(_uid(persons, each.person_id), each) for each in rows if each.lesson_id == lesson.pk]
        group = groups.get(lesson.group_id)
        made.append(Told(lesson, group.uid if group else "", mine))
    return made


def attended(lesson: Lesson) -> list[Attended]:
    """Everybody who was in the lesson, by their numbers; who was erased is not among them."""
    rows = list(lesson.attendance.order_by("person_id"))
    persons = Person.objects.in_bulk({each.person_id for each in rows} | {each.marked_by for each in rows} - {0})
    return [
        Attended(each, persons[each.person_id], _uid(persons, each.marked_by))
        for each in rows
        if each.person_id in persons
    ]


def _uid(persons: dict[int, Person], number: int) -> str:
    return persons[number].uid if number in persons else ""


def _student(each: Member) -> Student:
    return Student(each.person, each.name, each.grade, each.place.role == Role.GUEST)
