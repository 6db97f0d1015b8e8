"""Lists of groups: searched, filtered, in the order of names, page after page; and what changed since a time.

A page begins behind a sort key and an id. Whether a group waits is looked up for each, so a page of those that wait may
have looked through a part of the groups only; it says where it goes on.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Final

from django.db.models import Q, QuerySet

from rosterkeeper.features.connections.dates import districts_by_date
from rosterkeeper.features.groups.members import Member, owned
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.groups.waiting import Why, nearest, waits
from rosterkeeper.features.roster.listing import school_names
from rosterkeeper.store.folding import fold

PAGE: Final = 50
# Groups that are looked through at once for those that wait, and seconds that it goes on within one page.
_STRETCH: Final = 2_000
_PATIENCE: Final = 0.2
_Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which groups: words typed and facts chosen, '' and 0 for any. ``state`` is active, waiting, ended or any.

    ``school`` is an org of ``connection``.
    """

    text: str = ""
    district: int = 0
    kind: str = ""
    connection: int = 0
    school: str = ""
    state: str = "active"


@dataclass(frozen=True, slots=True)
class Listed:
    """One group with what a list shows of it; ``others`` counts its members that do not own it."""

    group: Group
    school: str
    owners: list[Member]
    others: int

    @property
    def stands(self) -> Why:
        """Whether it waits for a teacher, and why."""
        return nearest([each.stands for each in self.owners])

    @property
    def waits(self) -> bool:
        """Whether it waits for a teacher."""
        return self.group.status == "active" and self.stands != Why.READY


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the groups; ``after`` is where the next page begins, '' on the last.

    ``is_partial``: there may be more, but only a part was looked through.
    """

    rows: list[Listed] = field(default_factory=list)
    after: str = ""
    is_partial: bool = False


def groups(seen: "QuerySet[Group]", wanted: Wanted, *, after: str = "", number: int = PAGE) -> Page:
    """Those of the groups in sight that are wanted, in the order of names."""
    rows, begins = _narrowed(seen, wanted), _read(after)
    if wanted.state == "waiting":
        return _looked_through(rows, begins, number)
    found = list(_behind(rows, begins)[: number + 1])
    return Page(listed(found[:number]), _written(found[number - 1]) if len(found) > number else "")


def changed_since(seen: "QuerySet[Group]", since: str, *, after: str = "", number: int = PAGE) -> Page:
    """The groups whose name, members or status changed at or after an instant, in the order of their changes."""
    rows = seen.filter(changed_at__gte=since)
    key, last = _read(after)
    if last:
        rows = rows.filter(changed_at__gte=key).filter(Q(changed_at__gt=key) | Q(id__gt=last))
    found = list(rows.order_by("changed_at", "id")[: number + 1])
    page = found[:number]
    more = json.dumps([page[-1].changed_at, page[-1].pk]) if len(found) > number else ""
    return Page(listed(page), more)


def listed(rows: Sequence[Group]) -> list[Listed]:
    """Groups with what a list shows of them, in the same order."""
    orgs: dict[int, set[str]] = {}
    for each in rows:
        if each.school_sourced_id:
            orgs.setdefault(each.connection_id, set()).add(each.school_sourced_id)
    names = {number: school_names(number, ids) for number, ids in orgs.items()}
    members = owned(rows)
    return [
        Listed(
            each,
            names.get(each.connection_id, {}).get(each.school_sourced_id, each.school_sourced_id),
            *members[each.pk],
        )
        for each in rows
    ]


def _narrowed(rows: "QuerySet[Group]", wanted: Wanted) -> "QuerySet[Group]":
    facts = {
        "district_id": wanted.district,
        "kind": wanted.kind,
        "connection_id": wanted.connection,
        "school_sourced_id": wanted.school,
    }
    rows = rows.filter(**{name: value for name, value in facts.items() if value})
    if wanted.state in ("active", "ended"):
        rows = rows.filter(status=wanted.state)
    elif wanted.state == "waiting":
        rows = rows.filter(status="active")
    for word in fold(wanted.text).split()[:8]:
        rows = rows.filter(sort_key__contains=word)
    return rows


def _looked_through(rows: "QuerySet[Group]", begins: _Place, number: int) -> Page:
    """Those of the groups that wait: a stretch after the other, as long as patience lasts."""
    condition, found = _waits_today(), list[Group]()
    until = time.monotonic() + _PATIENCE
    while True:
        ahead = _behind(rows, begins)
        bound = ahead[_STRETCH - 1 : _STRETCH].values_list("sort_key", "id").first()
        stretch = ahead if bound is None else _up_to(ahead, bound)
        found += stretch.filter(condition)[: number + 1 - len(found)]
        if len(found) > number:
            return Page(listed(found[:number]), _written(found[number - 1]))
        if bound is None:
            return Page(listed(found))
        begins = bound
        if time.monotonic() > until:
            return Page(listed(found), json.dumps(bound), is_partial=True)


def _waits_today() -> Q:
    """That a group waits on the date of its district; there are three dates at most at a time."""
    every = (Q(waits(day.isoformat()), district_id__in=districts) for day, districts in districts_by_date().items())
    return reduce(or_, every, Q(pk__in=()))


def _behind(rows: "QuerySet[Group]", begins: _Place) -> "QuerySet[Group]":
    key, number = begins
    ahead = rows.order_by("sort_key", "id")
    # The first condition is what an index is searched by.
    return ahead.filter(sort_key__gte=key).filter(Q(sort_key__gt=key) | Q(id__gt=number)) if number else ahead


def _up_to(rows: "QuerySet[Group]", place: _Place) -> "QuerySet[Group]":
    key, number = place
    return rows.filter(sort_key__lte=key).filter(Q(sort_key__lt=key) | Q(id__lte=number))


def _written(group: Group) -> str:
    return json.dumps([group.sort_key, group.pk])


def _read(after: str) -> _Place:
    """Where a page begins; what is not of our making begins at the first."""
    try:
        key, number = json.loads(after)
    except (ValueError, TypeError):
        return "", 0
    return (key, number) if isinstance(key, str) and isinstance(number, int) else ("", 0)
