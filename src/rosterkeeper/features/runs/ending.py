"""The end of a run: its result kept, the connection's times moved, older held runs superseded."""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from rosterkeeper.engine.outcomes import MEANINGS, Outcome
from rosterkeeper.features.runs import gateway
from rosterkeeper.features.runs.models import AppliedRun, HeldState, Run, State
from rosterkeeper.features.runs.selecting import keep_options
from rosterkeeper.job.words import Action, Result
from rosterkeeper.oneroster.findings import FAMILIES
from rosterkeeper.store.artifacts import Artifacts

_LOST: Final = (Outcome.FAILED, Outcome.INTERRUPTED)
# Families of findings that refuse a zip as such: what an administrator then reads in Last Updated (N38).
_ZIP_FAMILIES: Final = FAMILIES[:4]
INVALID_ZIP: Final = "invalid zip"

_AFTER: Final[list[Callable[[Run], None]]] = []


def call_after(step: Callable[[Run], None]) -> None:
    """Have a step called after each run, in the transaction that keeps it; for features above this one."""
    if step not in _AFTER:
        _AFTER.append(step)


def committed(run_id: int) -> Result | None:
    """What the run committed, as its child wrote it with the change itself; None where it committed nothing."""
    row = AppliedRun.objects.filter(run_id=run_id).first()
    return msgspec.json.decode(row.result, type=Result) if row else None


def truth(run_id: int, told: Result) -> Result:
    """The result to believe: a child that died after its commit has applied, whatever it could still say."""
    if told.outcome not in _LOST:
        return told
    return committed(run_id) or told


def drop_changes(names: Iterable[str]) -> None:
    """Remove held change sets that nobody can approve any more: they hold people."""
    artifacts = Artifacts(settings.ROSTER_ARTIFACTS)
    for name in names:
        artifacts.drop(name)


@transaction.atomic
def finish(run: Run, result: Result) -> None:
    """Keep what the run came to, in one transaction with everything that follows from it."""
    run.outcome = result.outcome
    run.finished_at = timezone.now()
    for name in ("code", "what", "todo", "proof", "version", "form", "state_version", "changes"):
        setattr(run, name, getattr(result, name))
    for name in ("reasons", "counts", "findings", "seconds", "not_imported", "by_options"):
        setattr(run, name, msgspec.to_builtins(getattr(result, name)))
    run.held_state = HeldState.WAITING if result.changes and result.outcome not in _LOST else HeldState.NONE
    run.save()
    _settle_older(run)
    _move_times(run)
    keep_options(run)
    for step in _AFTER:
        step(run)
    gateway.write_after(run)


def _settle_older(run: Run) -> None:
    if run.outcome in _LOST or run.action == Action.PURGE:
        return
    waiting = Run.objects.filter(connection_id=run.connection_id, id__lt=run.pk, held_state=HeldState.WAITING)
    if run.action == Action.APPROVE:
        waiting.filter(id=run.subject).update(held_state=HeldState.APPROVED)
    obsolete = list(waiting.values_list("changes", flat=True))
    waiting.update(held_state=HeldState.SUPERSEDED)
    transaction.on_commit(lambda: drop_changes(obsolete))


def _move_times(run: Run) -> None:
    """Last Checked tells the last look at the source, Last Updated the last roster that came of one (N10, N11)."""
    if run.action not in (Action.SYNC, Action.APPROVE):
        return
    moved: dict[str, object] = {"status_text": _status_text(run)}
    if run.action == Action.SYNC:
        moved["last_checked"] = run.finished_at
    if MEANINGS[Outcome(run.outcome)].updates:
        moved["last_updated"] = run.finished_at
    State.objects.filter(connection_id=run.connection_id).update(**moved)


def _status_text(run: Run) -> str:
    refused = run.outcome == Outcome.FAILED and run.code.split(".")[0] in _ZIP_FAMILIES
    return INVALID_ZIP if refused else run.what
