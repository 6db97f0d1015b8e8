"""The parents of a district's students: whose parents they are, both ways, and whether they have an account.

Only those that a sync took over are here: whoever was left out (see left_out.py) is nobody's parent and has no access.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from rosterkeeper.engine.options import FAMILY_ROLES
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.people.models import DirectoryAccount, Family, Person, Record
from rosterkeeper.features.people.queue import Speaks, speaking
from rosterkeeper.features.roster import listing as roster
from rosterkeeper.features.roster.scope import Scope
from rosterkeeper.matching.tables import Kind, Result, Status

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Relative:
    """One end of a family: the person, their leading record, and the relationship of the parent to the student."""

    person: Person
    record: Speaks
    relationship: str


@dataclass(frozen=True, slots=True)
class Parent:
    """A parent with their children and their account (None: none, and so no access to what parents are for)."""

    person: Person
    record: Speaks
    children: list[Relative] = field(default_factory=list)
    account: DirectoryAccount | None = None

    @property
    def has_access(self) -> bool:
        """Whether there is an account that may be used."""
        return self.account is not None and self.account.status == Status.ACTIVE


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which parents: what was typed ('' for all), and of which kind of people: parents alone, or staff who are too."""

    text: str = ""
    kind: str = Kind.PARENT


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the parents; ``after`` is where the next page begins, '' on the last. ``is_partial``: more were found."""

    rows: list[Parent] = field(default_factory=list)
    after: str = ""
    is_partial: bool = False


def parents(district: int, wanted: Wanted, *, after: str = "", number: int = PAGE) -> Page:
    """The district's parents in the order of names, or those of whom something begins with what was typed."""
    if wanted.text.strip():
        found = _searched(district, wanted.text)
        return Page(told(found[:number]), "", len(found) > number)
    place = _read(after)
    rows: list[Person] = []
    for result in Result:
        # Of each result apart, as the index has them, and never more than a page.
        rows += _behind(district, result, wanted.kind, place)[: number + 1]
    rows.sort(key=lambda each: (each.sort_key, each.pk))
    more = json.dumps([rows[number - 1].sort_key, rows[number - 1].pk]) if len(rows) > number else ""
    return Page(told(rows[:number]), more)


def told(persons: Sequence[Person]) -> list[Parent]:
    """Parents with their records, children and accounts, in the same order; a fixed number of queries."""
    links = list(Family.objects.filter(parent_id__in=[each.pk for each in persons]).order_by("parent_id", "student_id"))
    children = Person.objects.in_bulk({each.student_id for each in links})
    spoken = speaking([(each.connection_id, each.sourced_id) for each in (*persons, *children.values())])
    accounts = DirectoryAccount.objects.in_bulk({each.account_id for each in persons} - {0})
    of: dict[int, list[Relative]] = {}
    for link in links:
        if (child := children.get(link.student_id)) is not None:
            of.setdefault(link.parent_id, []).append(Relative(child, _record(spoken, child), link.relationship))
    return [Parent(each, _record(spoken, each), of.get(each.pk, []), accounts.get(each.account_id)) for each in persons]


def parents_of(student: Person) -> list[Relative]:
    """Who is a parent of the student."""
    return _relatives({link.parent_id: link.relationship for link in Family.objects.filter(student_id=student.pk)})


def children_of(parent: Person) -> list[Relative]:
    """Whose parent somebody is."""
    return _relatives({link.student_id: link.relationship for link in Family.objects.filter(parent_id=parent.pk)})


def _relatives(words: dict[int, str]) -> list[Relative]:
    persons = sorted(Person.objects.in_bulk(words).values(), key=lambda each: (each.sort_key, each.pk))
    spoken = speaking([(each.connection_id, each.sourced_id) for each in persons])
    return [Relative(each, _record(spoken, each), words[each.pk]) for each in persons]


def _behind(district: int, result: str, kind: str, place: tuple[str, int]) -> "QuerySet[Person]":
    """The active persons of one result and kind behind a place; of staff and students those alone who are parents."""
    rows = Person.objects.filter(district_id=district, result=result, kind=kind, status="active")
    if kind != Kind.PARENT:
        rows = rows.filter(Exists(Family.objects.filter(parent_id=OuterRef("pk"))))
    key, number = place
    # The first condition is what the index is searched by.
    ahead = rows.filter(sort_key__gte=key).filter(Q(sort_key__gt=key) | Q(id__gt=number)) if number else rows
    return ahead.order_by("sort_key", "id")


def _searched(district: int, text: str) -> list[Person]:
    """Parents of whose live records something begins with the text; staff and students with a family role, too."""
    connections = frozenset(Connection.objects.filter(district_id=district).values_list("id", flat=True))
    if not connections:
        return []
    scope = Scope(None, connections)
    keys = {
        (each.connection, each.sourced_id)
        for role in FAMILY_ROLES
        for each in roster.people(scope, roster.Wanted(text, role=role)).people
    }
    rows = Record.objects.filter(district_id=district, sourced_id__in={sourced_id for _, sourced_id in keys})
    ids = {each.person_id for each in rows if (each.connection_id, each.sourced_id) in keys}
    return sorted(Person.objects.in_bulk(ids).values(), key=lambda each: (each.sort_key, each.pk))


def _record(spoken: dict[tuple[int, str], Speaks], person: Person) -> Speaks:
    key = (person.connection_id, person.sourced_id)
    return spoken.get(key) or Speaks(*key, person.sourced_id, "", "", "", True, [])


def _read(after: str) -> tuple[str, int]:
    """Where a page begins; what is not of our making begins at the first."""
    try:
        key, number = json.loads(after)
    except (ValueError, TypeError):
        return "", 0
    return (key, number) if isinstance(key, str) and isinstance(number, int) else ("", 0)
