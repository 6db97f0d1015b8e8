"""Asking for a run: the one way of pages and of the API, with what forbids it and its entry in the audit log."""

from typing import Final

from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs import orders
from rosterkeeper.features.runs.models import Order
from rosterkeeper.features.runs.workflow import Wish, check_pull
from rosterkeeper.job.words import Action

_AS_USUAL: Final = Wish()
# What reads the source for a sync, or as one would.
_PULLS: Final = (Action.SYNC, Action.PREVIEW)


def ask(connection: Connection, action: Action, wish: Wish = _AS_USUAL, *, account: int) -> Order:
    """Order a run of the connection; RunRefused or SettingsError where it may not be run now.

    A zip is not synced while a server brings its people (M05), nor users before the buildings (M16).
    """
    if action in _PULLS:
        check_pull(connection, wish)
    order = orders.place(connection, action, wish=wish, account=account)
    record(
        "run.ordered",
        account=account,
        about=f"connection:{connection.pk}",
        details={"order": order.pk, "action": str(action), "only": wish.only, "full": wish.full},
    )
    return order
