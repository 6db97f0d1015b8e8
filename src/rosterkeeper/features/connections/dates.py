"""Which day it is in a district: by that its people's classes begin and end, wherever the server stands."""

from datetime import UTC, date, datetime

from rosterkeeper.features.connections.models import District
from rosterkeeper.features.connections.zones import zone_of
from rosterkeeper.oneroster.errors import SettingsError


def today_in(district: int, now: datetime | None = None) -> date:
    """The local date of a district; by the server's own zone where the district has none, or for 0."""
    zone = District.objects.filter(pk=district).values_list("zone", flat=True).first() if district else ""
    return _date(zone or "", now or datetime.now(UTC))


def districts_by_date() -> dict[date, list[int]]:
    """Every district's number by the local date that it is there now."""
    now, found = datetime.now(UTC), dict[date, list[int]]()
    for number, zone in District.objects.values_list("pk", "zone"):
        found.setdefault(_date(zone, now), []).append(number)
    return found


def _date(zone: str, now: datetime) -> date:
    try:
        return now.astimezone(zone_of(zone) if zone else None).date()
    except SettingsError:
        # A zone that was known when it was chosen; the machine has been changed since.
        return now.astimezone().date()
