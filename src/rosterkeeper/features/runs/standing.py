"""How connections stand: their last times, what the last run came to, and what goes on now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Max
from django.utils.functional import Promise

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs.models import Order, Run, State
from rosterkeeper.features.runs.wording import PARTS, named
from rosterkeeper.job.words import Action


@dataclass(frozen=True, slots=True)
class Standing:
    """One connection as a page shows it; ``order`` is what is asked for and has not ended.

    ``updated_only`` is the part that the sync of Last Updated was limited to, '' for all of it.
    """

    connection: Connection
    state: State
    last_run: Run | None
    order: Order | None
    updated_only: str = ""

    @property
    def updated_part(self) -> str | Promise:
        """The part that Last Updated is about, in words; '' for all of it."""
        return named(PARTS, self.updated_only) if self.updated_only else ""

    @property
    def is_running(self) -> bool:
        """Whether a run goes on or waits to be begun."""
        return self.order is not None or (self.last_run is not None and not self.last_run.outcome)

    @property
    def reasons(self) -> int:
        """For how many reasons the last sync was held, where the state's text is nothing but those; else 0."""
        run = self.last_run
        is_held = run is not None and run.held_state and run.what == self.state.status_text
        return len(run.reasons) if run is not None and is_held else 0


def standings(connections: Sequence[Connection]) -> list[Standing]:
    """How each of the connections stands, in a fixed number of queries."""
    return _of(connections)


def standing(connection: Connection) -> Standing:
    """How one connection stands."""
    return _of([connection])[0]


def _of(connections: Sequence[Connection]) -> list[Standing]:
    ids = [connection.pk for connection in connections]
    states = State.objects.in_bulk(ids)
    last_ids = Run.objects.filter(connection_id__in=ids).values("connection_id").annotate(last=Max("id"))
    runs = {run.connection_id: run for run in Run.objects.filter(id__in=[row["last"] for row in last_ids])}
    orders = {order.connection_id: order for order in Order.objects.filter(connection_id__in=ids, ended_at=None)}
    parts = _parts(states)
    return [
        Standing(
            each,
            states.get(each.pk) or State(connection_id=each.pk),
            runs.get(each.pk),
            orders.get(each.pk),
            parts.get(each.pk, ""),
        )
        for each in connections
    ]


def _parts(states: Mapping[int, State]) -> dict[int, str]:
    """The part that each connection's Last Updated is about, '' for all of it; an approval's is the held run's."""
    times = [state.last_updated for state in states.values() if state.last_updated]
    ended = Run.objects.filter(connection_id__in=states, finished_at__in=times)
    runs = [run for run in ended if run.finished_at == states[run.connection_id].last_updated]
    approved = [run.subject for run in runs if run.action == Action.APPROVE]
    held = dict(Run.objects.filter(id__in=approved).values_list("id", "only")) if approved else {}
    return {run.connection_id: held.get(run.subject, "") if run.action == Action.APPROVE else run.only for run in runs}
