"""What goes on at a connection now: orders that wait or are carried out, and runs of the command line."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils import timezone
from django.utils.functional import Promise

from rosterkeeper.features.runs import heartbeat, orders, progress
from rosterkeeper.features.runs.models import Order, Run
from rosterkeeper.features.runs.steps import Drawn, drawn
from rosterkeeper.features.runs.wording import ACTIONS, PARTS, named
from rosterkeeper.job.words import Action

# So long a run that has just ended is announced as news.
_NEWS: Final = timedelta(minutes=2)
# These leave no row of a run that would tell that they have begun; a comparison tells no steps.
_WITHOUT_RUN: Final = (Action.PREVIEW, Action.TEST)


@dataclass(frozen=True, slots=True)
class Going:
    """One thing that goes on; ``order`` or ``run`` may be missing, not both."""

    order: Order | None
    run: Run | None
    drawn: Drawn

    @property
    def what(self) -> str | Promise:
        """What is being done."""
        return named(ACTIONS, self.order.action if self.order else self.run.action if self.run else "")

    @property
    def part(self) -> str | Promise:
        """The part that it is limited to; '' for all of it."""
        only = str(self.order.wish.get("only", "")) if self.order else ""
        return named(PARTS, only) if only else ""

    @property
    def has_begun(self) -> bool:
        """Whether a worker has taken it up and told a first step."""
        return self.drawn.now is not None or (self.run is not None and not self.run.outcome)

    @property
    def is_deserted(self) -> bool:
        """Whether it is a worker's to do, and none lives."""
        return self.order is not None and not heartbeat.alive(timezone.now())

    @property
    def is_stopping(self) -> bool:
        """Whether somebody has asked for its end."""
        return self.order is not None and self.order.stopped_at is not None


def goings(connection_id: int) -> list[Going]:
    """What goes on at the connection, in the order in which it was asked for."""
    found = [going(order) for order in orders.open_orders(connection_id)]
    covered = {each.run.pk for each in found if each.run}
    alone = Run.objects.filter(connection_id=connection_id, outcome="").exclude(id__in=covered).order_by("id")
    return found + [Going(None, run, drawn(run.action, progress.latest(run.pk), begun=True)) for run in alone]


def going(order: Order) -> Going:
    """How far one order has come."""
    run = orders.run_of(order)
    lines = progress.latest(run.pk if run else -order.pk)
    under_way = run if run and not run.outcome else None
    begun = order.begun_at is not None if order.action in _WITHOUT_RUN else under_way is not None
    return Going(order, under_way, drawn(order.action, lines, begun=begun))


def news(run: Run | None) -> Run | None:
    """The run, where it has ended just now."""
    is_news = run is not None and run.finished_at is not None and timezone.now() - run.finished_at < _NEWS
    return run if is_news else None
