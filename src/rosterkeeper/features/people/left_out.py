"""The parents whom a sync did not take over, and why: R05 wants a role, an e-mail address and a relationship of each.

The engine decided so and keeps the sourcedId, the reason and the schools; no name or address of them is stored (0052).
Whoever is left out is in no list of parents, gets no account, and cannot sign in (R06).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rosterkeeper.features.connections.choosing import options_of
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.roster.listing import school_names, strings
from rosterkeeper.features.roster.models import Decision
from rosterkeeper.features.roster.reading import school_choices
from rosterkeeper.oneroster.findings import CODES
from rosterkeeper.store.decisions import Fate

PAGE: Final = 50
# Why a parent is left out, with what an administrator does about it.
TODO: Final = {
    "option.parent_without_email": gettext_noop("Give the parent an e-mail address at the source, then Sync now."),
    "option.parent_without_student": gettext_noop("Link the parent to a student at the source, then Sync now."),
    "option.relationship": gettext_noop("Add the relationship to the connection's Relationship Type."),
}
SHORT: Final = {
    "option.parent_without_email": gettext_noop("without an e-mail address"),
    "option.parent_without_student": gettext_noop("without a student who is taken over"),
    "option.relationship": gettext_noop("of a relationship that is not taken over"),
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One parent who was left out; the run is the one that first decided so."""

    connection: int
    connection_name: str
    sourced_id: str
    code: str
    says: str
    todo: str
    schools: list[str]
    run: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them: of a reason, of a school (an org of ``connection``); '' and 0 for any."""

    code: str = ""
    connection: int = 0
    school: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of them; ``after`` is where the next page begins, '' on the last."""

    rows: list[LeftOut] = field(default_factory=list)
    after: str = ""


def left_out(district: int, wanted: Wanted, *, after: str = "", number: int = PAGE) -> Page:
    """The district's parents who were left out, by connection and sourcedId."""
    rows = _narrowed(_every(district), wanted).order_by("connection_id", "sourced_id")
    connection, sourced_id = _read(after)
    if connection:
        rows = rows.filter(connection_id__gte=connection).filter(
            Q(connection_id__gt=connection) | Q(sourced_id__gt=sourced_id)
        )
    found = list(rows[: number + 1])
    last = found[number - 1] if len(found) > number else None
    return Page(_told(found[:number]), json.dumps([last.connection_id, last.sourced_id]) if last else "")


def numbers(district: int) -> dict[str, int]:
    """How many were left out for each reason."""
    counted = dict(_every(district).values_list("code").annotate(number=Count("*")))
    return {code: counted.get(code, 0) for code in TODO}


def schools(district: int) -> list[tuple[str, str]]:
    """The schools that the list can be narrowed to, as CONNECTION:ORG and name."""
    numbers = Connection.objects.filter(district_id=district).order_by("name", "id").values_list("id", flat=True)
    return [(f"{number}:{org}", name) for number in numbers for org, name in school_choices(number)]


def switched_off(district: int) -> list[Connection]:
    """The connections in use that take over no parents at all: Sync Parent Data is off."""
    rows = Connection.objects.filter(district_id=district, removed_at=None).order_by("name", "id")
    return [each for each in rows if not options_of(each).parents]


def _every(district: int) -> "QuerySet[Decision]":
    mine = Connection.objects.filter(district_id=district).values("id")
    return Decision.objects.filter(connection_id__in=mine, fate=Fate.LEFT_OUT, code__in=list(TODO))


def _narrowed(rows: "QuerySet[Decision]", wanted: Wanted) -> "QuerySet[Decision]":
    if wanted.code:
        rows = rows.filter(code=wanted.code)
    if wanted.connection:
        rows = rows.filter(connection_id=wanted.connection)
    if wanted.school:
        rows = rows.filter(schools__contains=json.dumps(wanted.school, ensure_ascii=False))
    return rows


def _told(rows: Iterable[Decision]) -> list[LeftOut]:
    found = list(rows)
    connections = Connection.objects.in_bulk({each.connection_id for each in found})
    orgs: dict[int, set[str]] = {}
    for each in found:
        orgs.setdefault(each.connection_id, set()).update(strings(each.schools))
    names = {number: school_names(number, ids) for number, ids in orgs.items()}
    return [
        LeftOut(
            each.connection_id,
            connections[each.connection_id].name,
            each.sourced_id,
            each.code,
            _(CODES[each.code].says),
            _(TODO[each.code]),
            [names[each.connection_id].get(org, org) for org in strings(each.schools)],
            each.run_id,
        )
        for each in found
    ]


def _read(after: str) -> tuple[int, str]:
    """Where a page begins; what is not of our making begins at the first."""
    try:
        connection, sourced_id = json.loads(after)
    except (ValueError, TypeError):
        return 0, ""
    return (connection, sourced_id) if isinstance(connection, int) and isinstance(sourced_id, str) else (0, "")
