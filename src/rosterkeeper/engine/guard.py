"""guard: does the change set look like a school's day, or like an accident?

Plain Python over counts that SQL made. Thresholds and their defaults: `guard_limits.py`. A reason without a school
holds the whole run; a reason with one holds that school's records only (`withhold.py`).
"""

from dataclasses import dataclass
from typing import Final

from rosterkeeper.engine import lost
from rosterkeeper.engine.changes import change_table
from rosterkeeper.engine.diff import EntityDiff
from rosterkeeper.engine.guard_limits import Limits
from rosterkeeper.engine.live import LiveRoster
from rosterkeeper.engine.pardoned import count_pardoned, counted_gone
from rosterkeeper.engine.reasons import Reason
from rosterkeeper.oneroster.fields import BY_NAME, CLASSES, ENROLLMENTS, ROLES, USERS
from rosterkeeper.scratch import Scratch

UNDONE: Final = Reason("hold.undone", "This is the change that was undone; approve it to apply it again.")
DELTA_FIRST: Final = Reason(
    "hold.delta_first",
    "The source gave only what changed (a delta), and there is no roster yet that it could change."
    " Have a full (bulk) export taken over first, or approve this to begin with what it holds.",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the guard found; nothing in it means pass."""

    whole: list[Reason]
    schools: list[Reason]


def guard(
    scratch: Scratch,
    live: LiveRoster,
    numbers: dict[str, EntityDiff],
    limits: Limits,
    *,
    today: str,
    undone: bool,
) -> Verdict:
    """Compare the change set with the limits.

    A first load, one into a connection without live rows, never holds, unless it is of changes alone.
    """
    if not any(each.live for each in numbers.values()):
        alone = live.complete and any(each.delta and each.add for each in numbers.values())
        return Verdict([DELTA_FIRST] if alone else [], [])
    removed = _removed(scratch, live, numbers, today)
    whole = [reason for name, each in numbers.items() for reason in _judge(name, each, removed[name], limits)]
    whole += rekeyed(scratch, numbers, limits)
    if undone:
        whole.append(UNDONE)
    schools = [] if whole else _schools(scratch, live, limits)
    return Verdict(whole, schools)


def _removed(scratch: Scratch, live: LiveRoster, numbers: dict[str, EntityDiff], today: str) -> dict[str, int]:
    """The removals that count: not those of a change of options or an ended term, nor roles that changed their id."""
    removed = {name: each.remove - count_pardoned(scratch, BY_NAME[name]) for name, each in numbers.items()}
    if removed.get(CLASSES.name) or removed.get(ENROLLMENTS.name):
        ended = lost.count_ended(scratch, live, today)
        for name in (CLASSES.name, ENROLLMENTS.name):
            if name in removed:
                removed[name] -= ended.get(name, 0)
    if removed.get(ROLES.name) or removed.get(USERS.name):
        lost.make_lost_roles(scratch, live)
        if ROLES.name in removed:
            removed[ROLES.name] = lost.count_lost_roles(scratch)
    return removed


def _judge(name: str, each: EntityDiff, removed: int, limits: Limits) -> list[Reason]:
    reasons = []
    if each.emptied:
        says = f"The source gave no {name} at all, and {each.live} are live. Nothing was removed."
        reasons.append(Reason("hold.emptied", says, name, "", each.live, each.live))
    if _over(removed, each.live, limits.remove_percent, limits.floor):
        says = f"{removed} of {each.live} {name} would be removed; the limit is {limits.remove_percent:g} %."
        reasons.append(Reason("hold.remove_percent", says, name, "", removed, each.live))
    elif removed > limits.remove_count.get(name, removed):
        says = f"{removed} {name} would be removed; the limit is {limits.remove_count[name]}."
        reasons.append(Reason("hold.remove_count", says, name, "", removed, each.live))
    if _over(each.update, each.live, limits.update_percent, limits.floor):
        says = f"{each.update} of {each.live} {name} would be changed; the limit is {limits.update_percent:g} %."
        reasons.append(Reason("hold.update_percent", says, name, "", each.update, each.live))
    elif each.update > limits.update_count.get(name, each.update):
        says = f"{each.update} {name} would be changed; the limit is {limits.update_count[name]}."
        reasons.append(Reason("hold.update_count", says, name, "", each.update, each.live))
    given = each.add + each.update + each.restore + each.unchanged + each.rejected
    if _over(each.rejected, given, limits.reject_percent, limits.floor):
        says = f"{each.rejected} of {given} {name} could not be used; the limit is {limits.reject_percent:g} %."
        reasons.append(Reason("hold.reject_percent", says, name, "", each.rejected, given))
    return reasons


def _over(number: int, of: int, percent: float, floor: int) -> bool:
    return number > floor and number * 100 > of * percent


def rekeyed(scratch: Scratch, numbers: dict[str, EntityDiff], limits: Limits) -> list[Reason]:
    """Name the accident in which the same people come back under new ids."""
    users = numbers.get(USERS.name)
    if users is None or not users.remove or not users.add:
        return []
    same = max(_same_people(scratch, column) for column in ("username", "email"))
    if not _over(same, users.live, limits.remove_percent, limits.floor):
        return []
    says = f"{same} of {users.live} users come as the same people with new ids; their old ids are no longer there."
    return [Reason("hold.rekeyed", says, USERS.name, "", same, users.live)]


def _same_people(scratch: Scratch, column: str) -> int:
    return scratch.count(
        f"SELECT count(*) FROM {counted_gone(scratch, USERS)} g SEMI JOIN (SELECT lower({column}) AS known"
        f" FROM {change_table(USERS)} WHERE op = 'add') c ON c.known = lower(g.{column}) WHERE g.{column} <> ''"
    )


def _schools(scratch: Scratch, live: LiveRoster, limits: Limits) -> list[Reason]:
    if not scratch.has_relation(lost.LOST):
        return []
    reasons = []
    for school, name, number, of in lost.schools_losing(scratch, live):
        if _over(number, of, limits.school_remove_percent, limits.floor):
            says = f"School {name or school} ({school}) would lose {number} of {of} people."
            reasons.append(Reason("hold.school", says, USERS.name, school, number, of))
    return reasons
