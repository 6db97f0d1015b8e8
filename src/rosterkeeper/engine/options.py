"""The options of a connection: what of a source's roster is taken over. Plain values, as a job carries them.

A kind that is switched off is frozen: its live rows stay as they are, neither updated nor removed. An exclusion or a
filter leaves records out, and removes the live ones. `OPTIONS` says each option once; the docs are made of it.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

import msgspec

from rosterkeeper.oneroster.fields import CLASSES, COURSES, DEMOGRAPHICS, ENROLLMENTS, ORGS, ROLES, USER_PROFILES, USERS
from rosterkeeper.oneroster.vocabulary import USER_ROLE

FAMILY_ROLES: Final = ("guardian", "parent", "relative")
KNOWN_ROLES: Final = USER_ROLE.words
BUILDINGS: Final = "buildings"
PEOPLE: Final = "users"
PARTS: Final = (BUILDINGS, PEOPLE)

_CLASSROOMS: Final = frozenset({COURSES.name, CLASSES.name, ENROLLMENTS.name})
# Whose enrollment has ended can be told of these alone.
_DATED: Final = frozenset({"academicSessions", CLASSES.name, ENROLLMENTS.name})
_OF_PART: Final = {
    BUILDINGS: frozenset({ORGS.name}),
    PEOPLE: frozenset({USERS.name, USER_PROFILES.name, ROLES.name, DEMOGRAPHICS.name}),
}


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection takes over; the defaults are those of a new connection.

    ``excluded_schools`` are sourcedIds of orgs. Empty ``grades`` or ``roles`` mean all of them. ``relationships`` are
    the family roles that are taken while ``parents`` is on; the days widen each session while
    ``respect_academic_sessions`` is on.
    """

    classrooms: bool = True
    students: bool = True
    staff: bool = True
    parents: bool = False
    relationships: tuple[str, ...] = FAMILY_ROLES
    all_parents: bool = False
    demographics: bool = False
    excluded_schools: tuple[str, ...] = ()
    respect_enrolment_date: bool = False
    respect_academic_sessions: bool = False
    days_before: int = 0
    days_after: int = 0
    grades: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    @property
    def goes_by_date(self) -> bool:
        """Whether the same source comes to something else on another day."""
        return self.respect_enrolment_date or self.respect_academic_sessions

    @property
    def hides(self) -> bool:
        """Whether people or classes that the source has told before may be missing from the live roster."""
        filters = (*self.excluded_schools, *self.grades, *self.roles)
        narrowed = self.parents and set(self.relationships) != set(FAMILY_ROLES)
        return bool(filters or narrowed or self.goes_by_date or not (self.students and self.staff))

    @property
    def removes_people(self) -> bool:
        """Whether a person whom the source goes on telling may have been removed."""
        return self.hides or (self.parents and not self.all_parents)

    @property
    def fingerprint(self) -> str:
        """A short text, equal for equal options."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """The options as one run applies them.

    ``only`` narrows the run to one of `PARTS`; '' is all of it. ``changed`` says that the roster was last made with
    other options, ``confirmed`` that somebody has agreed to what the change removes. ``additions_only``: nothing that
    is live is changed or removed (`additions.py`).
    """

    options: Options
    only: str = ""
    changed: bool = False
    confirmed: bool = False
    additions_only: bool = False

    def takes(self, entity: str) -> bool:
        """Whether the run may change the entity's rows; where not, they are frozen."""
        if self.only and entity not in _OF_PART[self.only]:
            return False
        if entity == DEMOGRAPHICS.name:
            return self.options.demographics
        return entity not in _CLASSROOMS or self.options.classrooms

    def needs(self, entity: str) -> bool:
        """Whether the run must read the entity, be it only to judge others by."""
        judges = self.options.respect_enrolment_date and self.only != BUILDINGS and entity in _DATED
        return judges or self.takes(entity)

    def print_on(self, today: str) -> str:
        """What, beside a source's bytes, the roster is made of: the options, the part, and the day where it counts."""
        day = today if self.options.goes_by_date else ""
        return f"{self.options.fingerprint}:{self.only}:{day}"


class ByOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the options did in a run.

    ``left_out``: by finding code and entity, how many of the source's records; ``removed``: by entity, how many live
    rows go on their account; ``changed``: whether the options are others than those the roster was made with;
    ``settled``: whether the pull was a full one, after which the roster is as the options say. ``additions_only``:
    whether the run only added; ``put_off`` is then, by entity, how many records it did not ``update`` or ``remove``.
    """

    left_out: dict[str, dict[str, int]] = {}
    removed: dict[str, int] = {}
    changed: bool = False
    settled: bool = False
    additions_only: bool = False
    put_off: dict[str, dict[str, int]] = {}


@dataclass(frozen=True, slots=True)
class Option:
    """One option in plain words: its label in the guides, what it does to rows, and the requirements it meets.

    ``empty`` is what an empty list of it means.
    """

    name: str
    label: str
    does: str
    ids: tuple[str, ...] = ()
    empty: str = "none"

    def in_words(self, options: Options) -> str:
        """The option's value as an administrator reads it."""
        value: bool | int | tuple[str, ...] = getattr(options, self.name)
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, tuple):
            return ", ".join(value) or self.empty
        return str(value)


OPTIONS: Final = (
    Option(
        "classrooms",
        "Sync Classroom Data",
        "Courses, classes and enrollments are taken over. Off: they are frozen.",
        ("L17", "R09"),
    ),
    Option(
        "students",
        "Students",
        "People whose only role is student, and what is theirs, are taken over. Off: they are frozen.",
        ("M20",),
    ),
    Option(
        "staff",
        "Staff",
        "People with a role other than student and parent are taken over. Off: they are frozen.",
        ("M21",),
    ),
    Option(
        "parents",
        "Sync Parent Data",
        "People whose only roles are guardian, parent or relative are taken over, if they have an e-mail address and"
        " are linked to a student who is taken over, or name somebody of the district's other connections; the others"
        " are left out. Off: they are frozen.",
        ("L20", "R05", "R12", "M27"),
    ),
    Option(
        "relationships",
        "Relationship Type",
        "Of the family roles, only these are taken over while parents are on; the others are left out.",
        ("R12",),
    ),
    Option(
        "all_parents",
        "All parents",
        "Parents without an e-mail address, or without a link to a student, are taken over too, while parents are on.",
    ),
    Option(
        "demographics",
        "Demographics",
        "Birth dates, sex, race and the like are taken over. Off: they are not read, and those there are stay frozen.",
    ),
    Option(
        "excluded_schools",
        "Exclude Schools",
        "The school stays listed; its courses, classes, enrollments and roles are left out, and so is who has no role"
        " elsewhere. A school that is new is included.",
        ("L29", "L30", "L31", "L32", "R19"),
    ),
    Option(
        "respect_enrolment_date",
        "Respect Enrolment Date",
        "A student who has enrollments, each of which has ended or has not begun, is left out with all that is theirs."
        " The first day counts, the end date itself does not; a blank date never ends or begins.",
        ("L18", "R10"),
    ),
    Option(
        "respect_academic_sessions",
        "Respect Academic Sessions",
        "A class none of whose sessions is current is left out with its enrollments. Between two sessions the last"
        " one stays current; a class without a known session is taken over.",
        ("L19", "R11"),
    ),
    Option(
        "days_before",
        "Days before",
        "A session counts as current so many days before it begins, while academic sessions are respected.",
        ("L19",),
    ),
    Option(
        "days_after",
        "Days after",
        "A session counts as current so many days after it has ended, while academic sessions are respected.",
        ("L19",),
    ),
    Option(
        "grades",
        "Grades",
        "A person who is a student only, and whose grades are known and none of these, is left out. 9 and 09 are one.",
        empty="all",
    ),
    Option(
        "roles",
        "Roles",
        "Roles other than these are left out, and so is who has no other.",
        empty="all",
    ),
)

_SWITCHES: Final = ("classrooms", "students", "staff", "parents", "demographics")


def switched_off(options: Options) -> tuple[str, ...]:
    """The labels of the kinds of records that are switched off, in the order of `OPTIONS`."""
    return tuple(each.label for each in OPTIONS if each.name in _SWITCHES and not getattr(options, each.name))
