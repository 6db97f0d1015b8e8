"""Zones by their written names: IANA's, ``UTC``, and literal offsets such as ``UTC-05:00``."""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from rosterkeeper.oneroster.errors import SettingsError

_OFFSET: Final = re.compile(r"UTC([+-])(0\d|1[0-4]):([0-5]\d)")
# Names in the database of zones that are no places: what a machine, or a leap second, is set to.
_NO_PLACES: Final = ("posix/", "right/", "Factory", "localtime", "posixrules")


def zone_of(name: str) -> tzinfo:
    """The zone of that name; SettingsError ``schedule.zone`` where this machine knows none."""
    if name == "UTC":
        return UTC
    if stated := _OFFSET.fullmatch(name):
        sign = -1 if stated[1] == "-" else 1
        return timezone(sign * timedelta(hours=int(stated[2]), minutes=int(stated[3])), name)
    try:
        if name and not name.startswith(_NO_PLACES):
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise SettingsError(
        "schedule.zone",
        "The time zone is not one that this machine knows.",
        todo="Write it as America/Chicago, UTC, or UTC-05:00.",
    )


@cache
def zone_names() -> tuple[str, ...]:
    """The IANA names that can be chosen, in order."""
    return tuple(sorted(name for name in available_timezones() if not name.startswith(_NO_PLACES)))
