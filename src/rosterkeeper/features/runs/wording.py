"""The words of runs as pages show them: what was done, to what, and why."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rosterkeeper.engine.options import BUILDINGS, PEOPLE
from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.job.words import Action
from rosterkeeper.oneroster.fields import (
    ACADEMIC_SESSIONS,
    CLASSES,
    COURSES,
    DEMOGRAPHICS,
    ENROLLMENTS,
    ORGS,
    ROLES,
    USER_PROFILES,
    USERS,
)

ACTIONS: Final[dict[str, str | Promise]] = {
    Action.SYNC: _("Sync"),
    Action.APPROVE: _("Approval of a held run"),
    Action.UNDO: _("Undo"),
    Action.REDO: _("Redo"),
    Action.RESTORE: _("Restore of a snapshot"),
    Action.PURGE: _("Purge"),
    Action.PREVIEW: _("Preview"),
    Action.TEST: _("Connection test"),
    Action.COMPARE: _("Comparison of two snapshots"),
    Action.IDS: _("Look for the same people under new ids"),
    Action.REKEY: _("New ids for the same people"),
}
PARTS: Final[dict[str, str | Promise]] = {BUILDINGS: _("buildings only"), PEOPLE: _("users only")}
OUTCOMES: Final[dict[str, str | Promise]] = {
    "": _("The run is under way."),
    Outcome.APPLIED: _("The sync succeeded: the roster was changed as the source says."),
    Outcome.UNCHANGED: _("The sync succeeded: the roster already was as the source says."),
    Outcome.PARTIAL: _(
        "The sync succeeded in part: some schools or records were held or kept out; the rest was applied."
    ),
    Outcome.HELD: _("The sync is held: the change looks wrong and waits for approval; nothing was changed."),
    Outcome.FAILED: _("The sync failed; nothing was changed."),
    Outcome.INTERRUPTED: _("The sync was stopped before it applied anything."),
}
_CHANGED: Final[dict[str, str | Promise]] = {
    Action.APPROVE: _("The held change was applied."),
    Action.UNDO: _("The last change was taken back: the roster is as it was before it."),
    Action.REDO: _("The change that was taken back is applied again."),
    Action.RESTORE: _("The roster is again as the snapshot has it."),
    Action.PURGE: _("What was removed long enough ago was erased for good."),
    Action.REKEY: _("The same people and classes have their new ids; nobody was added or removed."),
}
ENTITY: Final[dict[str, str | Promise]] = {
    ORGS.name: _("Schools and other orgs"),
    ACADEMIC_SESSIONS.name: _("Terms"),
    COURSES.name: _("Courses"),
    CLASSES.name: _("Classes"),
    USERS.name: _("People"),
    USER_PROFILES.name: _("User profiles"),
    ROLES.name: _("Roles in schools"),
    DEMOGRAPHICS.name: _("Demographics"),
    ENROLLMENTS.name: _("Enrollments"),
}
OPS: Final[dict[str, str | Promise]] = {
    "add": _("added"),
    "update": _("changed"),
    "remove": _("removed"),
    "restore": _("restored"),
}
# For a change that nobody has applied yet.
OPS_TO_COME: Final[dict[str, str | Promise]] = {
    "add": _("would be added"),
    "update": _("would be changed"),
    "remove": _("would be removed"),
    "restore": _("would be restored"),
}
SEVERITIES: Final[dict[str, str | Promise]] = {"error": _("Errors"), "warning": _("Warnings"), "note": _("Notes")}
STEPS: Final[dict[str, str | Promise]] = {
    "fetch": _("read the source to its end"),
    "normalize": _("bring every value into one form"),
    "validate": _("look for what is wrong in the data"),
    "diff": _("compare with the roster as it stands"),
    "guard": _("see whether the change looks like an accident"),
    "apply": _("write the change, all of it or nothing"),
    "publish": _("tell everybody who waits for it"),
}
_WHY: Final[dict[str, str | Promise]] = {
    "add": _("The source lists it, and it was not known before."),
    "update": _("The source says it differently than the roster did."),
    "remove": _("The source lists it no longer, or says that it is deleted."),
    "restore": _("It was removed before, and the source lists it again."),
}
_WHY_BACK: Final[dict[str, str | Promise]] = {
    Action.UNDO: _("The run before it was taken back."),
    Action.REDO: _("The change that had been taken back was applied again."),
    Action.RESTORE: _("The roster was led back to a snapshot."),
}


def outcome_of(action: str, outcome: str) -> str | Promise:
    """What a run came to, in one plain sentence; of a sync in the guides' words (L23)."""
    if outcome == Outcome.APPLIED and action in _CHANGED:
        return _CHANGED[action]
    return OUTCOMES[outcome]


def why(action: str, op: str) -> str | Promise:
    """Why a run did that to a record, where no option or finding says it better."""
    return _WHY_BACK.get(action) or _WHY[op]


def named(words: dict[str, str | Promise], key: str) -> str | Promise:
    """The word for a key; the key itself where it is of another version."""
    return words.get(key, key)
