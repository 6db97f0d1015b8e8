"""The actions that change the live roster: each is one transaction with its own record."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from rosterkeeper.engine.changes import counted
from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.engine.references import live_table
from rosterkeeper.engine.run import Plan, Stopwatch
from rosterkeeper.job.words import Action, Counts, Job, Result
from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.oneroster.fields import ENTITIES
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.apply import Applied, Ticket, apply_changes, count_anew, fence, record, state_version
from rosterkeeper.store.artifacts import COMPARISONS, Artifacts, snapshot_name
from rosterkeeper.store.database import Database
from rosterkeeper.store.decisions import write_decisions
from rosterkeeper.store.findings import write_findings
from rosterkeeper.store.held import keep_changes, load_changes
from rosterkeeper.store.live import StoredRoster
from rosterkeeper.store.marks import move_marks
from rosterkeeper.store.present import digest_of
from rosterkeeper.store.purge import find_removed, purge_rows, purge_snapshots
from rosterkeeper.store.restore import plan_restore
from rosterkeeper.store.revert import (
    last_change,
    require_redoable,
    require_undoable,
    revert,
    touched_fingerprint,
)
from rosterkeeper.store.schema import APPLIED, STATES
from rosterkeeper.store.snapshots import land_before, snapshot_of, sweep, write_snapshot


@dataclass(frozen=True, slots=True)
class Work:
    """What a change works with: its job, the two databases, the watch that times its steps, the marks to leave."""

    job: Job
    scratch: Scratch
    database: Database
    stopwatch: Stopwatch
    marks: str = ""


def write_plan(work: Work, made: Plan, result: Result) -> Result:
    """Apply a judged change set as far as the guard let it pass, and keep what waits."""
    job, scratch, database = work.job, work.scratch, work.database
    artifacts = Artifacts(Path(job.artifacts))
    waits = bool(made.reasons)
    if waits:
        part_only = bool(made.held_schools)
        result.changes = keep_changes(scratch, artifacts, connection=job.connection, run=job.run, part_only=part_only)
    applies = result.outcome in (Outcome.APPLIED, Outcome.PARTIAL) and made.changes
    if not applies:
        with database.transaction():
            write_findings(database, scratch, job.run)
            _decide(work, made)
            if work.marks:
                move_marks(database, work.marks, connection=job.connection, token=job.token)
        return result
    # What a run that only adds has put off must be told again, all of it.
    put_off = bool(made.by_options.put_off)
    ticket = replace(ticket_of(job, result.state_version), marks=work.marks, full_next=put_off)
    applied = apply_made(work, ticket, result, is_first=_is_first(scratch), with_findings=True)
    # Apart from the apply: they explain it, and an apply need not wait for them.
    with database.transaction():
        _decide(work, made)
    return applied


def _decide(work: Work, made: Plan) -> None:
    """Keep what became of the people whom the run did not simply take over."""
    whole_waits = bool(made.reasons) and not made.held_schools
    job = work.job
    write_decisions(
        work.database, work.scratch, made.fetched, run=job.run, connection=job.connection, whole_waits=whole_waits
    )


def apply_made(
    work: Work,
    ticket: Ticket,
    result: Result,
    *,
    is_first: bool = False,
    with_findings: bool = False,
    also: Callable[[], None] | None = None,
) -> Result:
    """Apply the change set of the scratch database, and do ``also`` in the same transaction, before its record.

    The snapshot is written beside the apply, and its name goes into that transaction, too.
    """
    scratch, database, stopwatch = work.scratch, work.database, work.stopwatch
    artifacts = Artifacts(Path(work.job.artifacts))
    with stopwatch.step("snapshot"):
        parent = "" if is_first else land_before(database, scratch, artifacts, ticket)
    ticket = replace(ticket, snapshot=snapshot_name(ticket.connection, ticket.run))
    result.snapshot = ticket.snapshot
    result.state_version = ticket.state_version + 1
    with stopwatch.step("apply"), ThreadPoolExecutor(1) as beside, database.transaction():
        fence(database, ticket)
        snapshot = beside.submit(_written, scratch.beside(), artifacts, ticket, parent=parent)
        apply_changes(database, scratch, ticket, is_first=is_first)
        if with_findings:
            write_findings(database, scratch, ticket.run)
        if also is not None:
            also()
        # What is done besides stands in no snapshot.
        result.snapshot_digest = snapshot.result() if also is None else ""
        record(database, ticket, Applied(msgspec.json.encode(result).decode(), is_first))
        if is_first:
            count_anew(database)
    result.seconds = stopwatch.seconds
    sweep(database, artifacts, ticket.connection)
    return result


def _written(scratch: Scratch, artifacts: Artifacts, ticket: Ticket, *, parent: str) -> str:
    """Write the snapshot and return its digest."""
    # The roster database is filled by one thread meanwhile, and is what a run waits for.
    with scratch.threads(1):
        name = write_snapshot(scratch, artifacts, ticket, parent=parent)
    return digest_of(artifacts.folder(name))


def held_change(job: Job, database: Database) -> tuple[str, int]:
    """The name of the change set that the subject run holds, and the state version that it was made for.

    RunRefused where nothing waits, or the roster has changed since.
    """
    rows = database.rows(
        "SELECT changes, state_version, held_state FROM runs_run WHERE id = $1 AND connection_id = $2",
        [job.subject, job.connection],
    )
    if not rows or rows[0][2] != "waiting":
        raise RunRefused(
            "approve.not_waiting",
            "That run holds nothing that waits for approval.",
            todo="See rosterkeeper runs NAME for what waits.",
        )
    changes, version = str(rows[0][0]), int(rows[0][1] or 0)
    if version != state_version(database, job.connection):
        raise RunRefused(
            "approve.moved",
            "The roster has changed since the run was held, so its change set no longer fits.",
            todo="Run the sync again and judge the new change set.",
        )
    return changes, version


def approve_run(job: Job, scratch: Scratch, database: Database) -> Result:
    """Apply exactly the change set that a run held, or all of it that removes nothing.

    Refused when the roster has changed since.
    """
    changes, version = held_change(job, database)
    artifacts = Artifacts(Path(job.artifacts))
    load_changes(scratch, artifacts, changes, without_removals=job.without_removals)
    stopwatch = Stopwatch()
    result = Result(outcome=Outcome.APPLIED, counts=_counts(scratch), seconds=stopwatch.seconds)
    is_first = _nothing_stored(database, job)
    work = Work(job, scratch, database, stopwatch)
    # What was not removed must be seen again: a source that tells only changes would not say it twice.
    ticket = replace(ticket_of(job, version), full_next=job.without_removals)
    result = apply_made(work, ticket, result, is_first=is_first)
    artifacts.drop(changes)
    return result


def revert_run(job: Job, scratch: Scratch, database: Database) -> Result:
    """Undo the last change, or redo the change that was undone last."""
    version = state_version(database, job.connection)
    last = last_change(database, job.connection, version)
    undo = job.action is Action.UNDO
    last = require_undoable(last) if undo else require_redoable(last)
    stopwatch = Stopwatch()
    ticket = ticket_of(job, version)
    held = touched_fingerprint(database, scratch, ticket, last) if undo else ""
    ticket = replace(ticket, hold_fingerprint=held, full_next=True, snapshot=last.snapshot_before)
    result = Result(outcome=Outcome.APPLIED, snapshot=last.snapshot_before, state_version=version + 1)
    with stopwatch.step("apply"), database.transaction():
        fence(database, ticket)
        found = revert(database, ticket, last)
        result.counts = {name: Counts(**numbers) for name, numbers in found.items()}
        record(database, ticket, Applied(msgspec.json.encode(result).decode(), fingerprint=held))
    result.seconds = stopwatch.seconds
    return result


def restore_run(job: Job, scratch: Scratch, database: Database) -> Result:
    """Lead the roster back to the snapshot that the subject run left."""
    rows = database.rows(
        f"SELECT snapshot FROM {APPLIED} WHERE run_id = $1 AND connection_id = $2", [job.subject, job.connection]
    )
    if not rows:
        raise RunRefused(
            "restore.unknown_run",
            "No run of that number was applied to this connection.",
            todo="See rosterkeeper snapshots NAME for those that were.",
        )
    version = state_version(database, job.connection)
    live = live_of(job, database)
    artifacts = Artifacts(Path(job.artifacts))
    held = plan_restore(scratch, live, artifacts, str(rows[0][0]))
    counts = _counts(scratch)
    if not any(each.add + each.update + each.remove + each.restore for each in counts.values()):
        return Result(outcome=Outcome.UNCHANGED, counts=counts)
    ticket = replace(ticket_of(job, version), hold_fingerprint=held, full_next=True)
    result = Result(outcome=Outcome.APPLIED, counts=counts)
    return apply_made(Work(job, scratch, database, Stopwatch()), ticket, result)


def purge_run(job: Job, scratch: Scratch, database: Database) -> Result:
    """Erase what was removed before the job's date; the active roster, and what an undo asks for, stay as they are."""
    counts = find_removed(database, scratch, job.connection, job.purge_before)
    result = Result(outcome=Outcome.APPLIED, counts={name: Counts(remove=number) for name, number in counts.items()})
    if not any(counts.values()):
        result.outcome = Outcome.UNCHANGED
        return result
    artifacts = Artifacts(Path(job.artifacts))
    # Before the rows: a purge that dies in between finds them again and goes on.
    purge_snapshots(scratch, artifacts, job.connection)
    version = state_version(database, job.connection)
    fingerprint, full = database.rows(
        f"SELECT hold_fingerprint, full_next FROM {STATES} WHERE connection_id = $1", [job.connection]
    )[0]
    ticket = replace(
        ticket_of(job, version),
        hold_fingerprint=str(fingerprint),
        full_next=bool(full),
        snapshot=snapshot_of(database, job.connection, version),
    )
    with database.transaction():
        fence(database, ticket)
        purge_rows(database, job.connection, job.purge_before)
        result.state_version = version + 1
        record(database, ticket, Applied(msgspec.json.encode(result).decode()))
    # What waits was made for the state before, and may hold whom the purge erased.
    for kind in ("changes", COMPARISONS):
        for name in artifacts.names(kind, job.connection):
            artifacts.drop(name)
    return result


