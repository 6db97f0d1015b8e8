"""What a held run waits with: the records of its kept change, and a sample of the worst of it."""

from dataclasses import dataclass
from typing import Final, TypedDict

from django.utils.functional import Promise

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs import comparing
from rosterkeeper.features.runs.changes import OPS, PAGE, Page, Wanted
from rosterkeeper.features.runs.models import Run
from rosterkeeper.features.runs.shown import Shown, org_names, shown
from rosterkeeper.features.runs.wording import ENTITY, named
from rosterkeeper.job.words import Pick, Tally

_SAMPLES: Final = 8
_OF_REMOVALS: Final = ("hold.remove_percent", "hold.remove_count")
_MOST_SCHOOLS: Final = 20


class OfSchool(TypedDict):
    """What would happen to the records of one school, by entity and operation."""

    school: str
    name: str
    entities: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Sample:
    """Some of the records that would go, all of one entity, and the schools that lose most."""

    entity: str
    records: list[Shown]
    schools: list[OfSchool]


def sample(connection: Connection, run: Run) -> Sample:
    """A sample of what waits; RunRefused as `read_changes` does."""
    worst = _worst(run)
    pick = Pick(name=run.changes, entity=worst, ops=("remove",), limit=_SAMPLES, counted=True)
    result = comparing.read_changes(connection, pick)
    return Sample(worst, shown(run, connection.pk, worst, result.items), _by_school(connection, result.tallies))


def waiting(connection: Connection, run: Run, wanted: Wanted) -> tuple[dict[str, dict[str, int]], Page]:
    """How many records the waiting part touches, and a page of them; RunRefused as `read_changes` does."""
    pick = Pick(
        name=run.changes,
        entity=wanted.entity,
        ops=(wanted.op,) if wanted.op else (),
        school=wanted.school,
        after=wanted.after,
        limit=PAGE,
        counted=True,
    )
    result = comparing.read_changes(connection, pick)
    numbers = {name: {op: getattr(each, op) for op in OPS} for name, each in result.counts.items()}
    return numbers, Page(result.items, result.items[-1].sourced_id if result.more else "")


@dataclass(frozen=True, slots=True)
class Spared:
    """Of ``removed`` records of one kind, ``number`` are not among those that a reason counts."""

    what: str | Promise
    removed: int
    number: int


def spared(run: Run) -> list[Spared]:
    """Where a reason counts fewer removals than the run has: who reads both numbers asks for the difference."""
    counted = {each["entity"]: each["number"] for each in run.reasons if each.get("code") in _OF_REMOVALS}
    removed = {name: run.counts.get(name, {}).get("remove", 0) for name in counted}
    return [
        Spared(named(ENTITY, name), removed[name], removed[name] - number)
        for name, number in counted.items()
        if removed[name] > number
    ]


def _worst(run: Run) -> str:
    """Whose removals to show first: people, and else whatever loses most."""
    removed = {name: each.get("remove", 0) for name, each in run.counts.items()}
    of_people = removed.get("users", 0) or not any(removed.values())
    return "users" if of_people else max(removed, key=lambda name: removed[name])


def _by_school(connection: Connection, tallies: list[Tally]) -> list[OfSchool]:
    """Each school with what would happen to its records, those that lose most first."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for each in tallies:
        found.setdefault(each.school, {}).setdefault(each.entity, {})[each.op] = each.number
    hardest = sorted(found, key=lambda school: -sum(each.get("remove", 0) for each in found[school].values()))
    names = org_names(connection.pk, hardest[:_MOST_SCHOOLS])
    return [
        {"school": school, "name": names.get(school, school), "entities": found[school]}
        for school in hardest[:_MOST_SCHOOLS]
    ]
