"""Folders that zips are put into, as the worker looks at them: a zip that is there in full is synced unasked."""

from datetime import datetime
from typing import Final

from rosterkeeper.features.connections import exclusive
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs.dropping import has_work
from rosterkeeper.features.runs.models import Order
from rosterkeeper.features.schedules import rules
from rosterkeeper.features.schedules.workflow import schedule_of
from rosterkeeper.job.words import Action

_KIND: Final = "csv"


def waiting(now: datetime) -> list[tuple[Connection, bool]]:
    """The connections in whose folder a zip waits, each with whether it may only add.

    As with a schedule: only those whose settings were tested, and none on a blackout date. What a server brings already
    is asked for once, so that the page tells the refusal, and not again until the server is out of the way.
    """
    tested = Connection.objects.filter(kind=_KIND, removed_at=None, verified_at__isnull=False).order_by("id")
    found = [
        (connection, schedule_of(connection))
        for connection in tested
        if has_work(connection) and not _is_refused(connection)
    ]
    return [
        (connection, rules.is_additions_only(schedule, now))
        for connection, schedule in found
        if not rules.is_blackout(schedule, now)
    ]


def _is_refused(connection: Connection) -> bool:
    last = Order.objects.filter(connection_id=connection.pk, action=Action.SYNC).order_by("-id").first()
    told = last is not None and last.result.get("code") == exclusive.OTHER_SOURCE
    return told and bool(exclusive.rivals(connection))
