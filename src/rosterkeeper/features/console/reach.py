"""Which groups a visitor may teach: the one rule for the New Class page, a started class and everything in it.

| reach | when |
|---|---|
| own | the visitor's teacher owns it now: by an enrollment, primary or not, or put in by hand |
| cover | the district and the computer allow cover, and it is of the visitor's schools |
| none | everything else; an unknown id and a foreign one are told alike |

By a key only what is of the key's schools counts, whoever owns it. A merged group is of a school where all its parts
are of it. A custom group is of no school: a school's key opens one for its owner where nobody in it is another school's
(`custom`), and nobody covers it.

Of a class that is over nothing can be started; its lessons stay with those who owned it at its end (`may_look_back`).
"""

import json
from collections.abc import Collection, Mapping
from enum import StrEnum

from django.http import Http404

from rosterkeeper.features.console.custom import of_schools
from rosterkeeper.features.console.who import By, Visitor
from rosterkeeper.features.groups.members import Place, places_in
from rosterkeeper.features.groups.models import Group, Part
from rosterkeeper.matching.tables import GroupKind, Member


class Reach(StrEnum):
    """As whose class a visitor may start a group."""

    NONE = "none"
    OWN = "own"
    COVER = "cover"


def may_teach(visitor: Visitor, group: Group, places: Mapping[int, Place] | None = None) -> Reach:
    """As whose class the visitor may start the group; ``places`` is who is in it today, where that is known."""
    own = None if places is None else _own(visitor, {group.pk: places})
    return may_teach_each(visitor, [group], own)[group.pk]


def may_teach_each(
    visitor: Visitor, groups: Collection[Group], own: Mapping[int, Place] | None = None
) -> dict[int, Reach]:
    """As whose class the visitor may start each of the groups, by group, in a handful of queries.

    ``own`` are the places of the visitor's teacher in them, where these have just been looked up.
    """
    live = [each for each in groups if each.status == "active"]
    own = _own(visitor, places_in(live)) if own is None else own
    return {each.pk: Reach.NONE for each in groups} | _judged(visitor, live, own)


def may_look_back(visitor: Visitor, groups: Collection[Group]) -> dict[int, Reach]:
    """As whose class the visitor may see what was in each of the groups: as now, and as at its end where it is over."""
    own = _own(visitor, places_in(groups))
    last = dict.fromkeys(_owned_last(visitor, groups) - own.keys(), Place(Member.OWNER))
    return _judged(visitor, groups, own | last)


def _judged(visitor: Visitor, groups: Collection[Group], own: Mapping[int, Place]) -> dict[int, Reach]:
    made = {each.pk: Reach.NONE for each in groups}
    mine = [each for each in groups if each.district_id == visitor.district]
    here = _within(visitor, mine)
    open_to_key = _custom(visitor, mine)
    for group in mine:
        place = own.get(group.pk)
        owns = place is not None and place.role == Member.OWNER
        if owns and (visitor.by == By.PERSON or group.pk in here or group.pk in open_to_key):
            made[group.pk] = Reach.OWN
        elif visitor.may_cover and group.pk in here:
            made[group.pk] = Reach.COVER
    return made


def group_for(visitor: Visitor, uid: str) -> tuple[Group, Reach]:
    """The group of that uid and as whose class it may be started; Http404 where it is unknown or out of reach."""
    group = Group.objects.filter(uid=uid, district_id=visitor.district).first()
    reach = may_teach(visitor, group) if group else Reach.NONE
    if group is None or reach == Reach.NONE:
        raise Http404
    return group, reach


def _own(visitor: Visitor, places: Mapping[int, Mapping[int, Place]]) -> dict[int, Place]:
    """The places of the visitor's teacher in groups, by group."""
    number = visitor.teacher.pk if visitor.teacher else 0
    return {group: each[number] for group, each in places.items() if number in each}


def _owned_last(visitor: Visitor, groups: Collection[Group]) -> set[int]:
    """Those of the groups that are of classes that are over, and that the visitor's teacher owned at the end."""
    number = visitor.teacher.pk if visitor.teacher else 0
    return {
        group
        for group, of in _classes(groups).items()
        # A class's group that is over keeps whom it had.
        if any(each and each.status != "active" and number in json.loads(each.owners) for each in of)
    }


def _within(visitor: Visitor, groups: Collection[Group]) -> set[int]:
    """Those of the groups that are of the visitor's schools."""
    schools = {(each.connection, each.sourced_id) for each in visitor.schools}
    return {
        group
        for group, of in _classes(groups).items()
        if of and all(each is not None and (each.connection_id, each.school_sourced_id) in schools for each in of)
    }


def _classes(groups: Collection[Group]) -> dict[int, list[Group | None]]:
    """The groups that each of the groups is made of: a merged one of its parts, any other of itself."""
    parts: dict[int, list[int]] = {}
    merged = [each.pk for each in groups if each.kind == GroupKind.MERGED]
    for group_id, part_id in Part.objects.filter(group_id__in=merged).values_list("group_id", "part_id"):
        parts.setdefault(group_id, []).append(part_id)
    every = Group.objects.in_bulk([each for some in parts.values() for each in some])
    return {
        group.pk: [every.get(each) for each in parts.get(group.pk, [])] if group.kind == GroupKind.MERGED else [group]
        for group in groups
    }


def _custom(visitor: Visitor, groups: Collection[Group]) -> set[int]:
    """Those of the groups that are custom ones and that a key opens for their owners."""
    custom = [each for each in groups if each.kind == GroupKind.CUSTOM]
    if visitor.is_whole_district:
        return {each.pk for each in custom}
    return of_schools(custom, visitor.schools) if visitor.by == By.KEY else set()
