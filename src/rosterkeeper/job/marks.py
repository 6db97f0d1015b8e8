"""When a server is asked for what changed only, whether its answer was all of it, and from where to ask next time.

What a run has taken over moves the marks, in the transaction that commits it. A collection stays where it was when
something of it waits, or was kept out for want of what it points at: that would not be told a second time.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

import rosterkeeper
from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.engine.references import live_table
from rosterkeeper.engine.run import Plan
from rosterkeeper.job.words import Job
from rosterkeeper.oneroster.fields import BY_NAME, ROLES, USER_PROFILES, USERS
from rosterkeeper.oneroster.findings import ERROR_CODES
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Mark, Mode, Since
from rosterkeeper.sources.spec import ServerSpec
from rosterkeeper.store.database import Database
from rosterkeeper.store.marks import read_marks

# So often in a row may changes have been incomplete; then they cost more than they save.
_MOST_MISSES: Final = 3
# Settings that do not bear on what the records are; a secret's hash is not to be kept.
_NO_MATTER: Final = frozenset({"secret", "password", "page_size", "in_flight", "full_every_days"})
_HOME: Final = {ROLES.name: USERS.name, USER_PROFILES.name: USERS.name}


class Kept(msgspec.Struct):
    """What is kept of a connection's pulls. ``stamp`` stands for all on which the meaning of the marks depends."""

    stamp: str = ""
    version: str = ""
    full_at: str = ""
    marks: dict[str, Mark] = {}


class ChangesMissed(Exception):
    """What the server gave as changes was not all of them; ``entities`` are those whose numbers do not fit."""

    def __init__(self, entities: Sequence[str]) -> None:
        super().__init__(", ".join(entities))
        self.entities = tuple(entities)


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks before a run, and what of them is asked by."""

    kept: Kept
    since: Since
    stamp: str


def known_marks(database: Database, job: Job) -> Marks:
    """What is known, and what of it may be used now: nothing where everything is to be pulled."""
    text, stamp = read_marks(database, job.connection), _stamp(job)
    kept = _read(text)
    if kept.stamp != stamp:
        kept = Kept()
    spec = job.source
    usable = isinstance(spec, ServerSpec) and not job.full and not _hides(job) and _is_recent(kept, job.now, spec)
    if not isinstance(spec, ServerSpec) or not usable or spec.incremental == "off":
        return Marks(kept, Since(), stamp)
    always = spec.incremental == "on"
    asked = {
        name: mark
        for name, mark in kept.marks.items()
        if mark.until and (always or (not mark.doubt and mark.misses < _MOST_MISSES))
    }
    return Marks(kept, Since(kept.version, asked), stamp)


def _read(text: str) -> Kept:
    """What was kept; nothing where another release wrote it in another form."""
    try:
        return msgspec.json.decode(text, type=Kept) if text else Kept()
    except msgspec.DecodeError:
        return Kept()


def require_all(scratch: Scratch, made: Plan, marks: Marks) -> None:
    """Compare the server's totals before and after with the changes; ChangesMissed where they do not fit."""
    fetched = made.fetched
    missed = [
        name
        for name, mark in fetched.marks.items()
        if name in fetched.collections
        and fetched.collections[name].mode is Mode.DELTA
        and not _fits(scratch, name, fetched.collections[name].rows, marks.since.marks[name], mark.total)
    ]
    if missed:
        raise ChangesMissed(missed)


def marks_after(scratch: Scratch, made: Plan, marks: Marks, job: Job, missed: Sequence[str]) -> str:
    """The text to keep once the run has taken over what it was given; '' where nothing is to move."""
    fetched = made.fetched
    if made.reasons or made.by_options.put_off or not fetched.marks or (job.selection and job.selection.only):
        return ""
    moved = dict(marks.kept.marks) if marks.kept.version == fetched.version else {}
    for name in fetched.marks:
        if name in fetched.collections:
            moved[name] = _moved(scratch, made, name, marks)
            if name in missed:
                again = marks.kept.marks.get(name, Mark()).misses + 1
                moved[name] = msgspec.structs.replace(moved[name], misses=again)
    whole = all(fetched.collections[name].mode is Mode.BULK for name in fetched.marks if name in fetched.collections)
    full_at = job.now if whole else marks.kept.full_at
    return msgspec.json.encode(Kept(marks.stamp, fetched.version, full_at, moved)).decode()


