"""Which day it is in a district."""

from datetime import UTC, date, datetime

import pytest

from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.connections import districts
from rosterkeeper.features.connections.dates import districts_by_date, today_in
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.connections.workflow import add
from rosterkeeper.features.people.fresh import standing, today
from rosterkeeper.features.people.models import PeopleSettings
from rosterkeeper.features.schedules.schedule import Form, Schedule
from rosterkeeper.features.schedules.workflow import set_schedule
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.spec import CsvSpec
from tests.installation import Installation

LATE = datetime(2026, 9, 1, 23, 30, tzinfo=UTC)


def test_the_date_is_that_of_the_districts_own_zone(opened: Installation) -> None:
    tokyo, chicago = districts.add("Tokyo"), districts.add("Chicago")
    assert districts.set_zone(tokyo, "Asia/Tokyo")
    assert districts.set_zone(chicago, "America/Chicago")
    assert today_in(tokyo.pk, LATE) == date(2026, 9, 2)
    assert today_in(chicago.pk, LATE) == date(2026, 9, 1)
    assert not districts.set_zone(chicago, "America/Chicago")
    assert Entry.objects.filter(action="district.zone_set").count() == 2
    with pytest.raises(SettingsError):
        districts.set_zone(chicago, "America/Springfield")
    listed = {number for numbers in districts_by_date().values() for number in numbers}
    assert listed == set(District.objects.values_list("pk", flat=True))


def test_a_zone_that_the_machine_does_not_know_any_more_is_the_servers(sqlite: Installation) -> None:
    with sqlite.in_process():
        made = districts.add("Atlantis")
        District.objects.filter(pk=made.pk).update(zone="Ocean/Atlantis")
        assert today_in(made.pk, LATE) == LATE.astimezone().date()


def test_people_are_matched_by_the_districts_date_and_a_first_schedule_says_where_it_is(sqlite: Installation) -> None:
    with sqlite.in_process():
        north = add("north", CsvSpec(path="/srv/north.zip"))
        # One of the two is on another day than the server, at any moment.
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
            District.objects.filter(pk=north.district_id).update(zone=zone)
            PeopleSettings.objects.update_or_create(
                district_id=north.district_id,
                defaults={"matched_on": today(north.district_id).isoformat(), "inputs": 0, "matched_inputs": 0},
            )
            assert standing(north.district_id).is_current
        assert today(north.district_id) < today_in(0) or today_in(0) == today(north.district_id)
        District.objects.filter(pk=north.district_id).update(zone="")
        set_schedule(north, Schedule(form=Form.DAILY, zone="Asia/Tokyo"), now=LATE)
        assert District.objects.get(pk=north.district_id).zone == "Asia/Tokyo"
        set_schedule(north, Schedule(form=Form.DAILY, zone="Europe/Rome"), now=LATE)
        assert District.objects.get(pk=north.district_id).zone == "Asia/Tokyo"
