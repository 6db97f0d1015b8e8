"""A teacher's classes of today, with what tells two of one title apart: as few queries for thirty as for one.

Current is a class that is live, whose enrollment of the teacher counts today, and of whose terms one is today's; where
the source names no term it knows, the class has no end. Both days of each are included (0088).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rosterkeeper.features.console.reach import Reach, may_teach_each
from rosterkeeper.features.console.schools import School
from rosterkeeper.features.console.who import Visitor
from rosterkeeper.features.groups.members import Place, groups_of
from rosterkeeper.features.groups.models import Group, Part
from rosterkeeper.features.people.fresh import today
from rosterkeeper.features.people.models import Person
from rosterkeeper.features.roster.listing import school_names, strings
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.matching.tables import GroupKind, Member
from rosterkeeper.oneroster.fields import ACADEMIC_SESSIONS, CLASSES, COURSES

# A record: the connection that it comes from, and its sourcedId.
_Key = tuple[int, str]
_CLASS: Final = (
    *("sourced_id", "class_code", "course_sourced_id", "school_sourced_id", "location"),
    *("term_sourced_ids", "periods", "grades"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the roster says of one class; lists are in the source's order, dates YYYY-MM-DD.

    ``terms`` are the titles of its terms of today; ``begins`` is the first day of its next one, '' for none.
    """

    school: _Key
    school_name: str
    course: str
    code: str
    periods: list[str]
    room: str
    grades: list[str]
    terms: list[str]
    begins: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class CurrentClass:
    """A group that can be started, as the New Class page shows it; ``told`` is of each class in it.

    ``place`` says how the teacher came to it: by enrollment, or by hand and until when. ``people`` counts its students
    and guests.
    """

    group: Group
    place: Place
    people: int
    told: Sequence[Told] = ()

    @property
    def is_cover(self) -> bool:
        """Whether somebody put the teacher there by hand, as who covers a class is."""
        return self.place.by_hand and self.group.kind != GroupKind.CUSTOM

    @property
    def course(self) -> str:
        """The titles of its courses."""
        return _joined(each.course for each in self.told)

    @property
    def code(self) -> str:
        """The codes of its classes."""
        return _joined(each.code for each in self.told)

    @property
    def period(self) -> str:
        """When it meets."""
        return _joined(period for each in self.told for period in each.periods)

    @property
    def room(self) -> str:
        """Where it meets."""
        return _joined(each.room for each in self.told)

    @property
    def term(self) -> str:
        """Its terms of today."""
        return _joined(term for each in self.told for term in each.terms)

    @property
    def grade(self) -> str:
        """The grades that it is for."""
        return _joined(grade for each in self.told for grade in each.grades)

    @property
    def school(self) -> str:
        """The names of its schools."""
        return _joined(each.school_name for each in self.told)

    @property
    def tint(self) -> int:
        """Which of the eight colours its icon has: always the same one."""
        return self.group.pk % 8

    @property
    def letters(self) -> str:
        """What stands in its icon: the first letters of its first two words, or of its only one."""
        words = [word for word in self.group.name.split() if word[0].isalpha()] or [self.group.name]
        return "".join(word[0] for word in words[:2]).upper() if len(words) > 1 else words[0][:2]


@dataclass(frozen=True, slots=True)
class Today:
    """A teacher's classes of today by name; of those of another time ``others`` is the number.

    ``begins`` is the first day on which one of them begins, YYYY-MM-DD or ''.
    """

    classes: list[CurrentClass] = field(default_factory=list)
    others: int = 0
    begins: str = ""


