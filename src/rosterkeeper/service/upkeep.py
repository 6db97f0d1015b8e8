"""What the worker does once a day: it orders the purges that are due, and forgets older findings, sign-ins, lessons."""

from datetime import datetime, timedelta
from typing import Final

from rosterkeeper.features.connections.workflow import ever
from rosterkeeper.features.console import ending, sweeping
from rosterkeeper.features.runs import orders
from rosterkeeper.features.runs.retention import sweep_findings
from rosterkeeper.features.signin import attempts
from rosterkeeper.job.words import Action

# Orders of a connection are told apart by what they are due at; no schedule's instant lies so near a day's beginning.
_BESIDE_SCHEDULES: Final = timedelta(microseconds=1)


def keep_up(now: datetime, retention_days: int, attendance_days: int) -> None:
    """Order the day's purges, one a connection however many workers look, and sweep what is older than it is kept."""
    due = now.replace(hour=0, minute=0, second=0, microsecond=0) + _BESIDE_SCHEDULES
    # The people of a removed connection are kept no longer than others.
    for connection in ever():
        if retention_days:
            orders.place(connection, Action.PURGE, subject=retention_days, due=due)
        sweep_findings(connection)
    attempts.sweep(now)
    sweeping.sweep(now)
    ending.forget_old(now, attendance_days)
    ending.forget_erased()
