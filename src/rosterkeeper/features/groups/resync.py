"""User group resync: one person's groups made anew from the live roster, at once and no others (S06).

The same rules as in a district's matching (matching/groups.py), over the few seats of a few classes. A name is left as
it is, for whether it is unique is a question of the whole school; the next matching asks it.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Model, QuerySet

from rosterkeeper.features.audit.log import record
from rosterkeeper.features.groups.models import Group, Part
from rosterkeeper.features.groups.naming import class_values, template_of
from rosterkeeper.features.groups.seats import Seat, classes_of, day_after, members, seats_of
from rosterkeeper.features.groups.telling import tell
from rosterkeeper.features.people.fresh import today
from rosterkeeper.features.people.hand import instant
from rosterkeeper.features.people.models import Person, Record
from rosterkeeper.features.roster.fresh import are_current
from rosterkeeper.features.roster.listing import strings
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.matching.group_names import LONGEST, filled, parsed
from rosterkeeper.matching.groups import printed, scattered
from rosterkeeper.matching.tables import GroupKind
from rosterkeeper.oneroster.fields import ACADEMIC_SESSIONS, CLASSES, Entity
from rosterkeeper.store.folding import fold

_CLASS: Final = ("sourced_id", "status", "title", "school_sourced_id", "term_sourced_ids")


@dataclass(frozen=True, slots=True)
class Resynced:
    """What a resync came to.

    ``is_current`` says that the lists it looks into are of the present roster; where they are not, nothing was done.
    """

    groups: int
    changed: list[Group]
    is_current: bool


def resync(person: Person) -> Resynced:
    """Make the groups of the person's classes anew; written down in the audit log.

    Nothing is done while the catalog is behind the roster: its lists lack whoever came since, and a group made of
    them would be left so by a matching that has seen the roster already.
    """
    try:
        with transaction.atomic():
            # PostgreSQL lets a sync end between the two looks.
            _require_current(person)
            classes = classes_of(person.pk)
            changed: list[Group] = []
            for connection, ids in classes.items():
                changed += _classes(person.district_id, connection, ids)
            _require_current(person)
            tell(person.district_id, [each.uid for each in changed])
            record(
                "groups.resynced",
                about=f"user:{person.connection_id}:{person.sourced_id}",
                keys=[f"group:{each.district_id}:{each.uid}" for each in changed],
                details={"classes": sum(map(len, classes.values())), "changed": len(changed)},
            )
    except _BehindError:
        return Resynced(0, [], is_current=False)
    return Resynced(sum(map(len, classes.values())), changed, is_current=True)


class _BehindError(Exception):
    """The catalog is behind the roster."""


def _require_current(person: Person) -> None:
    records = Record.objects.filter(person_id=person.pk)
    if not are_current(set(records.values_list("connection_id", flat=True))):
        raise _BehindError


def _classes(district: int, connection: int, ids: Collection[str]) -> list[Group]:
    """The groups of these classes, those that changed."""
    # The index of classes leaves out groups without one: only who says so, too, is answered by it.
    of_class = Group.objects.filter(connection_id=connection, class_sourced_id__in=ids).exclude(class_sourced_id="")
    known = {each.class_sourced_id: each for each in of_class}
    rows = _live(CLASSES, connection, ids).values(*_CLASS)
    last_days = _ends(connection, [each for row in rows for each in strings(row["term_sourced_ids"])])
    seats = seats_of(connection, ids)
    day, changed = today(district).isoformat(), []
    told = {row["sourced_id"]: row for row in rows if row["status"] == "active"}
    for class_id in sorted(ids):
        group = known.get(class_id)
        row = told.get(class_id)
        ends = max((last_days.get(each, "") for each in strings(row["term_sourced_ids"])), default="") if row else ""
        if row is None or (ends and ends < day):
            if group is not None and group.status == "active":
                changed.append(_end(group))
            continue
        if group is None:
            group = Group(
                district_id=district, kind=GroupKind.CLASS, connection_id=connection, class_sourced_id=class_id
            )
            group.name = _name(district, connection, row)
            group.sort_key = fold(group.name)[:LONGEST]
        group.school_sourced_id = row["school_sourced_id"]
        if _fill(group, seats[class_id], ends, day):
            changed.append(group)
    _touch_merged(changed)
    return changed


def _fill(group: Group, seats: list[Seat], ends: str, day: str) -> bool:
    """Put the members of the date into the group; whether that changed anything."""
    owners, students = members(seats, day)
    days = [
        each for each in (day_after(ends) if ends >= day else "", *(seat.next_after(day) for seat in seats)) if each
    ]
    group.next_on = min(days, default="")
    now = [2 * seat.person_id + seat.teaches for seat in seats if seat.counts_on(day)]
    cells = [group.name, group.school_sourced_id, group.next_on, str(len(now)), *map(str, scattered(now))]
    told = int(hashlib.md5(printed(cells).encode(), usedforsecurity=False).hexdigest()[:15], 16)
    if group.pk and group.print == told and group.status == "active":
        return False
    group.owners, group.students, group.print = json.dumps(owners), json.dumps(students), told
    group.status, group.ended_at, group.changed_at = "active", "", instant()
    group.save()
    return True


def _end(group: Group) -> Group:
    group.status, group.print, group.next_on = "ended", 0, ""
    group.ended_at = group.changed_at = instant()
    group.save()
    return group


def _touch_merged(changed: Collection[Group]) -> None:
    of = Part.objects.filter(part_id__in=[each.pk for each in changed]).values("group_id")
    Group.objects.filter(pk__in=of, status="active").update(changed_at=instant())


def _name(district: int, connection: int, row: dict[str, str]) -> str:
    """A new group's name; another of the school that has it leaves a number to this one."""
    values = class_values(connection, row["sourced_id"])
    name = filled(parsed(template_of(district)), values, row["title"] or row["sourced_id"])
    taken = Group.objects.filter(connection_id=connection, school_sourced_id=row["school_sourced_id"], status="active")
    names = {
        each.lower() for each in taken.filter(sort_key__startswith=fold(name)[:LONGEST]).values_list("name", flat=True)
    }
    number = 1
    while (made := name if number == 1 else f"{name} ({number})").lower() in names:
        number += 1
    return made


def _ends(connection: int, ids: Collection[str]) -> dict[str, str]:
    """The last days of live sessions."""
    rows = _live(ACADEMIC_SESSIONS, connection, ids).filter(status="active")
    return dict(rows.values_list("sourced_id", "end_date"))


def _live(entity: Entity, connection: int, ids: Collection[str]) -> "QuerySet[Model]":
    return LIVE[entity.name]._default_manager.filter(connection_id=connection, sourced_id__in=ids)
