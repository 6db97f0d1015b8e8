"""Which options a run applies, whether they were changed since the roster was made, and which part may run when."""

from typing import Final

from rosterkeeper.engine.options import BUILDINGS, PEOPLE, Selection
from rosterkeeper.engine.outcomes import MEANINGS, Outcome
from rosterkeeper.features.connections.choosing import options_of
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs.models import Run, State
from rosterkeeper.job.words import Action
from rosterkeeper.oneroster.errors import RunRefused

# What takes the roster back to where other options may have held.
_BACK: Final = (Action.UNDO, Action.REDO, Action.RESTORE)


def selected(connection: Connection, state: State, *, only: str, confirmed: bool, additions_only: bool) -> Selection:
    """The options for one run over a roster that stands as ``state`` says."""
    options = options_of(connection)
    return Selection(
        options=options,
        only=only,
        changed=state.options != options.fingerprint,
        confirmed=confirmed,
        additions_only=additions_only,
    )


def check_order(connection: Connection, only: str) -> None:
    """RunRefused where users are to be synced alone and the buildings did not come first (M16)."""
    if only != PEOPLE:
        return
    ended = Run.objects.filter(connection_id=connection.pk, action=Action.SYNC).exclude(outcome="").order_by("-id")
    good = [outcome for outcome, meaning in MEANINGS.items() if meaning.updates]
    # A whole run that failed says nothing about the buildings, one that went well has brought them.
    last = ended.filter(only=BUILDINGS).first()
    whole = ended.filter(only="", outcome__in=good).first()
    latest = max((run for run in (last, whole) if run), key=lambda run: run.pk, default=None)
    if latest is None or Outcome(latest.outcome) not in good:
        raise RunRefused(
            "run.buildings_first",
            "Users can be synced alone only after their buildings were.",
            todo="Run rosterkeeper sync NAME --only buildings first; it must end well.",
        )


def keep_options(run: Run) -> None:
    """Remember with which options the roster was made, once a run has brought it there."""
    if run.action in _BACK and run.outcome == Outcome.APPLIED:
        State.objects.filter(connection_id=run.connection_id).update(options="")
        return
    source = Run.objects.get(id=run.subject) if run.action == Action.APPROVE else run
    settles = run.action in (Action.SYNC, Action.APPROVE) and MEANINGS[Outcome(run.outcome)].updates
    # What other options leave out was not removed.
    settles = settles and not run.without_removals
    if settles and not source.only and source.by_options.get("settled"):
        State.objects.filter(connection_id=run.connection_id).update(options=source.options)
