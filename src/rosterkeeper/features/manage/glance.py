"""What an administrator reads at a glance: connections, what waits for them, and whether the service is well."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.utils import timezone

from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.connecting import listing
from rosterkeeper.features.connecting.listing import Row
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.notices.models import Expiry
from rosterkeeper.features.notices.troubles import rules
from rosterkeeper.features.notices.watching import room, stale_since
from rosterkeeper.features.roster.trends import totals
from rosterkeeper.features.runs import heartbeat
from rosterkeeper.features.runs.models import HeldState, Run

_GIGABYTE: Final = 1024**3
# What is counted on the overview, in this order.
_COUNTED: Final = ("schools", "students", "teachers", "classes")
_BACKUP_DUE: Final = timedelta(days=7)
_EXPIRES_SOON: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One connection: its row, since when its data is stale (None: it is not), its numbers, when credentials end."""

    row: Row
    stale_since: datetime | None
    totals: dict[str, int]
    expires: date | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A held run that waits for a decision."""

    run: Run
    name: str
    says: list[str]


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the service is well; ``free_gigabytes`` is None for who is told nothing of the disk and of backups."""

    workers: int
    worker_seen: datetime | None
    free_gigabytes: float | None
    disk_is_short: bool
    last_backup: datetime | None
    backup_is_due: bool
    unsent: int


@dataclass(frozen=True, slots=True)
class Glance:
    """The overview; ``totals`` are sums over the connections, empty where nothing was counted yet."""

    connections: list[Glimpse]
    waiting: list[Waiting]
    health: Health
    totals: dict[str, int]
    stale_hours: int


def glance(in_use: Sequence[Connection], *, unsent: int, of_all: bool) -> Glance:
    """These connections, and the service, in a number of queries that grows with them and not with the roster.

    ``unsent`` is how many notices could not be sent; ``of_all`` says that the machine's own troubles are told, too.
    """
    now, hours = timezone.now(), rules().stale_hours
    ends = dict(Expiry.objects.filter(last_day__lte=(now + _EXPIRES_SOON).date()).values_list("pk", "last_day"))
    connections = [
        Glimpse(
            row,
            stale_since(row.standing.state, now, hours),
            {name: number for name, number in totals(row.standing.connection.pk).items() if name in _COUNTED},
            ends.get(row.standing.connection.pk),
        )
        for row in listing.rows(in_use)
    ]
    names = {each.row.standing.connection.pk: each.row.standing.connection.label for each in connections}
    counted = [name for name in _COUNTED if any(name in each.totals for each in connections)]
    return Glance(
        connections=connections,
        waiting=_waiting(names),
        health=_health(now, unsent=unsent, of_all=of_all),
        totals={name: sum(each.totals.get(name, 0) for each in connections) for name in counted},
        stale_hours=hours,
    )


def _waiting(names: dict[int, str]) -> list[Waiting]:
    runs = Run.objects.filter(held_state=HeldState.WAITING, connection_id__in=names).order_by("-id")
    return [Waiting(run, names[run.connection_id], [str(one.get("says", "")) for one in run.reasons]) for run in runs]


def _health(now: datetime, *, unsent: int, of_all: bool) -> Health:
    if not of_all:
        seen = heartbeat.last_seen()
        return Health(heartbeat.alive(now), seen, None, False, None, False, unsent)
    free, _total, is_short = room()
    backup = Entry.objects.filter(action="backup.taken").order_by("-id").values_list("at", flat=True).first()
    first_run = Run.objects.order_by("id").values_list("started_at", flat=True).first()
    since = backup or first_run
    return Health(
        workers=heartbeat.alive(now),
        worker_seen=heartbeat.last_seen(),
        free_gigabytes=free / _GIGABYTE,
        disk_is_short=is_short,
        last_backup=backup,
        backup_is_due=since is not None and now - since > _BACKUP_DUE,
        unsent=unsent,
    )