def classes_today(visitor: Visitor, teacher: Person, school: School | None) -> Today:
    """The current classes that the teacher teaches and the visitor may start; ``school``: only those of this one.

    A group without a class is of no school, and so of every one.
    """
    day = today(visitor.district).isoformat()
    memberships = {each.group.pk: each for each in groups_of(teacher, day, role=Member.OWNER)}
    is_own = visitor.teacher is not None and visitor.teacher.pk == teacher.pk
    own = {number: each.place for number, each in memberships.items()} if is_own else None
    reach = may_teach_each(visitor, [each.group for each in memberships.values()], own)
    groups = [each.group for each in memberships.values() if reach[each.group.pk] != Reach.NONE]
    keys = _classes_in(groups)
    told = _told_of({key for some in keys.values() for key in some}, day)
    classes, others = list[CurrentClass](), list[str]()
    for group in groups:
        of_group = [told[key] for key in keys[group.pk] if key in told]
        if school and of_group and all(each.school != (school.connection, school.sourced_id) for each in of_group):
            continue
        if of_group and not any(each.is_current for each in of_group):
            others.append(min((each.begins for each in of_group if each.begins), default=""))
            continue
        membership = memberships[group.pk]
        classes.append(CurrentClass(group, membership.place, membership.others, of_group))
    return Today(classes, len(others), min((each for each in others if each), default=""))


def _classes_in(groups: Sequence[Group]) -> dict[int, list[_Key]]:
    """The roster's classes in each of the groups, as (connection, sourcedId), by group."""
    merged = [each.pk for each in groups if each.kind == GroupKind.MERGED]
    pairs = list(Part.objects.filter(group_id__in=merged).values_list("group_id", "part_id")) if merged else []
    parts = Group.objects.in_bulk([part for _, part in pairs]) if pairs else {}
    made = {each.pk: [_class_of(each)] if each.class_sourced_id else [] for each in groups}
    for group, part in pairs:
        if part in parts:
            made[group].append(_class_of(parts[part]))
    return made


def _class_of(group: Group) -> _Key:
    return group.connection_id, group.class_sourced_id


def _told_of(classes: Iterable[_Key], day: str) -> dict[_Key, Told]:
    """What the roster says of the classes on a date."""
    by_connection: dict[int, list[str]] = {}
    for connection, sourced_id in classes:
        by_connection.setdefault(connection, []).append(sourced_id)
    made: dict[_Key, Told] = {}
    for connection, ids in by_connection.items():
        live = LIVE[CLASSES.name]._default_manager.filter(connection_id=connection, sourced_id__in=ids)
        rows = list(live.values(*_CLASS))
        courses = _titles(COURSES.name, connection, {str(row["course_sourced_id"]) for row in rows})
        schools = school_names(connection, {str(row["school_sourced_id"]) for row in rows})
        terms = _terms(connection, {each for row in rows for each in strings(row["term_sourced_ids"])})
        for row in rows:
            mine = [terms[each] for each in strings(row["term_sourced_ids"]) if each in terms]
            school = (connection, row["school_sourced_id"]), schools.get(row["school_sourced_id"], "")
            made[connection, row["sourced_id"]] = _told(row, school, courses, mine, day)
    return made


@dataclass(frozen=True, slots=True)
class _Term:
    title: str
    begins: str
    ends: str


def _told(
    row: Mapping[str, str], school: tuple[_Key, str], courses: Mapping[str, str], terms: Sequence[_Term], day: str
) -> Told:
    now = [each for each in terms if each.begins <= day and (not each.ends or day <= each.ends)]
    later = [each.begins for each in terms if each.begins > day]
    return Told(
        school=school[0],
        school_name=school[1],
        course=courses.get(row["course_sourced_id"], ""),
        code=row["class_code"],
        periods=strings(row["periods"]),
        room=row["location"],
        grades=strings(row["grades"]),
        terms=[each.title for each in sorted(now, key=lambda each: each.begins)],
        begins=min(later, default=""),
        is_current=bool(now) or not terms,
    )


def _titles(entity: str, connection: int, ids: Collection[str]) -> dict[str, str]:
    rows = LIVE[entity]._default_manager.filter(connection_id=connection, sourced_id__in=ids)
    return dict(rows.values_list("sourced_id", "title"))


def _terms(connection: int, ids: Collection[str]) -> dict[str, _Term]:
    """The live sessions among those: one that was removed, or never sent, ends nothing."""
    rows = LIVE[ACADEMIC_SESSIONS.name]._default_manager.filter(
        connection_id=connection, sourced_id__in=ids, status="active"
    )
    return {each: _Term(*more) for each, *more in rows.values_list("sourced_id", "title", "start_date", "end_date")}


def _joined(texts: Iterable[str]) -> str:
    """The texts that are not blank, each once, with commas."""
    return ", ".join(dict.fromkeys(each for each in texts if each))
