"""Who is in a group on a date, and in which groups somebody is: the roster's members, the parts', and those by hand.

Resolved when it is asked, in a handful of queries whatever the number: what a class's group has stored holds until its
next date, and for other dates its enrollments are read.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.db.models import Q, QuerySet

from rosterkeeper.features.groups.models import Extra, Group, Part
from rosterkeeper.features.groups.seats import classes_of, members, seats_of
from rosterkeeper.features.groups.waiting import Why, nearest, why
from rosterkeeper.features.people.fresh import today
from rosterkeeper.features.people.models import DirectoryAccount, Person
from rosterkeeper.features.roster.listing import strings
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.matching.tables import GroupKind
from rosterkeeper.matching.tables import Member as Role
from rosterkeeper.oneroster.fields import USERS

# Whoever is several things in a group is the first of them.
_ORDER: Final = (Role.OWNER, Role.STUDENT, Role.GUEST)
_NAMES: Final = (
    *("sourced_id", "given_name", "family_name", "preferred_given_name", "preferred_family_name", "grades"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """That a person is in a group: as what, since and until when where it was said by hand, and through which part."""

    role: Role
    by_hand: bool = False
    from_on: str = ""
    until_on: str = ""
    part: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a group; ``stands`` says whether they have an active account."""

    person: Person
    place: Place
    name: str
    grade: str
    account: DirectoryAccount | None

    @property
    def stands(self) -> Why:
        """How they stand to having an account."""
        return why(self.person, self.account)


@dataclass(frozen=True, slots=True)
class Membership:
    """A group that somebody is in; ``others`` counts who is in it without owning it."""

    group: Group
    place: Place
    others: int = 0


def members_of(group: Group, on: str = "") -> list[Member]:
    """Everybody in the group on a date (YYYY-MM-DD, '' for today): owners first, each in the order of names."""
    places = places_in([group], on)[group.pk]
    return _named(places)


def owners_of(groups: Collection[Group], on: str = "") -> dict[int, list[Member]]:
    """The owners of each of the groups on a date, by group."""
    return {key: owners for key, (owners, _) in owned(groups, on).items()}


def owned(groups: Collection[Group], on: str = "") -> dict[int, tuple[list[Member], int]]:
    """The owners of each of the groups on a date, and how many others are in it, by group."""
    every = places_in(groups, on)
    named = {
        member.person.pk: member
        for member in _named({p: place for each in every.values() for p, place in each.items() if _owns(place)})
    }
    made = {}
    for key, places in every.items():
        mine = [person for person, place in places.items() if _owns(place)]
        owners = [replace(named[each], place=places[each]) for each in mine if each in named]
        made[key] = sorted(owners, key=lambda each: (each.person.sort_key, each.person.pk)), len(places) - len(mine)
    return made


def stands(group: Group, on: str = "") -> Why:
    """Whether the group waits for a teacher, and why; ``ready`` where it does not."""
    return nearest([owner.stands for owner in owners_of([group], on)[group.pk]])


def groups_of(person: Person, on: str = "", *, role: Role | None = None) -> list[Membership]:
    """The active groups in which a person is on a date, by name; ``role`` owner: those that a teacher sees (S03)."""
    day = on or today(person.district_id).isoformat()
    found = {group.pk: group for group in _class_groups(classes_of(person.pk))}
    extras = _extras_on(day).filter(person_id=person.pk).values_list("group_id", flat=True)
    found |= Group.objects.filter(status="active").in_bulk(list(extras))
    merged = Part.objects.filter(part_id__in=list(found)).values_list("group_id", flat=True)
    found |= Group.objects.filter(status="active").in_bulk(list(merged))
    places = places_in(list(found.values()), day)
    made = [
        Membership(group, places[key][person.pk], sum(not _owns(each) for each in places[key].values()))
        for key, group in found.items()
        if person.pk in places[key]
    ]
    wanted = [each for each in made if role is None or each.place.role == role]
    return sorted(wanted, key=lambda each: (each.group.sort_key, each.group.pk))


def places_in(groups: Collection[Group], on: str = "") -> dict[int, dict[int, Place]]:
    """Who is in each of the groups on a date: by group, by person; '' is today, in each group's district."""
    days = {number: today(number).isoformat() for number in {each.district_id for each in groups}}
    if on:
        return _places(groups, on, days)
    by_day: dict[str, list[Group]] = {}
    for each in groups:
        by_day.setdefault(days[each.district_id], []).append(each)
    return {number: places for day, some in by_day.items() for number, places in _places(some, day, days).items()}