def live_of(job: Job, database: Database, *, version: int | None = None) -> StoredRoster:
    """The live roster of the job's connection.

    Its hashes come from the snapshot of the state ``version`` where that is given and can be believed; never where
    everything is wanted anew.
    """
    beside = None if version is None or job.full else (Artifacts(Path(job.artifacts)), version)
    return StoredRoster(database, district=job.district, connection=job.connection, beside=beside)


def ticket_of(job: Job, version: int) -> Ticket:
    """Who may write, and over which state version."""
    return Ticket(
        run=job.run,
        district=job.district,
        connection=job.connection,
        token=job.token,
        state_version=version,
        now=job.now,
        action=job.action,
    )


def _counts(scratch: Scratch) -> dict[str, Counts]:
    return {entity.name: Counts(**counted(scratch, entity)) for entity in ENTITIES}


def _is_first(scratch: Scratch) -> bool:
    """Whether the connection has no row at all, not even a removed one, so that rows can be appended straight."""
    return not any(scratch.count(f"SELECT count(*) FROM (SELECT 1 FROM {live_table(e)} LIMIT 1)") for e in ENTITIES)


def _nothing_stored(database: Database, job: Job) -> bool:
    return not any(
        database.rows(f"SELECT 1 AS number FROM {entity.table} WHERE connection_id = {job.connection} LIMIT 1")
        for entity in ENTITIES
    )
