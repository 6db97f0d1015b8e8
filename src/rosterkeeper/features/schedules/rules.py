"""When a schedule is due: pure functions of a schedule, the connection's spread, and instants that are given.

All instants are aware and in UTC. A schedule's instants do not depend on the clock of the moment, so that a run that
was due is due at the same instant however often one looks, on whichever machine, before and after the clock moved.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from rosterkeeper.features.connections.zones import zone_of
from rosterkeeper.features.schedules.schedule import DAYS, Form, Schedule

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_SECONDS: Final = 86_400
_DAY: Final = _SECONDS * 1_000_000
# A week, a window of a day, and a day for the zones on either side of UTC.
_FURTHEST_BACK: Final = 9
# How far one looks ahead for the next runs: blackout dates may fill a year.
_HORIZON: Final = 400
# A clock may go back an hour or a day without a run being made twice. Further back, the clock was wrong before, and
# waiting for it to be right again could take years.
_FUTURE: Final = timedelta(hours=25)


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A run to come: its instant in UTC and as clocks show it in the schedule's zone, and what is special about it."""

    at: datetime
    local: datetime
    additions_only: bool
    in_school_hours: bool

    @property
    def told(self) -> str:
        """The local time as people write it, the zone of a clock change included."""
        return f"{self.local:%Y-%m-%d %H:%M:%S %Z}"

    @property
    def told_in_utc(self) -> str:
        """The time in UTC as people write it."""
        return f"{self.at:%Y-%m-%d %H:%M:%S}"


def spread_of(seed: str) -> float:
    """A connection's own place between 0 and 1 (without 1), the same for the same seed for ever."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:6]) / 2**48


def due(schedule: Schedule, spread: float, handled: datetime, now: datetime) -> datetime | None:
    """The instant that is due at ``now``: the latest one past, where it is later than the last that was handled.

    Earlier ones that were missed are passed over: a machine that was off catches up once.
    """
    last = latest(schedule, spread, now)
    return last if last is not None and last > handled else None


def is_from_the_future(handled: datetime, now: datetime) -> bool:
    """Whether what was handled lies so far ahead that the clock must have been wrong then."""
    return handled - now > _FUTURE


def latest(schedule: Schedule, spread: float, now: datetime) -> datetime | None:
    """The schedule's last instant at or before ``now``; None where it is off."""
    if schedule.form is Form.OFF:
        return None
    if _is_even(schedule):
        shift, passed = _shift(schedule, spread), (now - _EPOCH) // _MICROSECOND
        return _nth(schedule, spread, ((passed - shift + 1) * schedule.times - 1) // _DAY)
    today = now.astimezone(zone_of(schedule.zone)).date()
    days = (today - timedelta(days=back) for back in range(-1, _FURTHEST_BACK + 1))
    return next((at for day in days if (at := _on(schedule, spread, day)) is not None and at <= now), None)


def after(schedule: Schedule, spread: float, moment: datetime) -> Iterator[datetime]:
    """The schedule's instants later than ``moment``, in order, for somewhat more than a year."""
    if schedule.form is Form.OFF:
        return
    if _is_even(schedule):
        passed = (moment - _EPOCH) // _MICROSECOND
        first = ((passed - _shift(schedule, spread) + 1) * schedule.times - 1) // _DAY + 1
        for number in range(first, first + _HORIZON * schedule.times):
            yield _nth(schedule, spread, number)
        return
    today = moment.astimezone(zone_of(schedule.zone)).date()
    last = moment
    for ahead in range(-2, _HORIZON):
        at = _on(schedule, spread, today + timedelta(days=ahead))
        if at is not None and at > last:
            yield at
            last = at


def next_runs(schedule: Schedule, spread: float, now: datetime, count: int) -> list[Upcoming]:
    """The next ``count`` runs after ``now``; fewer where blackout dates leave no more within a year."""
    zone = zone_of(schedule.zone)
    found: list[Upcoming] = []
    for at in after(schedule, spread, now):
        if not is_blackout(schedule, at):
            found.append(
                Upcoming(at, at.astimezone(zone), is_additions_only(schedule, at), is_school_time(schedule, at))
            )
            if len(found) == count:
                break
    return found


def is_blackout(schedule: Schedule, moment: datetime) -> bool:
    """Whether nothing runs by itself on the moment's local date."""
    return any(dates.holds(_local_date(schedule, moment)) for dates in schedule.blackouts)


def is_additions_only(schedule: Schedule, moment: datetime) -> bool:
    """Whether a run only adds on the moment's local date."""
    return any(dates.holds(_local_date(schedule, moment)) for dates in schedule.additions_only)


def is_school_time(schedule: Schedule, moment: datetime) -> bool:
    """Whether the moment lies in school hours, from the opening up to and without the closing."""
    school = schedule.school
    there = moment.astimezone(zone_of(school.zone or schedule.zone))
    return DAYS[there.weekday()] in school.days and school.opens <= there.time() < school.closes


def _local_date(schedule: Schedule, moment: datetime) -> date:
    return moment.astimezone(zone_of(schedule.zone)).date()


def _is_even(schedule: Schedule) -> bool:
    """Whether the instants are spread over the day of UTC, so that a clock change moves nothing (decision 10)."""
    return schedule.form is Form.TIMES and schedule.times > 1


def _shift(schedule: Schedule, spread: float) -> int:
    """The connection's own offset in whole seconds, in microseconds: less than the gap between two runs."""
    return int(spread * _SECONDS / schedule.times) * 1_000_000


def _nth(schedule: Schedule, spread: float, number: int) -> datetime:
    # Whole microseconds: 86,400 seconds by 99 is no finite number, and a sum of rounded gaps would drift.
    return _EPOCH + timedelta(microseconds=_shift(schedule, spread) + number * _DAY // schedule.times)


def _on(schedule: Schedule, spread: float, day: date) -> datetime | None:
    """The run that belongs to a local date; None where the date is not one of the schedule's.

    A local time that a clock change leaves out is taken as if the clock had not changed yet, one that comes twice is
    taken the first time (PEP 495, ``fold=0``): either way there is one instant a date.
    """
    picks_days = schedule.form in (Form.WEEKLY, Form.WINDOW)
    if picks_days and DAYS[day.weekday()] not in schedule.days:
        return None
    at = datetime.combine(day, schedule.at, zone_of(schedule.zone)).astimezone(UTC)
    return at + timedelta(seconds=int(spread * _SECONDS)) if schedule.form is Form.WINDOW else at
