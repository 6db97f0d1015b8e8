"""The figures that the guides name: after a run, how many people and classes there are (L25, R16, S16).

Until people are matched with accounts of this installation, who was taken over counts as matched; a feature that
matches them says how it counts through `count_by`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rosterkeeper.features.roster.models import Health
from rosterkeeper.features.runs.models import Run
from rosterkeeper.oneroster.fields import CLASSES, USERS


@dataclass(frozen=True, slots=True)
class Matched:
    """Whom a run has matched; None where it is not counted yet, or not any more.

    ``unmatched_users`` are in the source's roster and not here, ``not_in_source`` the other way round (decision 11);
    ``by_taking_over`` says that nobody was matched: whoever was taken over counts. ``disputed`` wait for somebody;
    the addresses lead to who is unmatched in either direction, '' for nowhere.
    """

    students: int | None
    teachers: int | None
    unmatched_users: int | None
    not_in_source: int | None
    by_taking_over: bool = True
    disputed: int = 0
    unmatched_url: str = ""
    not_in_source_url: str = ""


@dataclass(frozen=True, slots=True)
class Statistics:
    """How many there are in the roster that a run left; ``taken_at`` is '' where it is not counted yet."""

    students: int | None = None
    teachers: int | None = None
    classes: int | None = None
    schools: int | None = None
    taken_at: str = ""


Counter = Callable[[Run, Statistics], Matched]


def statistics(connection_id: int, version: int) -> Statistics:
    """What there was in the roster at a state version, as the catalog has counted it."""
    rows = Health.objects.filter(connection_id=connection_id, version=version, school="")
    found = {row.measure: row for row in rows.filter(measure__in=("students", "teachers", "classes", "schools"))}
    if not found:
        return Statistics()
    numbers = {name: row.number for name, row in found.items()}
    return Statistics(**numbers, taken_at=next(iter(found.values())).taken_at)


def taken_over(run: Run, counted: Statistics) -> Matched:
    """Whoever was taken over counts as matched; whoever the run kept or left out, as not."""
    users = run.counts.get(USERS.name, {})
    left_out = sum(each.get(USERS.name, 0) for each in run.by_options.get("left_out", {}).values())
    unmatched = users.get("rejected", 0) + users.get("held", 0) + left_out
    return Matched(counted.students, counted.teachers, unmatched, users.get("remove", 0))


_counters: list[Counter] = [taken_over]


def count_by(counter: Counter) -> None:
    """Let a feature that matches people count them from now on; called once, when its app is ready."""
    _counters.append(counter)


def matched(run: Run, counted: Statistics) -> Matched:
    """Whom the run has matched, as the feature counts that matches people."""
    return _counters[-1](run, counted)


def imported_classes(run: Run, counted: Statistics) -> int | None:
    """The classes in the roster after the run; before they are counted, those that the run itself took over."""
    if counted.classes is not None:
        return counted.classes
    numbers = run.counts.get(CLASSES.name)
    return sum(numbers.get(op, 0) for op in ("add", "update", "restore", "unchanged")) if numbers else None
