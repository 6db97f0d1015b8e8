"""Schedules of connections: set, due, handed out once, passed over; on both databases."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NoReturn

import pytest
from django.db import connections
from django.utils import timezone
from msgspec.structs import replace

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.workflow import add, remove, verified
from rosterkeeper.features.runs.models import Run
from rosterkeeper.features.schedules.models import StoredSchedule
from rosterkeeper.features.schedules.schedule import PRESETS, Dates, Form, Schedule, SchoolHours
from rosterkeeper.features.schedules.workflow import (
    Due,
    due,
    next_runs,
    schedule_of,
    set_schedule,
    spread_of,
    waits_for_first,
)
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.spec import CsvSpec
from tests.installation import Installation

MONDAY = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NIGHTLY = Schedule(form=Form.DAILY, at=time(2), zone="UTC", after_manual=False)
FIRST_NIGHT = datetime(2026, 6, 2, 2, tzinfo=UTC)


@pytest.fixture
def here(sqlite: Installation) -> Iterator[Installation]:
    """A migrated SQLite database in this process, for what a database has no part in."""
    with sqlite.in_process():
        yield sqlite


def nothing(_: Due) -> None:
    """What a worker does with a due sync, left out."""


def made(name: str = "north", schedule: Schedule = NIGHTLY) -> Connection:
    """A tested connection with a schedule since Monday noon."""
    connection = add(name, CsvSpec(path="/nowhere/north.zip"))
    verified(connection)
    set_schedule(connection, schedule, now=MONDAY)
    return connection


def ran(connection: Connection, outcome: str = "applied", action: str = "sync") -> None:
    """Somebody synced the connection, and it came to that."""
    Run.objects.create(connection_id=connection.pk, action=action, outcome=outcome, started_at=timezone.now())


def instants(now: datetime) -> list[datetime]:
    """What is due at a moment."""
    return [each.at for each in due(now, nothing)]


def lived(start: datetime, end: datetime, step: timedelta) -> list[datetime]:
    """What a worker hands out that looks at each step."""
    found, now = [], start
    while now < end:
        found += instants(now)
        now += step
    return found


@pytest.mark.covers("M30")
def test_a_new_connection_does_not_sync_by_itself(here: Installation) -> None:
    connection = add("north", CsvSpec(path="/nowhere/north.zip"))
    assert schedule_of(connection).form is Form.OFF
    assert (instants(MONDAY + DAY), next_runs(connection, schedule_of(connection), now=MONDAY)) == ([], [])


@pytest.mark.covers("N08")
def test_a_schedule_comes_back_as_it_was_set(here: Installation) -> None:
    stated = Schedule(
        blackouts=(Dates(date(2026, 12, 24), date(2027, 1, 6)),),
        additions_only=(Dates(date(2026, 8, 1), date(2026, 8, 15)),),
        school=SchoolHours(days=("mon",), opens=time(9), closes=time(12, 30), zone="Europe/London"),
    )
    assert schedule_of(made(schedule=stated)) == stated
    for each in PRESETS:
        connection = add(each.name, CsvSpec(path="/nowhere/north.zip"))
        set_schedule(connection, each.on(stated), now=MONDAY)
        assert schedule_of(connection) == each.on(stated)


@pytest.mark.covers("M06", "N13", "S07")
def test_a_daily_run_is_handed_out_once_a_day(opened: Installation) -> None:
    made()
    assert lived(MONDAY, MONDAY + 3 * DAY, HOUR / 2) == [FIRST_NIGHT + number * DAY for number in range(3)]


@pytest.mark.covers("M35", "N13")
def test_seven_days_pass_without_anybody(here: Installation) -> None:
    made("nightly")
    made("hourly", replace(NIGHTLY, form=Form.TIMES, times=24))
    made("twice", replace(NIGHTLY, form=Form.WEEKLY, days=("tue", "fri")))
    given: dict[str, list[datetime]] = {"nightly": [], "hourly": [], "twice": []}

    def take(one: Due) -> None:
        given[one.connection.name].append(one.at)

    for day in range(7):
        for hour in range(1, 25):
            due(MONDAY + day * DAY + hour * HOUR, take)
        # A restart: nothing is known but what the database knows.
        connections["default"].close()
    assert {name: len(found) for name, found in given.items()} == {"nightly": 7, "hourly": 168, "twice": 2}
    assert all(found == sorted(set(found)) for found in given.values())


@pytest.mark.covers("M06", "M23")
def test_a_machine_that_was_off_catches_up_once(here: Installation) -> None:
    made()
    assert lived(MONDAY + 9 * DAY, MONDAY + 9 * DAY + HOUR, HOUR / 4) == [FIRST_NIGHT + 8 * DAY]


@pytest.mark.covers("M06")
def test_a_clock_that_goes_back_an_hour_or_a_day_repeats_nothing(opened: Installation) -> None:
    made()
    assert lived(MONDAY, FIRST_NIGHT + HOUR, HOUR) == [FIRST_NIGHT]
    assert lived(FIRST_NIGHT - HOUR, FIRST_NIGHT + 2 * HOUR, HOUR / 4) == []
    assert lived(FIRST_NIGHT - DAY, FIRST_NIGHT + HOUR, HOUR) == []
    assert instants(FIRST_NIGHT + DAY) == [FIRST_NIGHT + DAY]


def test_a_clock_that_was_a_year_ahead_stops_nothing(here: Installation) -> None:
    made()
    assert len(instants(MONDAY + 365 * DAY)) == 1
    assert lived(MONDAY, MONDAY + 2 * DAY, HOUR) == [FIRST_NIGHT, FIRST_NIGHT + DAY]


@pytest.mark.covers("R14")
@pytest.mark.parametrize(("outcome", "action"), [("applied", "sync"), ("partial", "sync"), ("applied", "approve")])
def test_the_schedule_begins_after_the_first_sync_that_ended_well(
    here: Installation, outcome: str, action: str
) -> None:
    connection = made(schedule=replace(NIGHTLY, after_manual=True))
    ran(connection, "failed")
    ran(connection, "", "sync")
    assert lived(MONDAY, MONDAY + 2 * DAY, HOUR) == []
    assert waits_for_first(connection, schedule_of(connection))
    ran(connection, outcome, action)
    # What was passed over while it waited is not caught up.
    assert lived(MONDAY + 2 * DAY, MONDAY + 4 * DAY, HOUR) == [FIRST_NIGHT + 2 * DAY, FIRST_NIGHT + 3 * DAY]


@pytest.mark.covers("S15")
def test_the_first_sync_may_come_by_itself_if_nobody_clicks(here: Installation) -> None:
    made(schedule=replace(NIGHTLY, after_manual=False))
    assert instants(FIRST_NIGHT) == [FIRST_NIGHT]


@pytest.mark.covers("R14")
def test_a_new_schedule_waits_for_a_first_manual_sync() -> None:
    assert Schedule().after_manual is True


@pytest.mark.covers("M12", "L39")
def test_an_untested_connection_and_a_removed_one_are_not_scheduled(here: Installation) -> None:
    untested, removed = made("untested"), made("removed")
    untested.verified_at = None
    untested.save()
    remove(removed)
    assert lived(MONDAY, MONDAY + DAY, HOUR) == []
    verified(untested)
    assert lived(MONDAY + DAY, MONDAY + 2 * DAY, HOUR) == [FIRST_NIGHT + DAY]


def test_nothing_runs_on_blackout_dates_and_nothing_of_them_is_caught_up(here: Installation) -> None:
    made(schedule=replace(NIGHTLY, blackouts=(Dates(date(2026, 6, 3), date(2026, 6, 4)),)))
    assert lived(MONDAY, MONDAY + 4 * DAY, HOUR) == [FIRST_NIGHT, FIRST_NIGHT + 3 * DAY]


def test_a_run_missed_before_a_blackout_is_not_made_in_it(here: Installation) -> None:
    made(schedule=replace(NIGHTLY, blackouts=(Dates(date(2026, 6, 3), date(2026, 6, 4)),)))
    assert lived(FIRST_NIGHT + DAY - HOUR, MONDAY + 4 * DAY, HOUR) == [FIRST_NIGHT + 3 * DAY]


def test_on_additions_only_dates_a_run_is_handed_out_as_one_that_only_adds(here: Installation) -> None:
    made(schedule=replace(NIGHTLY, additions_only=(Dates(date(2026, 6, 3), date(2026, 6, 3)),)))
    told = [due(FIRST_NIGHT + number * DAY, nothing)[0].additions_only for number in range(3)]
    assert told == [False, True, False]


def test_a_new_time_of_day_has_nothing_to_catch_up_and_other_changes_lose_nothing(here: Installation) -> None:
    connection = made()
    set_schedule(connection, replace(NIGHTLY, at=time(11)), now=FIRST_NIGHT + 10 * HOUR)
    assert instants(FIRST_NIGHT + 10 * HOUR) == [] == instants(FIRST_NIGHT + 8 * HOUR)
    later = FIRST_NIGHT + 9 * HOUR + DAY
    set_schedule(connection, replace(NIGHTLY, at=time(11), after_manual=False, times=7), now=later + HOUR)
    assert instants(later + HOUR) == [later]


@pytest.mark.covers("L07", "M25")
def test_a_manual_sync_neither_cancels_nor_doubles_the_scheduled_one(here: Installation) -> None:
    connection = made()
    assert lived(MONDAY, FIRST_NIGHT, HOUR) == []
    ran(connection)
    assert lived(FIRST_NIGHT, FIRST_NIGHT + DAY, HOUR) == [FIRST_NIGHT]


def test_a_sync_that_could_not_be_started_is_due_again(opened: Installation) -> None:
    made()

    def fail(_: Due) -> NoReturn:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 -- a worker that died in between has no message
        due(FIRST_NIGHT, fail)
    assert instants(FIRST_NIGHT) == [FIRST_NIGHT]
    assert instants(FIRST_NIGHT) == []


def test_workers_that_look_at_the_same_time_never_take_one_instant_twice(opened: Installation) -> None:
    for name in ("north", "south", "west"):
        made(name, replace(NIGHTLY, form=Form.TIMES, times=99))
    taken: list[tuple[str, datetime]] = []
    ready = threading.Barrier(3)

    def work(look: Callable[[datetime], list[Due]]) -> None:
        try:
            for number in range(12):
                ready.wait()
                taken.extend((one.connection.name, one.at) for one in look(MONDAY + number * HOUR / 5))
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work, args=(lambda now: due(now, nothing),)) for _ in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert len(taken) == len(set(taken))
    assert {name for name, _ in taken} == {"north", "south", "west"}
    assert len(taken) >= 3 * 7


def test_a_zone_that_a_machine_does_not_know_keeps_no_other_connection_from_running(here: Installation) -> None:
    astray = made("astray")
    row = StoredSchedule.objects.get(connection=astray)
    row.stated["zone"] = "Mars/Olympus"
    row.save()
    made("well")
    assert [each.connection.name for each in due(FIRST_NIGHT, nothing)] == ["well"]


def test_the_next_runs_of_two_connections_with_one_window_differ(here: Installation) -> None:
    (window,) = (each for each in PRESETS if each.name == "uk-nightly")
    north, south = made("north", window.on(Schedule())), made("south", window.on(Schedule()))
    assert spread_of(north) != spread_of(south)
    first = [next_runs(each, schedule_of(each), now=MONDAY)[0].at for each in (north, south)]
    assert first[0] != first[1]
    fresh = Connection.objects.get(id=north.pk)
    assert next_runs(fresh, schedule_of(fresh), now=MONDAY)[0].at == first[0]


@pytest.mark.covers("N14", "L04")
@pytest.mark.parametrize(
    ("schedule", "code"),
    [
        (Schedule(form=Form.TIMES, times=0), "schedule.times"),
        (Schedule(form=Form.TIMES, times=100), "schedule.times"),
        (Schedule(form=Form.TIMES, times=-1), "schedule.times"),
        (Schedule(form=Form.WEEKLY, days=()), "schedule.days"),
        (Schedule(form=Form.WINDOW, days=("tues",)), "schedule.days"),
        (Schedule(zone="Middle/Earth"), "schedule.zone"),
        (Schedule(zone="UTC+25:00"), "schedule.zone"),
        (Schedule(zone="../etc/passwd"), "schedule.zone"),
        (Schedule(zone=""), "schedule.zone"),
        (Schedule(school=SchoolHours(zone="Nowhere")), "schedule.zone"),
        (Schedule(school=SchoolHours(opens=time(15), closes=time(8))), "schedule.school_hours"),
        (Schedule(school=SchoolHours(days=("sunday",))), "schedule.days"),
        (Schedule(blackouts=(Dates(date(2026, 6, 2), date(2026, 6, 1)),)), "schedule.dates"),
        (Schedule(additions_only=(Dates(date(2026, 6, 2), date(2028, 6, 1)),)), "schedule.dates"),
    ],
)
def test_a_schedule_that_cannot_be_meant_is_refused_and_the_old_one_stays(
    here: Installation, schedule: Schedule, code: str
) -> None:
    connection = made()
    with pytest.raises(SettingsError) as caught:
        set_schedule(connection, schedule, now=MONDAY)
    assert (caught.value.code, schedule_of(connection)) == (code, NIGHTLY)


@pytest.mark.covers("N14")
@pytest.mark.parametrize("times", [1, 99])
def test_from_1_to_99_syncs_a_day_are_taken(here: Installation, times: int) -> None:
    assert schedule_of(made(schedule=Schedule(form=Form.TIMES, times=times))).times == times
