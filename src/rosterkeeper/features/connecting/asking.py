"""What the pages of a connection ask the worker for, and what its last test and preview came to."""

from dataclasses import dataclass
from typing import Final

import msgspec
from django.db.models import Q
from django.http import HttpRequest

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs import orders
from rosterkeeper.features.runs.asking import ask as ordered
from rosterkeeper.features.runs.models import Order
from rosterkeeper.features.runs.workflow import Wish
from rosterkeeper.job.words import Action, Result

_AS_USUAL: Final = Wish()


@dataclass(frozen=True, slots=True)
class Asked:
    """The last order of its kind; ``result`` is None while it goes on, ``is_old`` where the settings changed since."""

    order: Order
    result: Result | None
    is_old: bool

    @property
    def passed(self) -> bool:
        """Whether a test ended with every check passed."""
        return self.result is not None and bool(self.result.checks) and all(each.ok for each in self.result.checks)


def ask(request: HttpRequest, connection: Connection, action: Action, wish: Wish = _AS_USUAL) -> Order:
    """Order a run of the connection; RunRefused or SettingsError where it may not be run now."""
    return ordered(connection, action, wish, account=request.user.pk or 0)


def last(connection: Connection, action: Action) -> Asked | None:
    """The last order of the action that was placed for the connection."""
    order = Order.objects.filter(connection_id=connection.pk, action=action).order_by("-id").first()
    if order is None:
        return None
    result = msgspec.convert(order.result, Result) if order.result else None
    edited = connection.edited_at
    return Asked(order, result, is_old=bool(edited and edited > order.placed_at))


def refused(connection: Connection) -> Result | None:
    """Why the last order ended without a run, where no run has followed: only the order tells it."""
    ended = Order.objects.filter(connection_id=connection.pk).exclude(Q(ended_at=None) | Q(result={}))
    order = ended.exclude(action__in=(Action.TEST, Action.PREVIEW)).order_by("-id").first()
    if order is None or orders.run_of(order) is not None:
        return None
    result = msgspec.convert(order.result, Result)
    return result if result.outcome == "failed" else None
