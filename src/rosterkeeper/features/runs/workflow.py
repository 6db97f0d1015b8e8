"""What may be asked of a connection's roster: sync, preview, approve, discard, undo, redo, restore, purge.

Each takes the connection's lease, settles what an earlier process left behind, checks that it may be done now, and
then goes the one way of every run: a row, a child process, a result. Refusals are RunRefused, and leave no row.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from rosterkeeper.engine.options import BUILDINGS
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections import exclusive
from rosterkeeper.features.connections.choosing import options_of
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs import progress, recover
from rosterkeeper.features.runs.ending import drop_changes, finish, truth
from rosterkeeper.features.runs.jobs import describe
from rosterkeeper.features.runs.lease import open_state, state_of, taken
from rosterkeeper.features.runs.models import AppliedRun, Finding, HeldState, Run, State
from rosterkeeper.features.runs.retention import instant
from rosterkeeper.features.runs.selecting import check_order, selected
from rosterkeeper.job.launch import Follow, launch
from rosterkeeper.job.words import Action, FindingLine, Job, Progress, Result
from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.sources.spec import CsvSpec

_WHY_NOT_WAITING: Final = {
    HeldState.NONE: "The run holds no change.",
    HeldState.APPROVED: "The held change was approved before.",
    HeldState.DISCARDED: "The held change was discarded.",
    HeldState.SUPERSEDED: "A newer run has taken the held change's place.",
}


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended: its number, 0 where it left no row, and what it came to."""

    run: int
    result: Result


@dataclass(frozen=True, slots=True)
class Wish:
    """How a sync is asked for: everything pulled anew, only one part, a change of options agreed to.

    ``package`` is the zip to read, of those in a csv connection's folder. ``additions_only``: nothing that is live is
    changed or removed; the next run that may do it does. Of other orders: ``without_removals`` says how a held change
    is approved, ``against`` which run's snapshot the subject's is compared with.
    """

    full: bool = False
    only: str = ""
    confirmed: bool = False
    package: str = ""
    additions_only: bool = False
    without_removals: bool = False
    against: int = 0


def sync(connection: Connection, wish: Wish = Wish(), *, on_progress: Follow, order: int = 0) -> Ended:
    """Pull, check, compare and apply the connection's roster; held where the change looks wrong."""
    with taken(connection.pk) as token:
        recover.settle(connection.pk)
        check_pull(connection, wish)
        state = open_state(connection.pk)
        job = _pulling(connection, Action.SYNC, wish, state)
        return carry_out(
            msgspec.structs.replace(job, token=token, full=job.full or state.full_next), on_progress, order
        )


def preview(connection: Connection, wish: Wish = Wish(), *, on_progress: Follow) -> Ended:
    """What a sync would do now; nothing is written to the database, so no lease is needed."""
    check_pull(connection, wish)
    return Ended(0, in_child(_pulling(connection, Action.PREVIEW, wish, state_of(connection.pk)), on_progress))


def check_pull(connection: Connection, wish: Wish) -> None:
    """RunRefused or SettingsError where the connection's source may not be pulled now as it is wished.

    A zip brings nobody whom a server brings its district already, whoever or whatever asks for the sync (M05, M27).
    """
    check_order(connection, wish.only)
    if connection.kind == "csv" and wish.only != BUILDINGS:
        exclusive.check_zip(connection.district.name, options_of(connection), beside=connection.pk)


def approve(held: Run, *, on_progress: Follow, order: int = 0, without_removals: bool = False) -> Ended:
    """Apply exactly the change that ``held`` holds, or all of it that removes nothing."""
    connection = connection_of(held)
    with taken(connection.pk) as token:
        recover.settle(connection.pk)
        held.refresh_from_db()
        check_waiting(held)
        job = msgspec.structs.replace(describe(connection, Action.APPROVE), without_removals=without_removals)
        return carry_out(msgspec.structs.replace(job, token=token, subject=held.pk), on_progress, order)


def discard(held: Run) -> None:
    """Drop the change that ``held`` holds; the next sync looks afresh."""
    waiting = Run.objects.filter(id=held.pk, held_state=HeldState.WAITING)
    if waiting.update(held_state=HeldState.DISCARDED):
        drop_changes([held.changes])
    else:
        held.refresh_from_db()
        check_waiting(held)


def check_waiting(run: Run) -> None:
    """RunRefused where the run holds no change that waits for a decision."""
    if run.held_state != HeldState.WAITING:
        raise RunRefused(
            "run.not_waiting",
            _WHY_NOT_WAITING[HeldState(run.held_state)],
            todo="See rosterkeeper runs NAME for what waits.",
        )


def undo(connection: Connection, *, on_progress: Follow, order: int = 0) -> Ended:
    """Bring the roster back to where it was before its last change; whether it can, its child knows."""
    return _revert(connection, Action.UNDO, on_progress, order)


def redo(connection: Connection, *, on_progress: Follow, order: int = 0) -> Ended:
    """Apply again what the last undo took back; refused once another run has changed the roster."""
    return _revert(connection, Action.REDO, on_progress, order)


def restore(connection: Connection, run_id: int, *, on_progress: Follow, order: int = 0) -> Ended:
    """Bring the roster back to the kept snapshot of an earlier run."""
    with taken(connection.pk) as token:
        recover.settle(connection.pk)
        snapshot_of(connection, run_id)
        job = describe(connection, Action.RESTORE)
        return carry_out(msgspec.structs.replace(job, token=token, subject=run_id), on_progress, order)


