"""What became of a change that a run held, in one sentence: who decided it, and what that did."""

from django.utils.translation import gettext as _

from rosterkeeper.engine.outcomes import MEANINGS
from rosterkeeper.features.accounts.models import Account
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.runs.finding_log import asked_by
from rosterkeeper.features.runs.models import HeldState, Run
from rosterkeeper.job.words import Action

_UPDATES = [outcome for outcome, meaning in MEANINGS.items() if meaning.updates]


def decided(held: Run) -> str:
    """Who approved or discarded the run's change, or what took its place; '' where it waits or there is none."""
    if held.held_state == HeldState.SUPERSEDED:
        return _("The sync was held; a newer run has taken its change's place. Nothing of it was changed.")
    if held.held_state == HeldState.DISCARDED:
        return _("The held change was discarded by %(who)s; nothing of it was changed.") % {"who": _discarded_by(held)}
    if held.held_state != HeldState.APPROVED:
        return ""
    approval = Run.objects.filter(subject=held.pk, action=Action.APPROVE, outcome__in=_UPDATES).order_by("-id").first()
    if approval is None:
        return _("The held change was approved and applied.")
    approved = _("The held change was approved by %(who)s; run %(number)s applied it.")
    return approved % {"who": asked_by(approval), "number": approval.pk}


def _discarded_by(held: Run) -> str:
    """The account's name; only the pages and the API write it down, so that else it was the command line."""
    entry = Entry.objects.filter(action="run.discarded", about=f"run:{held.pk}").order_by("-id").first()
    if entry is None:
        return _("the command line")
    account = Account.objects.filter(id=entry.account).first()
    return account.shown_name if account else _("an account that is gone")
