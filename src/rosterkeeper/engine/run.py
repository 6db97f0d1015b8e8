"""One run, from the source to a judged change set: fetch → normalize → validate → select → diff → guard.

What follows, apply and publish, is the store's and the service's. Nothing here writes the live roster.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from rosterkeeper.engine.additions import keep_additions, require_whole
from rosterkeeper.engine.changes import fingerprint
from rosterkeeper.engine.diff import EntityDiff, diff
from rosterkeeper.engine.frozen import account, keep_frozen, unconfirmed
from rosterkeeper.engine.guard import UNDONE, guard, rekeyed
from rosterkeeper.engine.guard_limits import Limits
from rosterkeeper.engine.live import LiveRoster
from rosterkeeper.engine.masking import unmask
from rosterkeeper.engine.normalize import normalize
from rosterkeeper.engine.options import ByOptions, Selection
from rosterkeeper.engine.reasons import Reason
from rosterkeeper.engine.references import land_live, live_table
from rosterkeeper.engine.select import narrow, select
from rosterkeeper.engine.validate import validate
from rosterkeeper.engine.withhold import put_back, withhold
from rosterkeeper.oneroster.fields import BY_NAME, CORE
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Fetched, Source, Watch


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run is told from outside: the limits, the district's date, and the change set it must not repeat.

    Without a ``selection`` everything is taken over as the source says it.
    """

    limits: Limits
    today: str
    undone_fingerprint: str = ""
    selection: Selection | None = None


@dataclass(slots=True)
class Plan:
    """A judged change set, standing in the scratch database.

    ``reasons`` not empty and ``held_schools`` empty: all of it waits. ``held_schools``: theirs waits
    (``withheld`` records), the rest may be applied. ``left_alone`` names the entities that the source withheld although
    a roster needs them or has them.
    """

    fetched: Fetched
    numbers: dict[str, EntityDiff]
    reasons: list[Reason]
    held_schools: list[str]
    withheld: int
    first: bool
    left_alone: list[str]
    by_options: ByOptions
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def changes(self) -> int:
        """How many records the run would touch, apart from those of held schools."""
        return sum(each.add + each.update + each.remove + each.restore for each in self.numbers.values())

    @property
    def usable(self) -> int:
        """How many records the source gave that could be used, be it in a later run."""
        put_off = sum(each.get("update", 0) for each in self.by_options.put_off.values())
        return self.changes + self.withheld + put_off + sum(each.unchanged for each in self.numbers.values())

    @property
    def rejected(self) -> int:
        """How many records were kept out."""
        return sum(each.rejected for each in self.numbers.values())


class Stopwatch:
    """Seconds per step, by the steps' own names."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step."""
        begun = self._clock()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + self._clock() - begun, 3)


def plan(
    source: Source, live: LiveRoster, scratch: Scratch, *, terms: Terms, watch: Watch, stopwatch: Stopwatch
) -> Plan:
    """Read the source to its end and judge what it would change; SourceRefused, SourceFailed where it is not whole."""
    selection = terms.selection
    # The live hashes are pulled while the source is read: one waits for the database, the other for bytes.
    with ThreadPoolExecutor(1) as beside:
        landed = beside.submit(land_live, scratch.beside(), live)
        with stopwatch.step("fetch"):
            pulled = source.fetch(scratch, watch)
        if selection and selection.additions_only:
            require_whole(pulled)
        with stopwatch.step("normalize"):
            watch.progress("normalize", "", 0, None)
            fetched = normalize(scratch, narrow(scratch, pulled, selection))
        with stopwatch.step("validate"):
            landed.result()
            unmask(scratch, live, fetched)
            complete = live.complete and not (selection and selection.options.hides)
            validate(scratch, live, fetched, watch, complete=complete)
    with stopwatch.step("select"):
        watch.progress("select", "", 0, None)
        fetched = select(scratch, live, fetched, selection, today=terms.today)
    with stopwatch.step("diff"):
        numbers = diff(scratch, live, fetched, watch)
        changes = _changes(scratch, live, fetched, numbers, terms)
    with stopwatch.step("guard"):
        watch.progress("guard", "", 0, None)
        held = _judge(scratch, live, numbers, terms, changes)
    return Plan(
        fetched=fetched,
        numbers=numbers,
        reasons=held.reasons,
        held_schools=held.schools,
        withheld=held.records,
        first=not any(each.live for each in numbers.values()),
        left_alone=_left_alone(scratch, selection),
        by_options=changes.by_options,
        seconds=stopwatch.seconds,
    )


@dataclass(frozen=True, slots=True)
class _Changes:
    """What the change set that stands in the scratch database is.

    ``asked`` is what needs somebody's word before it is applied, ``undone`` whether it is the change that was undone.
    """

    by_options: ByOptions
    asked: list[Reason]
    undone: bool


def _changes(
    scratch: Scratch, live: LiveRoster, fetched: Fetched, numbers: dict[str, EntityDiff], terms: Terms
) -> _Changes:
    """Take out of the change set what is frozen or put off."""
    selection, undone = terms.selection, terms.undone_fingerprint
    if selection is None:
        return _Changes(ByOptions(), [], bool(undone) and fingerprint(scratch) == undone)
    keep_frozen(scratch, live, numbers, selection.options)
    # Of a run that only adds, both are asked: what it would do without that, and what it does.
    same = bool(undone) and fingerprint(scratch) == undone
    asked, put_off = [], {}
    if selection.additions_only:
        # People with new ids would be there twice, and it takes their old ids, which are put off, to notice it.
        asked = rekeyed(scratch, numbers, terms.limits)
        put_off = keep_additions(scratch, numbers)
        same = same or (bool(undone) and fingerprint(scratch) == undone)
    by_options = account(scratch, fetched, numbers, selection, put_off)
    return _Changes(by_options, [*asked, *unconfirmed(by_options, selection)], same)


@dataclass(frozen=True, slots=True)
class _Held:
    """What waits and why: all, or the ``records`` of ``schools``."""

    reasons: list[Reason]
    schools: list[str]
    records: int


def _judge(
    scratch: Scratch,
    live: LiveRoster,
    numbers: dict[str, EntityDiff],
    terms: Terms,
    changes: _Changes,
) -> _Held:
    """Ask the guard, and set aside what only concerns single schools."""
    verdict = guard(scratch, live, numbers, terms.limits, today=terms.today, undone=changes.undone)
    if changes.asked or verdict.whole:
        return _Held([*changes.asked, *verdict.whole], [], 0)
    schools = [reason.school for reason in verdict.schools]
    withheld = withhold(scratch, schools, numbers) if schools else 0
    # A change that was undone waits even when a school's hold has been added to it since.
    if withheld and terms.undone_fingerprint and fingerprint(scratch) == terms.undone_fingerprint:
        put_back(scratch, numbers)
        return _Held([*verdict.schools, UNDONE], [], 0)
    return _Held(verdict.schools, schools, withheld)


def _left_alone(scratch: Scratch, selection: Selection | None) -> list[str]:
    """The collections that a source kept back: nobody must take the run for a whole one (reliability check 7)."""
    told = scratch.rows("SELECT DISTINCT entity FROM finding WHERE code = 'table.not_shared' ORDER BY entity")
    entities = [BY_NAME[str(row[0])] for row in told if str(row[0]) in BY_NAME]
    entities = [entity for entity in entities if selection is None or selection.takes(entity.name)]
    return [
        entity.name
        for entity in entities
        if entity in CORE or scratch.count(f"SELECT count(*) FROM {live_table(entity)} WHERE active = 1")
    ]
