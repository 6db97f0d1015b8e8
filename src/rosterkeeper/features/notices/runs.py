"""What a run that ended tells: called in the transaction that keeps what the run came to."""

from typing import Final

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from rosterkeeper.engine.outcomes import MEANINGS, Outcome
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.notices.kinds import Word
from rosterkeeper.features.notices.troubles import Place, arise, event_of, mend, rules, tell
from rosterkeeper.features.publish.models import Event
from rosterkeeper.features.runs.models import HeldState, Run
from rosterkeeper.job.words import Action

RUNS: Final = "runs"
STALE: Final = "stale"
_SYNCS: Final = (Action.SYNC, Action.APPROVE)
_UPDATES: Final = [outcome for outcome, meaning in MEANINGS.items() if meaning.updates]
# By these a source says that it does not let the connection in (any more): L27, N37, M13, M26.
CREDENTIALS: Final = frozenset(
    {
        "source.refused_credentials",
        "source.forbidden",
        "source.scope_refused",
        "classlink.wrong_key",
        "classlink.unknown_tenant",
        "classlink.withdrawn",
        "classlink.not_enabled",
        "secret.wrong_key",
    }
)
_ENTITIES: Final = ("users", "classes", "orgs")


def run_ended(run: Run) -> None:
    """Tell what is new about the connection after its run; a preview, a test or an undo tells nothing."""
    if run.action not in _SYNCS:
        return
    place, outcome = Place(run.connection_id, RUNS), Outcome(run.outcome)
    if outcome in (Outcome.FAILED, Outcome.INTERRUPTED):
        if run.action == Action.SYNC:
            arise(place, _failed(run), f"{outcome}:{run.code}", at_least=_patience(outcome))
    elif outcome == Outcome.HELD:
        arise(place, _held(run), "held:" + _reasons(run), again=_discarded_before(run))
    elif outcome == Outcome.PARTIAL:
        _first(run)
        arise(place, _partial(run), f"partial:{run.code}:{_reasons(run)}")
    else:
        mend(place, _normal(run))
        _first(run)
    if outcome in _UPDATES:
        mend(Place(run.connection_id, STALE), _event(run, Word.NORMAL, _("The data of %(name)s is up to date again")))


def _patience(outcome: Outcome) -> int:
    """How many in a row are worth a notice; a run that was stopped is started again by itself, so one is none."""
    failures = rules().failures
    return max(failures, 2) if outcome == Outcome.INTERRUPTED else failures


def _failed(run: Run) -> Event:
    is_refused = run.code in CREDENTIALS
    title = _("%(name)s: the source refused the credentials") if is_refused else _("%(name)s: the sync failed")
    kept = _("The roster stays as it was after the last successful sync.")
    return _event(run, Word.CREDENTIALS if is_refused else Word.FAILED, title, kept)


def _held(run: Run) -> Event:
    asked = _("Nothing was changed. Look at the change, then approve or discard it.")
    says = [str(reason.get("says") or reason.get("code", "")) for reason in run.reasons[:10]]
    return _event(run, Word.HELD, _("%(name)s: a change waits for approval"), *says, asked)


def _partial(run: Run) -> Event:
    return _event(run, Word.PARTIAL, _("%(name)s: the sync was partial"), _("The rest was applied."))


def _normal(run: Run) -> Event:
    return _event(run, Word.NORMAL, _("%(name)s: back to normal"), _("The last sync ended well."))


def _first(run: Run) -> None:
    """The completion of a connection's first sync (M34)."""
    before = Run.objects.filter(connection_id=run.connection_id, id__lt=run.pk, action__in=_SYNCS)
    if not before.filter(outcome__in=_UPDATES).exists():
        counts = (f"{name}: {run.counts[name]['add']}" for name in _ENTITIES if name in run.counts)
        tell(_event(run, Word.FIRST, _("%(name)s: the first sync is complete"), ", ".join(counts)))


def _reasons(run: Run) -> str:
    return ",".join(sorted({str(reason.get("code", "")) for reason in run.reasons}))


def _discarded_before(run: Run) -> bool:
    """Whether the hold before this one was answered, so that this one is a new question."""
    held = Run.objects.filter(connection_id=run.connection_id, id__lt=run.pk, outcome=Outcome.HELD)
    last = held.order_by("-id").first()
    return last is not None and last.held_state == HeldState.DISCARDED


def _event(run: Run, word: Word, title: str, *lines: str) -> Event:
    found = Connection.objects.select_related("district").filter(id=run.connection_id).first()
    name, label, district = (found.name, found.label, found.district_id) if found else ("", "", None)
    at = run.finished_at or run.started_at
    code = _("Code: %(code)s") % {"code": run.code} if run.code else ""
    todo = _("Next step: %(todo)s") % {"todo": run.todo} if run.todo else ""
    when = _("Run %(run)s, %(time)s.") % {"run": run.pk, "time": f"{localtime(at):%Y-%m-%d %H:%M %Z}"}
    event = event_of(word, title % {"name": label}, run.what, *lines, code, todo, when, at=at, path=f"/runs/{run.pk}/")
    event.connection_id, event.connection, event.district = run.connection_id, name, district
    event.run_id, event.code = run.pk, run.code
    return event
