"""What may be decided about a connection's last change and a held one, said before anybody decides it."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs.lease import state_of
from rosterkeeper.features.runs.models import AppliedRun, HeldState, Run
from rosterkeeper.job.words import Action

_WHY_NOT_UNDO: Final[dict[str, str | Promise]] = {
    Action.PURGE: gettext_lazy("Removed records were erased since; the last change can no longer be undone."),
    Action.UNDO: gettext_lazy("The last change was undone already. Redo brings it back."),
    Action.REKEY: gettext_lazy(
        "The last change gave people and classes new ids in the roster, and in groups, decisions and accounts, too."
        " Taken back in the roster alone, those would lead to nobody, so it cannot be undone. Put single people right"
        " under Directory, Matching; only a backup from before leads back as a whole."
    ),
}
APPROVE, WITHOUT_REMOVALS, DISCARD = "approve", "without-removals", "discard"


@dataclass(frozen=True, slots=True)
class Back:
    """The change that an undo or a redo would take back; ``run`` is None where there is none, ``why_not`` says why."""

    action: Action
    run: Run | None
    why_not: str = ""


def why_not_decide(held: Run) -> str:
    """Why nobody can decide about the run's change any more; '' where somebody can."""
    if held.held_state == HeldState.SUPERSEDED:
        return _("A newer run has taken this change's place. Open the newest run and decide about that one.")
    if held.held_state == HeldState.APPROVED:
        return _("This change was approved before.")
    if held.held_state == HeldState.DISCARDED:
        return _("This change was discarded.")
    if held.held_state != HeldState.WAITING:
        return _("This run holds no change.")
    if state_of(held.connection_id).version != held.state_version:
        return _("The roster has changed since the run was held. Run the sync again and decide about the new change.")
    return ""


def may_remove(held: Run) -> bool:
    """Whether to approve the run's change may take records out of the roster; of a part that waits, nobody counted."""
    return held.outcome != "held" or any(each.get("remove", 0) for each in held.counts.values())


def back(connection: Connection, action: Action) -> Back:
    """What undo or redo would do to the connection now; only the last change can be taken back."""
    version = state_of(connection.pk).version
    last = AppliedRun.objects.filter(connection_id=connection.pk, state_version=version).first()
    run = Run.objects.filter(id=last.run_id).first() if last else None
    if action == Action.REDO:
        if last is None or last.action != Action.UNDO:
            return Back(action, None, _("Nothing was undone, or another run has followed since."))
        return Back(action, run)
    if last is None:
        return Back(action, None, _("Nothing was applied yet, so there is nothing to undo."))
    why_not = _WHY_NOT_UNDO.get(last.action)
    return Back(action, None, str(why_not)) if why_not else Back(action, run)


def is_last_change(run: Run) -> bool:
    """Whether the run made the roster what it is now."""
    return AppliedRun.objects.filter(
        run_id=run.pk, connection_id=run.connection_id, state_version=state_of(run.connection_id).version
    ).exists()
