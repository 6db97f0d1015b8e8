"""What no run tells: data that grows stale, credentials that expire, a disk that fills, workers that are not there."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.notices.kinds import Word
from rosterkeeper.features.notices.models import Expiry
from rosterkeeper.features.notices.runs import STALE
from rosterkeeper.features.notices.troubles import Place, arise, event_of, has, mend, rules
from rosterkeeper.features.publish.models import Event
from rosterkeeper.features.runs import heartbeat
from rosterkeeper.features.runs.models import Order, Run, State

EXPIRY: Final = Place(0, "expiry").family
DISK: Final = Place(0, "disk")
WORKER: Final = Place(0, "worker")
# Days before the last one on which it is told, and told again.
_WARNINGS: Final = (0, 3, 14)
_GIGABYTE: Final = 1024**3
# A worker that is only started anew is not missed.
_MISSED: Final = timedelta(minutes=5)


def look(now: datetime) -> None:
    """Look at everything once; called about once a minute, by each worker."""
    look_at_ages(now)
    look_at_expiries(now)
    look_at_disk(now)


def stale_since(state: State, now: datetime, hours: int) -> datetime | None:
    """When the connection's data became stale, if it is; without a first success there is none that could (M23)."""
    if not hours or state.last_updated is None or now - state.last_updated <= timedelta(hours=hours):
        return None
    return state.last_updated + timedelta(hours=hours)


def look_at_ages(now: datetime) -> None:
    """Tell of connections without a success for too long; a run that goes on may be the one that was missing."""
    hours = rules().stale_hours
    running = Exists(Run.objects.filter(connection_id=OuterRef("pk"), outcome=""))
    ordered = Exists(Order.objects.filter(connection_id=OuterRef("pk"), ended_at=None))
    quiet = Connection.objects.filter(~running, ~ordered, removed_at=None)
    found = quiet.in_bulk()
    for state in State.objects.filter(connection_id__in=found):
        if stale_since(state, now, hours) and not has(Place(state.connection_id, STALE)):
            arise(Place(state.connection_id, STALE), _stale(state, found[state.connection_id], now), STALE)


def look_at_expiries(now: datetime) -> None:
    """Tell of credentials that are about to expire: two weeks, three days, and no day before."""
    rows = {row.connection_id: row.last_day for row in Expiry.objects.all()}
    for connection in Connection.objects.select_related("district").filter(pk__in=rows, removed_at=None):
        left = (rows[connection.pk] - localdate(now)).days
        stage = next((days for days in _WARNINGS if left <= days), None)
        if stage is None:
            continue
        title = _("%(name)s: the credentials expire on %(day)s") % {
            "name": connection.label,
            "day": rows[connection.pk],
        }
        todo = _("Ask for new credentials, enter them in the connection, and test it.")
        event = _of(connection, event_of(Word.EXPIRING, title, todo, at=now))
        cause = f"{rows[connection.pk]}:{stage}"
        arise(Place(connection.pk, EXPIRY), event, cause)


def room() -> tuple[int, int, bool]:
    """The data folder's free and total bytes, and whether that is too little: an upgrade copies the database first."""
    path: Path = settings.ROSTER_ARTIFACTS
    while not path.exists():
        path = path.parent
    usage = shutil.disk_usage(path)
    database: Path | None = settings.ROSTER_SQLITE_PATH
    needed = _GIGABYTE + (database.stat().st_size if database and database.exists() else 0)
    return usage.free, usage.total, usage.free < needed


def look_at_disk(now: datetime) -> None:
    """Tell where the data folder's disk has too little room."""
    free, _total, is_short = room()
    if not is_short:
        mend(DISK, event_of(Word.NORMAL, _("The disk has room again"), at=now))
    elif not has(DISK):
        left = _("%(free).1f GB are free.") % {"free": free / _GIGABYTE}
        todo = _("Free space on the disk of the data folder, or move the folder to a larger one.")
        arise(DISK, event_of(Word.DISK, _("The disk is nearly full"), left, todo, at=now), "short")


def look_at_workers(now: datetime) -> None:
    """Tell where no worker was seen for minutes; for who is none: a worker that begins, or a command that asks."""
    seen = heartbeat.last_seen()
    if seen is None or now - seen < _MISSED:
        return
    if not has(WORKER):
        title = _("No worker was seen since %(time)s") % {"time": f"{localtime(seen):%Y-%m-%d %H:%M %Z}"}
        todo = _("Until one runs, nothing is synced. Start rosterkeeper serve or rosterkeeper worker, and see its log.")
        arise(WORKER, event_of(Word.WORKER, title, todo, at=now), "away")


def worker_is_here(now: datetime) -> None:
    """A worker lives: where that was a trouble, it is mended."""
    mend(WORKER, event_of(Word.NORMAL, _("A worker is there again"), at=now))


def _stale(state: State, connection: Connection, now: datetime) -> Event:
    last = localtime(state.last_updated)
    title = _("%(name)s: the data is stale") % {"name": connection.label}
    since = _("The last successful sync was on %(time)s.") % {"time": f"{last:%Y-%m-%d %H:%M %Z}"}
    todo = _("See the connection's last runs and its schedule, or start Sync now.")
    kept = _("The roster stays as it is.")
    return _of(connection, event_of(Word.STALE, title, since, state.status_text, kept, todo, at=now))


def _of(connection: Connection, event: Event) -> Event:
    event.connection_id, event.connection, event.district = connection.pk, connection.name, connection.district_id
    event.path = f"/connections/{connection.pk}/"
    return event
