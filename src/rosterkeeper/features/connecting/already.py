"""What is said to who asks for a run while something goes on at the connection already (N09)."""

from collections.abc import Collection
from typing import Final

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosterkeeper.engine.options import BUILDINGS
from rosterkeeper.features.runs.models import Order
from rosterkeeper.features.runs.workflow import Wish
from rosterkeeper.job.words import Action

_IS_IT: Final[dict[str, str | Promise]] = {
    Action.SYNC: gettext_lazy("A sync is already under way; this is it."),
    Action.TEST: gettext_lazy("A connection test is already under way; this is it."),
    Action.PREVIEW: gettext_lazy("A preview is already under way; this is it."),
}


def said(there: Collection[int], order: Order, wish: Wish) -> str:
    """What to say of the order that was got for a wish, where ``there`` are the orders open before it; '' for nothing.

    One that was there is the one asked for, unless it was wished for differently; a new one waits for the others.
    """
    if order.pk not in there:
        return _("It begins when what is under way has ended.") if there else ""
    if msgspec.to_builtins(wish) == order.wish:
        return str(_IS_IT[Action(order.action)])
    not_started = _("%(what)s was not started, because a sync is under way. Choose it again when that has ended.")
    return not_started % {"what": _named(wish)}


def _named(wish: Wish) -> str:
    """The wish by the name of its button."""
    if wish.only:
        return _("Sync Buildings") if wish.only == BUILDINGS else _("Sync Users")
    return _("Full data resync") if wish.full else _("Sync now")
