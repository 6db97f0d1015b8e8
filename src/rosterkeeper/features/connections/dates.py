"""Which day it is in a district: by that its people's classes begin and end, wherever the server stands."""

from datetime import UTC, date, datetime

from django.db import connection as database

from rosterkeeper.features.connections.models import District
from rosterkeeper.features.connections.zones import zone_of
from rosterkeeper.oneroster.errors import SettingsError


def today_in(district: int, now: datetime | None = None) -> date:
    """The local date of a district; by the server's own zone where the district has none, or for 0."""
    return _date(_zone(district) if district else "", now or datetime.now(UTC))


def districts_by_date() -> dict[date, list[int]]:
    """Every district's number by the local date that it is there now."""
    now, found = datetime.now(UTC), dict[date, list[int]]()
    for number, zone in District.objects.values_list("pk", "zone"):
        found.setdefault(_date(zone, now), []).append(number)
    return found


def _zone(district: int) -> str:
    # Asked with every look of every open lesson: Django takes longer over the question than the database.
    with database.cursor() as cursor:
        cursor.execute(f"SELECT zone FROM {District._meta.db_table} WHERE id = %s", [district])
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _date(zone: str, now: datetime) -> date:
    try:
        return now.astimezone(zone_of(zone) if zone else None).date()
    except SettingsError:
        # A zone that was known when it was chosen; the machine has been changed since.
        return now.astimezone().date()