def _moved(scratch: Scratch, made: Plan, name: str, marks: Marks) -> Mark:
    mark, before = made.fetched.marks[name], marks.kept.marks.get(name, Mark())
    collection = made.fetched.collections[name]
    active = scratch.count(f"SELECT count(*) FROM {norm_table(BY_NAME[name])} WHERE status = 'active'")
    strangers = max(0, collection.rows - active)
    if collection.mode is Mode.DELTA:
        until = before.until if _kept_out(scratch, name, ERROR_CODES) else mark.until
        return msgspec.structs.replace(mark, until=until, strangers=before.strangers + strangers)
    until = "" if _kept_out(scratch, name) else mark.until
    if name in marks.since.marks:
        return msgspec.structs.replace(mark, until=until, strangers=strangers)
    # It was not asked this time, so what is known of its answers stays known.
    return msgspec.structs.replace(before, until=until, strangers=strangers, total=mark.total)


def _kept_out(scratch: Scratch, name: str, codes: str = "''") -> bool:
    """Whether something of the collection was left out for want of what it points at, or by ``codes`` (SQL)."""
    homes = ", ".join(f"'{each}'" for each in (name, *(inner for inner, home in _HOME.items() if home == name)))
    return bool(
        scratch.count(
            f"SELECT count(*) FROM finding WHERE entity IN ({homes})"
            f" AND (code IN ('reference.missing', 'reference.rejected', 'reference.dropped') OR code IN ({codes}))"
        )
    )


def _fits(scratch: Scratch, name: str, rows: int, before: Mark, total: int) -> bool:
    """Whether ``total`` is what ``before`` and the changes come to; yes where a server does not tell its totals."""
    if total < 0 or before.total < 0:
        return True
    entity = BY_NAME[name]
    norm, live = norm_table(entity), live_table(entity)
    fresh, back, unknown, seen = scratch.rows(
        f"SELECT count(*) FILTER (n.status = 'active' AND l.sourced_id IS NULL),"
        f" count(*) FILTER (n.status = 'active' AND l.active = 0),"
        f" count(*) FILTER (n.status <> 'active' AND l.sourced_id IS NULL), count(*)"
        f" FROM {norm} n LEFT JOIN {live} l ON l.sourced_id = n.sourced_id"
    )[0]
    added = int(fresh or 0)
    perhaps = int(back or 0) + int(unknown or 0) + rows - int(seen or 0)
    return before.total + max(0, added - before.strangers) <= total <= before.total + added + perhaps


def _is_recent(kept: Kept, now: str, spec: ServerSpec) -> bool:
    if not kept.full_at:
        return False
    age = datetime.fromisoformat(now) - datetime.fromisoformat(kept.full_at)
    return timedelta(0) <= age < timedelta(days=spec.full_every_days)


def _hides(job: Job) -> bool:
    """Options that leave somebody out judge a record by others, which changes alone do not bring."""
    return bool(job.selection and (job.selection.only or job.selection.changed or job.selection.options.hides))


def _stamp(job: Job) -> str:
    """Another release, address or option may read the same records otherwise; a setting made anew is tried anew."""
    options = job.selection.options.fingerprint if job.selection else ""
    stated: dict[str, object] = msgspec.to_builtins(job.source)
    told = {name: value for name, value in stated.items() if name not in _NO_MATTER}
    source = msgspec.json.encode(told, order="sorted")
    return hashlib.sha256(b"|".join((rosterkeeper.__version__.encode(), options.encode(), source))).hexdigest()[:32]
