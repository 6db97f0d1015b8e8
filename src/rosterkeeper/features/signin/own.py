"""What a person who is signed in sees: their own classes; a parent their children's. Nothing of anybody else's.

All of it is looked up from the person's own records. No address of these pages holds an id that could be changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.connections.dates import today_in
from rosterkeeper.features.groups.members import Membership, groups_of
from rosterkeeper.features.people.models import DirectoryAccount, Family, Person, Record
from rosterkeeper.features.roster.fresh import are_current
from rosterkeeper.features.roster.listing import listed, strings
from rosterkeeper.features.roster.models import LIVE, CatalogPerson, CatalogSeats
from rosterkeeper.features.roster.person import Enrolled
from rosterkeeper.features.roster.person import person as roster_person
from rosterkeeper.features.roster.scope import EVERYTHING
from rosterkeeper.features.signin import sessions
from rosterkeeper.matching.tables import GroupKind, Kind
from rosterkeeper.oneroster.fields import ENROLLMENTS

_STUDENT: Final = "student"
_TEACHER: Final = "teacher"
# More children or classes than any family or pupil has: beyond, the data is at fault.
_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class OwnClass:
    """A class as its member sees it."""

    title: str
    code: str
    school: str
    students: int
    teachers: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Whose:
    """A person and their classes."""

    person: Person
    name: str
    classes: list[OwnClass]


@needs(Right.PERSON)
@never_cache
def me(request: HttpRequest) -> HttpResponse:
    """The page of whoever is signed in."""
    signed_in = sessions.of(request)
    person, today = signed_in.person, today_in(signed_in.person.district_id)
    is_parent = person.kind == Kind.PARENT
    mine = [] if is_parent else _classes(person, today)
    children = list(_children(person, today)) if is_parent else []
    blank = [each.person for each in children if not each.classes] if is_parent else [person] * (not mine)
    waits = _wait(blank)
    if waits and request.headers.get("HX-Request"):
        # The page asks whether there is more by now: nothing is to be read out anew.
        return HttpResponse(status=204)
    shown = {
        "signed_in": signed_in,
        "name": signed_in.account.display_name or f"{signed_in.account.given_name} {signed_in.account.family_name}",
        "kind": person.kind,
        "mine": mine,
        "groups": _groups(person),
        "children": children,
        "waits": waits,
    }
    return render(request, "signin/me.html", shown)


def _groups(person: Person) -> list[Membership]:
    """The groups that are no class of the person's own: merged and custom ones, and classes that they cover."""
    found = groups_of(person)
    return [each for each in found if each.group.kind != GroupKind.CLASS or each.place.by_hand][:_MOST]


def _children(parent: Person, today: date) -> Iterator[Whose]:
    ids = list(
        Family.objects.filter(parent_id=parent.pk, district_id=parent.district_id).values_list("student_id", flat=True)
    )
    rows = Person.objects.filter(pk__in=ids[:_MOST], district_id=parent.district_id, status="active")
    for child in rows.order_by("sort_key", "pk"):
        yield Whose(child, _name(child), _classes(child, today))


def _wait(people: list[Person]) -> bool:
    """Whether those who have no class may have some that only are not looked up yet: their catalog is behind."""
    ids = [each.pk for each in people]
    records = Record.objects.filter(person_id__in=ids, district_id__in={each.district_id for each in people})
    return not are_current(set(records.values_list("connection_id", flat=True)))


def _name(person: Person) -> str:
    account = DirectoryAccount.objects.filter(pk=person.account_id, district_id=person.district_id).first()
    stated = f"{account.given_name} {account.family_name}".strip() if account else ""
    found = roster_person(EVERYTHING, person.connection_id, person.sourced_id) if not stated else None
    return stated or (found.shown.name if found else "")


def _classes(person: Person, today: date) -> list[OwnClass]:
    """The person's classes of today, by title: those they learn in, or of staff those they teach or help in."""
    learns = person.kind == Kind.STUDENT
    made: dict[tuple[int, str], OwnClass] = {}
    for record in Record.objects.filter(person_id=person.pk, district_id=person.district_id)[:_MOST]:
        found = roster_person(EVERYTHING, record.connection_id, record.sourced_id)
        seats = [each for each in found.classes if (each.role == _STUDENT) == learns] if found else []
        taught = [each.taught for each in seats if _is_on(each, today)][:_MOST]
        teachers = _teachers(record.connection_id, [each.sourced_id for each in taught]) if learns else {}
        for each in taught:
            shown = OwnClass(each.title, each.code, each.school_name, each.students, teachers.get(each.sourced_id, []))
            made[each.connection, each.sourced_id] = shown
    return sorted(made.values(), key=lambda each: each.title)[:_MOST]


def _is_on(each: Enrolled, today: date) -> bool:
    """Whether an enrollment is live and its dates, of which blank ones have no end, hold today."""
    now = today.isoformat()
    return each.is_current and each.begins <= now and (not each.ends or now <= each.ends)


def _teachers(connection: int, classes: list[str]) -> dict[str, list[str]]:
    """The names of each class's teachers."""
    held = CatalogSeats.objects.filter(connection_id=connection, sourced_id__in=classes)
    ids = [seat for row in held.values_list("seat_ids", flat=True) for seat in strings(row)]
    seats = LIVE[ENROLLMENTS.name]._default_manager.filter(
        connection_id=connection, sourced_id__in=ids, role=_TEACHER, status="active"
    )
    pairs = list(seats.values_list("class_sourced_id", "user_sourced_id"))
    rows = CatalogPerson.objects.filter(connection_id=connection, sourced_id__in={user for _, user in pairs})
    people = listed(EVERYTHING, connection, list(rows.filter(status="active").order_by("rank")))
    made: dict[str, list[str]] = {}
    for person in people:
        for class_id, user in pairs:
            if user == person.sourced_id:
                made.setdefault(class_id, []).append(person.name)
    return made
