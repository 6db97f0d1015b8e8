"""The list of runs: of all connections or one, the newest first, a page at a time."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs.models import HeldState, Run

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Filter:
    """Which runs: 0, '' and None mean any; the dates are days of the reader's zone, both included."""

    connection: int = 0
    outcome: str = ""
    action: str = ""
    since: date | None = None
    until: date | None = None
    before: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """One run with its connection, which may have been removed."""

    run: Run
    connection: Connection

    @property
    def seconds(self) -> int | None:
        """How long it took; None while it goes on."""
        return int((self.run.finished_at - self.run.started_at).total_seconds()) if self.run.finished_at else None


def runs(wanted: Filter, *, among: QuerySet[Run], limit: int = PAGE) -> tuple[list[Listed], int]:
    """A page of the runs in sight, and the number below which the next page begins (0: there is none)."""
    found = list(_narrowed(wanted, among).order_by("-id")[: limit + 1])
    names = Connection.objects.select_related("district").in_bulk({run.connection_id for run in found})
    page = [Listed(run, names[run.connection_id]) for run in found[:limit]]
    return page, found[limit - 1].pk if len(found) > limit else 0


def _narrowed(wanted: Filter, found: QuerySet[Run]) -> QuerySet[Run]:
    if wanted.connection:
        found = found.filter(connection_id=wanted.connection)
    if wanted.outcome == "waiting":
        found = found.filter(held_state=HeldState.WAITING)
    elif wanted.outcome:
        found = found.filter(outcome="" if wanted.outcome == "running" else wanted.outcome)
    if wanted.action:
        found = found.filter(action=wanted.action)
    if wanted.since:
        found = found.filter(started_at__gte=_midnight(wanted.since))
    if wanted.until:
        found = found.filter(started_at__lt=_midnight(wanted.until + timedelta(days=1)))
    return found.filter(id__lt=wanted.before) if wanted.before else found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