def purge(connection: Connection, *, days: int, on_progress: Follow, order: int = 0) -> Ended:
    """Delete for good what was removed from the roster more than ``days`` days ago."""
    with taken(connection.pk) as token:
        recover.settle(connection.pk)
        job = describe(connection, Action.PURGE)
        before = instant(timezone.now() - timedelta(days=days))
        return carry_out(msgspec.structs.replace(job, token=token, purge_before=before), on_progress, order)


def read(connection: Connection, action: Action, *, on_progress: Follow, out: str = "", version: str = "1.2") -> Result:
    """Carry out an action that only reads, such as test or export."""
    job = describe(connection, action)
    if action == Action.EXPORT:
        record("roster.exported", about=f"connection:{connection.pk}")
    return in_child(msgspec.structs.replace(job, out=out, version=version), on_progress)


def fingerprint(connection: Connection, *, every_field: bool, on_progress: Follow) -> Result:
    """The hash of the connection's live roster, in ``Result.hash``."""
    job = describe(connection, Action.HASH)
    return in_child(msgspec.structs.replace(job, every_field=every_field), on_progress)


def find(run_id: int, among: QuerySet[Run] | None = None) -> Run:
    """The run of that number, of those ``among`` which it may be; RunRefused where there is none."""
    run = (Run.objects.all() if among is None else among).filter(id=run_id).first()
    if run is None:
        raise RunRefused("run.unknown", f"There is no run {run_id}.", todo="See rosterkeeper runs NAME.")
    return run


def snapshots(connection: Connection) -> list[AppliedRun]:
    """The applied runs whose snapshot is kept, newest first."""
    named = AppliedRun.objects.filter(connection_id=connection.pk).exclude(snapshot="").order_by("-state_version")
    # Old snapshots are swept away, their runs stay on record.
    return [each for each in named if (settings.ROSTER_ARTIFACTS / each.snapshot).is_dir()]


def snapshot_of(connection: Connection, run_id: int) -> AppliedRun:
    """The applied run of that number, its snapshot kept; RunRefused where there is none."""
    found = next((each for each in snapshots(connection) if each.run_id == run_id), None)
    if found is None:
        raise RunRefused(
            "restore.no_snapshot",
            f"Run {run_id} of this connection has no kept snapshot.",
            todo="See rosterkeeper snapshots for those that are kept.",
        )
    return found


def latest(connection: Connection, number: int) -> list[Run]:
    """The connection's last runs, the newest first."""
    return list(Run.objects.filter(connection_id=connection.pk).order_by("-id")[:number])


def name_of(run: Run) -> str:
    """The name of the run's connection, removed or not."""
    return Connection.objects.get(id=run.connection_id).name


def findings_of(run: Run) -> Iterator[FindingLine]:
    """What the run found in the data, in the order it was found."""
    for row in Finding.objects.filter(run_id=run.pk).order_by("number").iterator():
        yield FindingLine(row.code, row.severity, row.file, row.row, row.entity, row.sourced_id, row.field)


def _revert(connection: Connection, action: Action, on_progress: Follow, order: int) -> Ended:
    with taken(connection.pk) as token:
        recover.settle(connection.pk)
        job = describe(connection, action)
        return carry_out(msgspec.structs.replace(job, token=token), on_progress, order)


def _pulling(connection: Connection, action: Action, wish: Wish, state: State) -> Job:
    """The job of a pull; what a change of options leaves out, and what additions alone put off, a full one tells."""
    selection = selected(
        connection, state, only=wish.only, confirmed=wish.confirmed, additions_only=wish.additions_only
    )
    full = wish.full or selection.changed or selection.additions_only
    job = msgspec.structs.replace(describe(connection, action), selection=selection, full=full)
    return msgspec.structs.replace(job, source=CsvSpec(path=wish.package)) if wish.package else job


def carry_out(job: Job, on_progress: Follow, order: int) -> Ended:
    """A run of the job: its row, its child, its result."""
    run = Run.objects.create(
        connection_id=job.connection,
        action=job.action,
        subject=job.subject,
        started_at=timezone.now(),
        only=job.selection.only if job.selection else "",
        options=job.selection.options.fingerprint if job.selection else "",
        order=order,
        without_removals=job.without_removals,
    )
    if not order and job.action != Action.SYNC:
        # What a page or call decided, it has written down itself.
        record(f"run.{job.action}", about=f"connection:{job.connection}", details={"run": run.pk, "of": job.subject})
    with progress.kept(run.pk, on_progress) as follow:
        result = truth(run.pk, in_child(msgspec.structs.replace(job, run=run.pk), follow))
        follow(Progress("publish", "", 0))
        finish(run, result)
    return Ended(run.pk, result)


def in_child(job: Job, on_progress: Follow) -> Result:
    """What the job came to in a child process; its scratch folder is gone afterwards."""
    try:
        return launch(job, on_progress=on_progress, log=settings.ROSTER_JOB_LOG)
    finally:
        # The child clears its scratch itself, unless it was killed.
        shutil.rmtree(Path(job.scratch), ignore_errors=True)


def connection_of(run: Run) -> Connection:
    """The connection in use of a run; RunRefused where it was removed."""
    connection = Connection.objects.filter(id=run.connection_id, removed_at=None).first()
    if connection is None:
        raise RunRefused(
            "run.connection_removed",
            "The run's connection was removed.",
            todo="Its people stay as they are; add a connection again to change them.",
        )
    return connection
