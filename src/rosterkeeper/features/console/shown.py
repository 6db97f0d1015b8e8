"""What the pages of a lesson show of it: its class, its school, who teaches it, and how many have which mark."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count

from rosterkeeper.features.console.lessons import Seen
from rosterkeeper.features.console.models.lessons import Lesson, Mark, Teaching
from rosterkeeper.features.console.roll import Child
from rosterkeeper.features.groups.members import people_named
from rosterkeeper.features.groups.naming import class_values
from rosterkeeper.features.people.models import Person
from rosterkeeper.features.roster.listing import school_names


@dataclass(frozen=True, slots=True)
class Teacher:
    """Who teaches a lesson; ``name`` is '' for somebody whom nobody recognised."""

    name: str
    is_cover: bool


def shown_of(seen: Seen) -> dict[str, object]:
    """What every page of the lesson shows; ``school`` is what the layout's head names, None where it is of none."""
    group = seen.group
    school = _school(seen.lesson)
    return {
        "lesson": seen.lesson,
        "group": group,
        "school": {"name": school} if school else None,
        "facts": _facts(seen),
        "teachers": teachers_of([seen.lesson])[seen.lesson.pk],
    }


def parts_of(lesson: Lesson, children: list[Child]) -> dict[str, object]:
    """What the parts of an open lesson's page are made of that change while it is open."""
    counts = counts_of(lesson)
    return {
        "lesson": lesson,
        "children": children,
        "counts": [(value, str(label), counts[value]) for value, label in Mark.choices],
        "unmarked": counts[""],
        "marks": Mark.choices,
        "twins": twins_in(lesson),
    }


def twins_in(lesson: Lesson) -> set[str]:
    """What those of a lesson are ordered by who are called alike: they are shown with their ids."""
    here = Person.objects.filter(pk__in=lesson.attendance.values("person_id"))
    alike = here.values_list("sort_key").annotate(number=Count("id")).filter(number__gt=1)
    return {sort_key for sort_key, _ in alike.order_by()}


def counts_of(lesson: Lesson) -> dict[str, int]:
    """How many of those in the class have each mark, '' for none."""
    rows = lesson.attendance.filter(gone_at=None).values_list("mark").annotate(number=Count("id"))
    return dict.fromkeys(("", *Mark.values), 0) | dict(rows)


def teachers_of(lessons: Collection[Lesson]) -> dict[int, list[Teacher]]:
    """Who started each of the lessons or came to it, by lesson, in that order."""
    rows = list(Teaching.objects.filter(lesson__in=[each.pk for each in lessons]).order_by("began_at", "id"))
    names = people_named(Person.objects.in_bulk({each.person_id for each in rows} - {0}).values())
    made: dict[int, list[Teacher]] = {each.pk: [] for each in lessons}
    for row in rows:
        made[row.lesson_id].append(Teacher(names.get(row.person_id, ("", ""))[0], row.is_cover))
    return made


def _school(lesson: Lesson) -> str:
    return school_names(lesson.connection_id, [lesson.school]).get(lesson.school, "") if lesson.school else ""


def _facts(seen: Seen) -> list[str]:
    """What tells the class from others of its name: code, period, term, grade."""
    if not seen.group.class_sourced_id:
        return []
    values = class_values(seen.group.connection_id, seen.group.class_sourced_id)
    return [told for name in ("code", "period", "term") if (told := values.get(name, ""))]
