"""What may be asked of schedules: set one, see its next runs, and hand out what is due, each instant once."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from django.conf import settings
from django.db import transaction

from rosterkeeper.engine.outcomes import MEANINGS
from rosterkeeper.features.connections.models import Connection, District
from rosterkeeper.features.runs.models import Run
from rosterkeeper.features.schedules import rules
from rosterkeeper.features.schedules.checks import check
from rosterkeeper.features.schedules.models import StoredSchedule
from rosterkeeper.features.schedules.rules import Upcoming
from rosterkeeper.features.schedules.schedule import Form, Schedule
from rosterkeeper.job.words import Action
from rosterkeeper.oneroster.errors import RosterkeeperError

_LOG: Final = logging.getLogger(__name__)
_ENDED_WELL: Final = [outcome for outcome, meaning in MEANINGS.items() if meaning.updates]


@dataclass(frozen=True, slots=True)
class Due:
    """A sync that is to begin now: of which connection, for which instant of its schedule, and how."""

    connection: Connection
    at: datetime
    additions_only: bool


def schedule_of(connection: Connection) -> Schedule:
    """The connection's schedule; off, in the installation's zone, where none was ever set."""
    row = StoredSchedule.objects.filter(connection=connection).first()
    return _stated(row) if row else Schedule(zone=settings.TIME_ZONE)


@transaction.atomic
def set_schedule(connection: Connection, schedule: Schedule, *, now: datetime) -> None:
    """Store the schedule; SettingsError where it cannot be meant.

    Where its instants change, those before ``now`` count as settled: a new schedule has nothing to catch up.
    """
    check(schedule)
    row = StoredSchedule.objects.select_for_update().filter(connection=connection).first()
    if row is None:
        row = StoredSchedule(connection=connection, handled_at=now)
    elif _stated(row).timing != schedule.timing:
        row.handled_at = now
    row.stated = msgspec.to_builtins(schedule)
    row.version, row.changed_at = row.version + 1, now
    row.save()
    # Whoever says when a district syncs has said where it is; it is asked for nowhere else at first.
    District.objects.filter(pk=connection.district_id, zone="").update(zone=schedule.zone)


def next_runs(connection: Connection, schedule: Schedule, *, now: datetime, count: int = 3) -> list[Upcoming]:
    """The next runs of the connection under ``schedule``, be it stored or only thought of."""
    return rules.next_runs(schedule, spread_of(connection), now, count)


def waits_for_first(connection: Connection, schedule: Schedule) -> bool:
    """Whether the schedule begins only after a first sync, and that has not ended well yet (R14)."""
    if not schedule.after_manual or schedule.form is Form.OFF:
        return False
    synced = Run.objects.filter(connection_id=connection.pk, action__in=(Action.SYNC, Action.APPROVE))
    return not synced.filter(outcome__in=_ENDED_WELL).exists()


def waits_for(connection: Connection, schedule: Schedule) -> str:
    """What the schedule waits for before it begins: ``test``, ``manual_sync``, or nothing."""
    if schedule.form is Form.OFF:
        return ""
    if connection.verified_at is None:
        return "test"
    return "manual_sync" if waits_for_first(connection, schedule) else ""


def due(now: datetime, start: Callable[[Due], None]) -> list[Due]:
    """Claim what is due at ``now`` and give each to ``start``, within the transaction that claims it.

    However many workers ask at once, one of them gets an instant. Where ``start`` raises, or its process dies, the
    claim is undone and the instant is due again. What may not run now, an untested or removed connection's (decision
    7), one that waits for its first sync, one on a blackout date, is passed over and not caught up later.
    """
    rows = StoredSchedule.objects.filter(connection__removed_at=None).select_related("connection")
    return [made for row in rows.order_by("connection_id") if (made := _hand_out(row, now, start)) is not None]


def spread_of(connection: Connection) -> float:
    """The connection's own place in a window or between two runs; it moves with neither name nor machine."""
    return rules.spread_of(f"{connection.pk}:{connection.created_at.timestamp():.6f}")


def _hand_out(row: StoredSchedule, now: datetime, start: Callable[[Due], None]) -> Due | None:
    connection, schedule = row.connection, _stated(row)
    if rules.is_from_the_future(row.handled_at, now):
        _claim(row, now)
        return None
    try:
        at = rules.due(schedule, spread_of(connection), row.handled_at, now)
        if at is None:
            return None
        made = Due(connection, at, rules.is_additions_only(schedule, now))
        runs = _may_run(connection, schedule, at, now)
    except RosterkeeperError as error:
        # One connection's zone, unknown since the machine changed, must not keep the others from running.
        _LOG.error("the schedule of connection %s cannot be carried out: %s %s", row.pk, error.code, error.what)
        return None
    with transaction.atomic():
        if not _claim(row, at) or not runs:
            return None
        start(made)
    return made


def _may_run(connection: Connection, schedule: Schedule, at: datetime, now: datetime) -> bool:
    if connection.verified_at is None or rules.is_blackout(schedule, at) or rules.is_blackout(schedule, now):
        return False
    return not waits_for_first(connection, schedule)


def _claim(row: StoredSchedule, handled: datetime) -> bool:
    """Compare and set: of all who read the row as it is, one may go on."""
    mine = StoredSchedule.objects.filter(connection_id=row.pk, version=row.version)
    return bool(mine.update(handled_at=handled, version=row.version + 1))


def _stated(row: StoredSchedule) -> Schedule:
    return msgspec.convert(row.stated, Schedule)
