"""The persons of a district as matching left them: who is whose, who waits for a decision, and what speaks of whom.

Names and e-mail addresses are read from the roster's live records, for the page alone; persons keep none of their own.
"""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from rosterkeeper.features.people.models import Candidate, DirectoryAccount, Person, Record
from rosterkeeper.features.roster.listing import school_names, strings
from rosterkeeper.features.roster.models import LIVE, CatalogPerson
from rosterkeeper.matching.tables import Result
from rosterkeeper.oneroster.fields import USERS

PAGE: Final = 50
_STRETCH: Final = 2_000
_DIGITS: Final = 19
_PATIENCE: Final = 0.05
_SHOWN: Final = (
    *("sourced_id", "given_name", "family_name", "preferred_given_name", "preferred_family_name"),
    *("username", "email", "identifier", "status"),
)


@dataclass(frozen=True, slots=True)
class Speaks:
    """A source record as a page shows it beside an account."""

    connection: int
    sourced_id: str
    name: str
    username: str
    email: str
    identifier: str
    is_removed: bool
    schools: list[str]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Waits:
    """One person of the queue: the leading record, the account linked (None for none), and accounts they might be."""

    person: Person
    record: Speaks
    account: DirectoryAccount | None = None
    candidates: list[tuple[DirectoryAccount, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which persons: of one result, and of kind, reason and school (an org of a connection), '' for any."""

    result: str = Result.UNMATCHED
    kind: str = ""
    reason: str = ""
    connection: int = 0
    school: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the persons; ``after`` as in `listing.Page`, '' on the last."""

    rows: list[Waits] = field(default_factory=list)
    after: str = ""
    is_partial: bool = False


def persons(district: int, wanted: Wanted, *, after: str = "", number: int = PAGE) -> Page:
    """The active persons that are wanted, by kind and in the order of names."""
    every = wanted_persons(district, wanted)
    begins = _read(district, after)
    if not (wanted.reason or wanted.school or wanted.connection):
        rows = list(_behind(every, begins)[: number + 1])
        return Page(waiting(rows[:number]), str(rows[number - 1].pk) if len(rows) > number else "")
    return _looked_through(every, wanted, begins, number)


def wanted_persons(district: int, wanted: Wanted) -> "QuerySet[Person]":
    """The active persons of a result and kind, for which there is an index; `narrowed` looks at the rest."""
    every = Person.objects.filter(district_id=district, result=wanted.result, status="active")
    return every.filter(kind=wanted.kind) if wanted.kind else every


def waiting(rows: Sequence[Person]) -> list[Waits]:
    """Persons with their leading records, their accounts, and whom they might be, in the same order."""
    spoken = speaking([(each.connection_id, each.sourced_id) for each in rows])
    might = list(Candidate.objects.filter(person_id__in=[each.pk for each in rows]).values_list(*_CANDIDATE))
    ids = {each.account_id for each in rows} | {account for _, account, _ in might}
    accounts = DirectoryAccount.objects.in_bulk(ids - {0})
    return [
        Waits(
            each,
            spoken.get((each.connection_id, each.sourced_id)) or _silent(each.connection_id, each.sourced_id),
            accounts.get(each.account_id),
            [(accounts[account], rule) for person, account, rule in might if person == each.pk and account in accounts],
        )
        for each in rows
    ]


_CANDIDATE: Final = ("person_id", "account_id", "rule")


def records_of(person: Person) -> list[Speaks]:
    """Every source record of a person, the leading one first, with what joined it to the others."""
    rows = list(Record.objects.filter(person_id=person.pk).order_by("connection_id", "sourced_id"))
    spoken = speaking([(each.connection_id, each.sourced_id) for each in rows])
    leading = (person.connection_id, person.sourced_id)
    rows.sort(key=lambda each: (each.connection_id, each.sourced_id) != leading)
    return [
        _because(spoken.get(key) or _silent(*key), each.reason)
        for each in rows
        if (key := (each.connection_id, each.sourced_id))
    ]


def speaking(keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], Speaks]:
    """The live or removed records of those (connection, sourcedId) that there are, with their schools' names."""
    wanted: dict[int, set[str]] = {}
    for connection, sourced_id in keys:
        wanted.setdefault(connection, set()).add(sourced_id)
    found = {}
    for connection, ids in wanted.items():
        places = _schools(connection, ids)
        live = LIVE[USERS.name]._default_manager.filter(connection_id=connection, sourced_id__in=ids)
        for row in live.values(*_SHOWN):
            sourced_id = row["sourced_id"]
            given = row["preferred_given_name"] or row["given_name"]
            family = row["preferred_family_name"] or row["family_name"]
            found[connection, sourced_id] = Speaks(
                connection,
                sourced_id,
                f"{given} {family}".strip() or sourced_id,
                row["username"],
                row["email"],
                row["identifier"],
                row["status"] != "active",
                places.get(sourced_id, []),
            )
    return found


def person_of_record(district: int, connection: int, sourced_id: str) -> Person | None:
    """The person whom a source record speaks of; None where nobody was matched yet."""
    row = Record.objects.filter(connection_id=connection, sourced_id=sourced_id, district_id=district).first()
    return Person.objects.filter(pk=row.person_id, district_id=district).first() if row else None


def _schools(connection: int, ids: set[str]) -> dict[str, list[str]]:
    rows = CatalogPerson.objects.filter(connection_id=connection, sourced_id__in=ids)
    told = {row.sourced_id: strings(row.schools) for row in rows}
    names = school_names(connection, {org for orgs in told.values() for org in orgs})
    return {sourced_id: [names.get(org, org) for org in orgs] for sourced_id, orgs in told.items()}


def _silent(connection: int, sourced_id: str) -> Speaks:
    """A record that the roster does not have any more."""
    return Speaks(connection, sourced_id, sourced_id, "", "", "", True, [])


def _because(speaks: Speaks, reason: str) -> Speaks:
    return Speaks(
        speaks.connection,
        speaks.sourced_id,
        speaks.name,
        speaks.username,
        speaks.email,
        speaks.identifier,
        speaks.is_removed,
        speaks.schools,
        reason,
    )


_Place = tuple[str, str, int]


def _looked_through(every: "QuerySet[Person]", wanted: Wanted, begins: _Place | None, number: int) -> Page:
    found: list[Person] = []
    until = time.monotonic() + _PATIENCE
    while True:
        ahead = _behind(every, begins)
        last = ahead[_STRETCH - 1 : _STRETCH].first()
        stretch = ahead if last is None else _up_to(ahead, _place(last))
        found += narrowed(stretch, wanted)[: number + 1 - len(found)]
        if len(found) > number:
            return Page(waiting(found[:number]), str(found[number - 1].pk))
        if last is None:
            return Page(waiting(found))
        begins = _place(last)
        if time.monotonic() > until:
            return Page(waiting(found), str(begins[2]), is_partial=True)


def narrowed(rows: "QuerySet[Person]", wanted: Wanted) -> "QuerySet[Person]":
    """Those of the persons with the reason and of the school."""
    if wanted.reason:
        rows = rows.filter(reason=wanted.reason)
    if wanted.connection:
        rows = rows.filter(connection_id=wanted.connection)
    if wanted.school:
        there = CatalogPerson.objects.filter(
            connection_id=OuterRef("connection_id"),
            sourced_id=OuterRef("sourced_id"),
            schools__contains=json.dumps(wanted.school, ensure_ascii=False),
        )
        rows = rows.filter(Exists(there))
    return rows


def _behind(rows: "QuerySet[Person]", begins: _Place | None) -> "QuerySet[Person]":
    ahead = rows.order_by("kind", "sort_key", "id")
    if begins is None:
        return ahead
    kind, key, number = begins
    here = Q(kind=kind, sort_key=key, id__gt=number) | Q(kind=kind, sort_key__gt=key)
    return ahead.filter(kind__gte=kind).filter(here | Q(kind__gt=kind))


def _up_to(rows: "QuerySet[Person]", place: _Place) -> "QuerySet[Person]":
    kind, key, number = place
    here = Q(kind=kind, sort_key=key, id__lte=number) | Q(kind=kind, sort_key__lt=key)
    return rows.filter(kind__lte=kind).filter(here | Q(kind__lt=kind))


def _place(person: Person) -> _Place:
    return person.kind, person.sort_key, person.pk


def _read(district: int, after: str) -> _Place | None:
    """Where a page begins: behind the person of that number, also one who has left the list since; None for the first.

    A number says nothing about anybody, so that it may stand in an address (decision 51).
    """
    number = int(after) if after.isdecimal() and len(after) < _DIGITS else 0
    found = Person.objects.filter(pk=number, district_id=district).first() if number else None
    return _place(found) if found else None
