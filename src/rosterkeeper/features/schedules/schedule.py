"""A schedule as a value: one object, five forms, and the guides' presets. Plain data without a clock in it."""

from datetime import date, time
from enum import StrEnum
from typing import Final

import msgspec

# Monday first, as `date.weekday` counts.
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SCHOOL_DAYS: Final = DAYS[:5]
_TUESDAY_AND_FRIDAY: Final = ("tue", "fri")
MOST_TIMES: Final = 99


class Form(StrEnum):
    """How a schedule says when: the fields that each form reads are in `FIELDS`."""

    TIMES = "times"
    DAILY = "daily"
    WEEKLY = "weekly"
    WINDOW = "window"
    OFF = "off"


class Dates(msgspec.Struct, frozen=True):
    """A span of local dates, the first and the last of them included."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        """Whether the day is one of them."""
        return self.first <= day <= self.last


class SchoolHours(msgspec.Struct, frozen=True, kw_only=True):
    """When a school is at work and better not disturbed (L09); no days: never. A blank zone is the schedule's."""

    days: tuple[str, ...] = _SCHOOL_DAYS
    opens: time = time(8)
    closes: time = time(15)
    zone: str = ""


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """When a connection syncs by itself.

    ``times`` is how often a day (1 to 99); ``at`` a local time in ``zone``; ``days`` the weekdays, in a window those
    on which it opens. ``zone`` is an IANA name, ``UTC``, or a literal offset such as ``UTC-05:00``. A field that the
    form does not read is kept all the same, so that going back to another form finds it as it was. ``after_manual``:
    nothing runs by itself until a first sync, started by hand, has ended well (R14). On ``blackouts`` nothing runs
    by itself; on ``additions_only`` a run by itself only adds.
    """

    form: Form = Form.OFF
    times: int = 24
    at: time = time(2)
    days: tuple[str, ...] = DAYS
    zone: str = "UTC"
    after_manual: bool = True
    blackouts: tuple[Dates, ...] = ()
    additions_only: tuple[Dates, ...] = ()
    school: SchoolHours = SchoolHours()

    @property
    def timing(self) -> tuple[object, ...]:
        """What decides about the instants: two schedules of equal timing are due at the same ones."""
        return (self.form, *(getattr(self, name) for name in fields_of(self)))


def fields_of(schedule: Schedule) -> tuple[str, ...]:
    """The fields that the schedule's form reads; a time of day can be set only where it runs once a day (N16)."""
    match schedule.form:
        case Form.TIMES:
            return ("times", "at", "zone") if schedule.times == 1 else ("times",)
        case Form.DAILY:
            return ("at", "zone")
        case Form.WEEKLY | Form.WINDOW:
            return ("days", "at", "zone")
        case Form.OFF:
            return ()


class Preset(msgspec.Struct, frozen=True):
    """A guide's own schedule under a name; ``place`` is the IANA zone to offer instead of the literal offset."""

    name: str
    form: Form
    at: time
    zone: str = ""
    days: tuple[str, ...] = DAYS
    times: int = 24
    place: str = ""

    def on(self, schedule: Schedule) -> Schedule:
        """The schedule with the preset's times; a preset without a zone leaves the schedule's."""
        return msgspec.structs.replace(
            schedule, form=self.form, at=self.at, zone=self.zone or schedule.zone, days=self.days, times=self.times
        )


_OPENS: Final = time(18)


def _windows(region: str, zone: str, place: str) -> tuple[Preset, Preset]:
    """A region's two windows (L04, L05, R20): the offset as the guides write it, right in one half of the year only."""
    nightly = Preset(f"{region}-nightly", Form.WINDOW, _OPENS, zone, place=place)
    return nightly, Preset(f"{region}-tue-fri", Form.WINDOW, _OPENS, zone, _TUESDAY_AND_FRIDAY, place=place)


PRESETS: Final = (
    *_windows("us-nz", "UTC-05:00", "America/Chicago"),
    *_windows("au", "UTC+08:00", "Australia/Perth"),
    *_windows("uk", "UTC", "Europe/London"),
    Preset("hourly", Form.TIMES, time(2)),
    Preset("daily", Form.DAILY, time(2)),
)