def _places(groups: Collection[Group], day: str, days: Mapping[int, str]) -> dict[int, dict[int, Place]]:
    """The same on a date; ``days`` is today in each district. A part is of its group's district."""
    parts: dict[int, list[int]] = {}
    merged = [each.pk for each in groups if each.kind == GroupKind.MERGED]
    for group_id, part_id in Part.objects.filter(group_id__in=merged).values_list(*_PART):
        parts.setdefault(group_id, []).append(part_id)
    missing = {each for some in parts.values() for each in some} - {each.pk for each in groups}
    every = {each.pk: each for each in groups} | Group.objects.in_bulk(list(missing))
    classes = [each for each in every.values() if each.kind == GroupKind.CLASS and each.status == "active"]
    own = _rostered(classes, day, days)
    by_hand: dict[int, dict[int, Place]] = {}
    for each in _extras_on(day).filter(group_id__in=list(every)):
        place = Place(Role(each.role), True, each.from_on, each.until_on)
        _put(by_hand.setdefault(each.group_id, {}), each.person_id, place)
    made = {}
    for group in groups:
        places: dict[int, Place] = {}
        for number in (group.pk, *parts.get(group.pk, [])):
            for source in (own, by_hand):
                for person, place in source.get(number, {}).items():
                    _put(places, person, place if number == group.pk else _through(place, number))
        made[group.pk] = places
    return made


_PART: Final = ("group_id", "part_id")


def people_named(persons: Iterable[Person]) -> dict[int, tuple[str, str]]:
    """Name and grade of persons as the roster has them, by person; those whose record is gone are not among them."""
    wanted: dict[int, dict[str, int]] = {}
    for each in persons:
        wanted.setdefault(each.connection_id, {})[each.sourced_id] = each.pk
    named = {}
    for connection, ids in wanted.items():
        live = LIVE[USERS.name]._default_manager.filter(connection_id=connection, sourced_id__in=list(ids))
        for row in live.values(*_NAMES):
            given = row["preferred_given_name"] or row["given_name"]
            family = row["preferred_family_name"] or row["family_name"]
            name = f"{given} {family}".strip() or row["sourced_id"]
            named[ids[row["sourced_id"]]] = name, ", ".join(strings(row["grades"]))
    return named


def _rostered(groups: Sequence[Group], day: str, days: Mapping[int, str]) -> dict[int, dict[int, Place]]:
    """The members that the roster gives class groups on a date."""
    others: dict[int, dict[str, int]] = {}
    made: dict[int, dict[int, Place]] = {}
    for group in groups:
        if day >= days[group.district_id] and (not group.next_on or day < group.next_on):
            made[group.pk] = _placed(json.loads(group.owners), json.loads(group.students))
        else:
            others.setdefault(group.connection_id, {})[group.class_sourced_id] = group.pk
    for connection, classes in others.items():
        for class_id, seats in seats_of(connection, classes).items():
            made[classes[class_id]] = _placed(*members(seats, day))
    return made


def _placed(owners: Iterable[int], students: Iterable[int]) -> dict[int, Place]:
    return dict.fromkeys(students, Place(Role.STUDENT)) | dict.fromkeys(owners, Place(Role.OWNER))


def _owns(place: Place) -> bool:
    return place.role == Role.OWNER


def _put(places: dict[int, Place], person: int, place: Place) -> None:
    known = places.get(person)
    if known is None or _ORDER.index(place.role) < _ORDER.index(known.role):
        places[person] = place


def _through(place: Place, part: int) -> Place:
    return Place(place.role, place.by_hand, place.from_on, place.until_on, part)


def _extras_on(day: str) -> "QuerySet[Extra]":
    begun, lasts = Q(from_on="") | Q(from_on__lte=day), Q(until_on="") | Q(until_on__gte=day)
    return Extra.objects.filter(begun, lasts)


def _class_groups(classes: Mapping[int, Collection[str]]) -> list[Group]:
    # The index of classes leaves out groups without one: only who says so, too, is answered by it.
    of_class = Group.objects.filter(status="active").exclude(class_sourced_id="")
    return [
        group
        for connection, ids in classes.items()
        for group in of_class.filter(connection_id=connection, class_sourced_id__in=ids)
    ]


def _named(places: Mapping[int, Place]) -> list[Member]:
    """Members with what a page shows of them; who has left is no member."""
    ids = list(places)
    persons = {each.pk: each for each in Person.objects.filter(pk__in=ids, status="active")}
    names = people_named(persons.values())
    accounts = DirectoryAccount.objects.in_bulk([each.account_id for each in persons.values() if each.account_id])
    made = [
        Member(each, places[each.pk], *names.get(each.pk, (each.sourced_id, "")), accounts.get(each.account_id))
        for each in persons.values()
    ]
    return sorted(made, key=lambda each: (_ORDER.index(each.place.role), each.person.sort_key, each.person.pk))
