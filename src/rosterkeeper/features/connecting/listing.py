"""How a connection stands in one word, and what of its source a page tells beside its name."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs.models import Order
from rosterkeeper.features.runs.standing import Standing, standings
from rosterkeeper.features.schedules.rules import Upcoming, is_school_time
from rosterkeeper.features.schedules.schedule import Form, Schedule
from rosterkeeper.features.schedules.workflow import next_runs, schedule_of, waits_for_first
from rosterkeeper.job.words import Action
from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.sources.oneroster.presets import BY_NAME

KINDS: Final[dict[str, str | Promise]] = {
    "classlink": "ClassLink",
    "oneroster": "OneRoster",
    "csv": _("OneRoster CSV"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One connection as the list shows it; ``upcoming`` is None where it does not run by itself.

    ``in_school_hours``: a run that began now would disturb a school at work (L09).
    """

    standing: Standing
    kind: str | Promise
    sis: str
    stage: str
    needs_sync: bool
    upcoming: Upcoming | None
    in_school_hours: bool

    @property
    def next_run(self) -> datetime | None:
        """The instant of the next run."""
        return self.upcoming.at if self.upcoming else None


def rows(connections: Iterable[Connection], kind: str = "") -> list[Row]:
    """The connections, or those of one kind."""
    shown = standings([each for each in connections if not kind or each.kind == kind])
    now = timezone.now()
    under_way = _under_way([each.connection.pk for each in shown])
    return [_row(each, under_way.get(each.connection.pk, set()), now) for each in shown]


def row(standing: Standing) -> Row:
    """One connection."""
    number = standing.connection.pk
    return _row(standing, _under_way([number]).get(number, set()), timezone.now())


def _row(standing: Standing, actions: Collection[str], now: datetime) -> Row:
    connection = standing.connection
    schedule = schedule_of(connection)
    updated = standing.state.last_updated
    return Row(
        standing=standing,
        kind=KINDS.get(connection.kind, connection.kind),
        sis=_sis(connection),
        stage=_stage(connection, actions),
        needs_sync=bool(connection.edited_at and (updated is None or updated < connection.edited_at)),
        upcoming=_upcoming(connection, schedule, now),
        in_school_hours=_in_school_hours(schedule, now),
    )


def _in_school_hours(schedule: Schedule, now: datetime) -> bool:
    try:
        return is_school_time(schedule, now)
    except RosterkeeperError:
        # Its own page says what is wrong with the schedule's zone.
        return False


def _stage(connection: Connection, actions: Collection[str]) -> str:
    """draft → verifying → processing → active (S12); an edited connection is not tested until its test passes."""
    if Action.TEST in actions:
        return "verifying"
    if Action.SYNC in actions:
        return "processing"
    if connection.verified_at:
        return "active"
    return "not tested" if connection.edited_at else "draft"


def _sis(connection: Connection) -> str:
    preset = BY_NAME.get(str(connection.settings.get("preset", "")))
    return preset.title if preset else ""


def _upcoming(connection: Connection, schedule: Schedule, now: datetime) -> Upcoming | None:
    if schedule.form is Form.OFF or connection.verified_at is None or waits_for_first(connection, schedule):
        return None
    try:
        upcoming = next_runs(connection, schedule, now=now, count=1)
    except RosterkeeperError:
        # Its own page says what is wrong with the schedule.
        return None
    return upcoming[0] if upcoming else None


def _under_way(numbers: list[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    open_ones = Order.objects.filter(connection_id__in=numbers, ended_at=None)
    for number, action in open_ones.values_list("connection_id", "action"):
        found.setdefault(number, set()).add(action)
    return found
