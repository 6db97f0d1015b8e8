"""The "Teacher username" drop-down: the active teachers of a school, found as one types (N29).

They are looked up in the roster's catalog, in the order of names; somebody whom matching has not seen yet comes within
seconds after the sync.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.http import Http404

from rosterkeeper.features.console.schools import School
from rosterkeeper.features.console.teachers_here import FAMILY, TEACHER, teaches_in, works_in
from rosterkeeper.features.console.who import Visitor
from rosterkeeper.features.people.models import Person, Record
from rosterkeeper.features.roster.listing import Listed, Wanted, people
from rosterkeeper.features.roster.models import LIVE, CatalogPerson
from rosterkeeper.features.roster.scope import Scope
from rosterkeeper.oneroster.fields import USERS

# Teachers that the drop-down shows at once.
SHOWN: Final = 20
# A search that names more schools than this takes longer than one of the whole connection that is sifted after.
_NAMED: Final = 20
# Pages of the roster that are sifted at most: beyond, more is to be typed.
_PAGES: Final = 3
_NAMES: Final = (
    *("connection_id", "sourced_id", "given_name", "family_name", "preferred_given_name", "preferred_family_name"),
    "username",
)


@dataclass(frozen=True, slots=True)
class Teacher:
    """A teacher as the drop-down shows one; ``schools`` are the names of those that the visitor may choose among."""

    uid: str
    name: str
    username: str
    schools: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The teacher in one line."""
        return f"{self.name} ({self.username})" if self.username else self.name


@dataclass(frozen=True, slots=True)
class Found:
    """The first of the teachers that were found; ``has_more``: letters are to be added to see the others."""

    teachers: list[Teacher] = field(default_factory=list)
    has_more: bool = False


def teachers_found(visitor: Visitor, school: School | None, text: str) -> Found:
    """The active teachers of the school (None: all of the visitor's) of whom something begins with what was typed."""
    among = (school,) if school else visitor.schools
    scope, wanted = _scope(among), Wanted(text, role=TEACHER)
    found, after = dict[str, Teacher](), ""
    for _ in range(_PAGES):
        page = people(scope, wanted, after=after, number=SHOWN + 1)
        for each in _teachers(visitor, among, page.people):
            # Two records of one person are one teacher.
            found.setdefault(each.uid, each)
        after = page.after
        if len(found) > SHOWN or not after:
            break
    return Found(list(found.values())[:SHOWN], len(found) > SHOWN or bool(after))


def teacher_of(visitor: Visitor, uid: str) -> Person:
    """The teacher of that uid, where the visitor may choose them; Http404 for anybody else."""
    if visitor.teacher is not None and visitor.teacher.uid == uid:
        return visitor.teacher
    person = Person.objects.filter(uid=uid, district_id=visitor.district).first() if visitor.may_cover else None
    if person is None or not teaches_in(person, visitor.schools):
        raise Http404
    return person


def named(person: Person) -> Teacher:
    """The teacher with the name and username that the roster has of them."""
    live = LIVE[USERS.name]._default_manager.filter(connection_id=person.connection_id, sourced_id=person.sourced_id)
    row = live.values(*_NAMES).first()
    if row is None:
        return Teacher(person.uid, person.sourced_id, "")
    given, family = (row[f"preferred_{each}"] or row[each] for each in ("given_name", "family_name"))
    return Teacher(person.uid, f"{given} {family}".strip() or row["username"] or person.sourced_id, row["username"])


def _scope(among: Collection[School]) -> Scope:
    if len(among) > _NAMED:
        return Scope(None, frozenset(each.connection for each in among))
    return Scope(frozenset((each.connection, each.sourced_id) for each in among))


def _teachers(visitor: Visitor, among: Collection[School], listed: Sequence[Listed]) -> list[Teacher]:
    """Those of the listed who are of the schools and whom matching knows, in the same order."""
    names = {(each.connection, each.sourced_id): each.name for each in among}
    persons = _persons(visitor.district, listed)
    made = []
    for each in listed:
        schools = [names[key] for org in _works_in(each) if (key := (each.connection, org)) in names]
        uid = persons.get((each.connection, each.sourced_id))
        if schools and uid:
            made.append(Teacher(uid, each.name, each.username, tuple(schools)))
    return made


def _works_in(each: Listed) -> Collection[str]:
    """The orgs of the listed in which they do not merely have a child."""
    if FAMILY.isdisjoint(each.roles):
        return each.schools
    theirs = works_in(CatalogPerson.objects.get(connection_id=each.connection, sourced_id=each.sourced_id))
    return [org for org in each.schools if org in theirs]


def _persons(district: int, listed: Sequence[Listed]) -> dict[tuple[int, str], str]:
    """The uid of each listed record's person, of those who have not left."""
    rows = [
        row
        for connection in {each.connection for each in listed}
        for row in Record.objects.filter(
            connection_id=connection,
            sourced_id__in=[each.sourced_id for each in listed if each.connection == connection],
        ).values_list("connection_id", "sourced_id", "person_id")
    ]
    # By their numbers alone: told the district, too, SQLite would go through all of its people.
    known = Person.objects.in_bulk({row[2] for row in rows})
    return {
        (connection, sourced_id): person.uid
        for connection, sourced_id, number in rows
        if (person := known.get(number)) and person.district_id == district and person.status == "active"
    }
