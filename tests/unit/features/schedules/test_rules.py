"""When a schedule is due: spacing, local times on the days clocks change, windows, and clocks that are wrong."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rosterkeeper.features.connections.zones import zone_of
from rosterkeeper.features.schedules import rules
from rosterkeeper.features.schedules.schedule import DAYS, PRESETS, Dates, Form, Schedule, SchoolHours

DAY = timedelta(days=1)
CHICAGO = "America/Chicago"
ZONES = (CHICAGO, "Europe/London", "Pacific/Auckland", "Australia/Lord_Howe", "Pacific/Apia", "UTC", "UTC-05:00")

spreads = st.floats(min_value=0, max_value=1, exclude_max=True)
# Hypothesis wants the limits without a zone.
_FROM, _TO = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (2009, 2040))
moments = st.datetimes(_FROM, _TO, timezones=st.just(UTC))
zones = st.sampled_from(ZONES)
wall_times = st.times()


def utc(text: str) -> datetime:
    """An instant written in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def at(schedule: Schedule, start: str, count: int, spread: float = 0.0) -> list[datetime]:
    """The next instants after a moment."""
    return list(islice(rules.after(schedule, spread, utc(start)), count))


def preset(name: str) -> Schedule:
    """A preset put on a new schedule."""
    (found,) = (each for each in PRESETS if each.name == name)
    return found.on(Schedule())


@pytest.mark.covers("N14", "N15")
@given(times=st.integers(2, 99), spread=spreads, moment=moments)
def test_so_many_times_a_day_are_evenly_spread_over_every_day(times: int, spread: float, moment: datetime) -> None:
    made = list(islice(rules.after(Schedule(form=Form.TIMES, times=times), spread, moment), 2 * times + 1))
    gaps = [later - sooner for sooner, later in pairwise(made)]
    assert max(gaps) - min(gaps) <= timedelta(microseconds=1)
    assert abs(gaps[0] - DAY / times) <= timedelta(microseconds=1)
    assert (made[times] - made[0], made[2 * times] - made[0]) == (DAY, 2 * DAY)
    assert moment < made[0] <= moment + DAY / times + timedelta(microseconds=1)


@pytest.mark.covers("N15")
@pytest.mark.parametrize("start", ["2026-03-07T23:00", "2026-10-31T23:00", "2026-06-01T00:00"])
def test_24_times_a_day_are_3600_seconds_apart_on_days_of_clock_changes_too(start: str) -> None:
    hourly = at(Schedule(form=Form.TIMES, times=24, zone=CHICAGO), start, 60, spread=0.3)
    assert {later - sooner for sooner, later in pairwise(hourly)} == {timedelta(seconds=3600)}


@pytest.mark.covers("N15")
def test_two_connections_do_not_begin_at_the_same_second() -> None:
    spread = {rules.spread_of(str(number)) for number in range(500)}
    begun = {at(Schedule(form=Form.TIMES, times=24), "2026-06-01T00:00", 1, each)[0] for each in spread}
    assert len(spread) == 500
    assert len(begun) > 400


@pytest.mark.covers("N16", "M22", "S07")
@pytest.mark.parametrize("schedule", [Schedule(form=Form.TIMES, times=1, at=time(2), zone=CHICAGO), preset("daily")])
def test_once_a_day_means_a_local_time_of_day(schedule: Schedule) -> None:
    made = at(schedule, "2026-06-01T00:00", 3)
    here = [each.astimezone(zone_of(schedule.zone)) for each in made]
    assert [(each.time(), each.date()) for each in here] == [
        (time(2), here[0].date() + number * DAY) for number in range(3)
    ]


@pytest.mark.covers("N16")
def test_the_time_of_day_means_nothing_when_it_runs_more_often() -> None:
    early, late = (Schedule(form=Form.TIMES, times=2, at=time(hour), zone=CHICAGO) for hour in (1, 13))
    assert at(early, "2026-06-01T00:00", 4) == at(late, "2026-06-01T00:00", 4)
    assert early.timing == late.timing


@pytest.mark.covers("M22", "M06")
def test_a_local_time_that_does_not_exist_or_exists_twice_is_one_run() -> None:
    skipped = at(Schedule(form=Form.DAILY, at=time(2, 30), zone=CHICAGO), "2026-03-07T00:00", 3)
    assert skipped == [utc("2026-03-07T08:30"), utc("2026-03-08T08:30"), utc("2026-03-09T07:30")]
    doubled = at(Schedule(form=Form.DAILY, at=time(1, 30), zone=CHICAGO), "2026-10-31T00:00", 3)
    assert doubled == [utc("2026-10-31T06:30"), utc("2026-11-01T06:30"), utc("2026-11-02T07:30")]


@pytest.mark.covers("M06", "M22", "S07")
@given(wall=wall_times, zone=zones, moment=moments)
def test_daily_is_once_each_local_date_whatever_clocks_do(wall: time, zone: str, moment: datetime) -> None:
    made = list(islice(rules.after(Schedule(form=Form.DAILY, at=wall, zone=zone), 0.0, moment), 15))
    dates = [each.astimezone(zone_of(zone)).date() for each in made]
    # A place that changed over the date line has no 30 December 2011: the run of the day before it is one and the same.
    assert all(later > sooner for sooner, later in pairwise(made))
    assert len(set(dates)) == len(dates)
    assert dates[-1] - dates[0] in (14 * DAY, 15 * DAY)
    assert {later - sooner for sooner, later in pairwise(made)} <= {
        DAY + timedelta(minutes=shift) for shift in (-60, -30, 0, 30, 60)
    }


@pytest.mark.covers("L04")
@given(days=st.sets(st.sampled_from(DAYS), min_size=1), wall=wall_times, zone=zones, moment=moments)
def test_weekly_fires_on_the_chosen_local_weekdays_only(
    days: set[str], wall: time, zone: str, moment: datetime
) -> None:
    schedule = Schedule(form=Form.WEEKLY, at=wall, zone=zone, days=tuple(days))
    made = list(islice(rules.after(schedule, 0.0, moment), 14))
    there = [DAYS[each.astimezone(zone_of(zone)).weekday()] for each in made]
    shifted = [each for each in made if each.astimezone(zone_of(zone)).time() != wall]
    assert set(there) <= days or shifted
    assert len(made) == 14


@pytest.mark.covers("L05", "R20")
@pytest.mark.parametrize(
    ("region", "opens"), [("us-nz", "23:00"), ("au", "10:00"), ("uk", "18:00")], ids=["us-nz", "au", "uk"]
)
@pytest.mark.parametrize("day", ["2026-01-13", "2026-07-14", "2026-03-08"])
def test_a_region_opens_its_window_at_the_instant_that_the_guides_write(region: str, opens: str, day: str) -> None:
    nightly = at(preset(f"{region}-nightly"), f"{day}T00:00", 1)
    assert nightly == [utc(f"{day}T{opens}")]


@pytest.mark.covers("L04", "L05")
def test_twice_a_week_means_tuesday_and_friday_nights_of_the_region() -> None:
    opened = at(preset("us-nz-tue-fri"), "2026-06-01T00:00", 4)
    assert opened == [utc(f"2026-06-{day}T23:00") for day in ("02", "05", "09", "12")]
    assert len(at(preset("us-nz-nightly"), "2026-06-01T00:00", 4, 0.5)) == 4


@pytest.mark.covers("L05", "R20")
def test_with_an_iana_zone_the_window_opens_at_six_in_summer_and_in_winter() -> None:
    here = replace(preset("us-nz-nightly"), zone=CHICAGO)
    assert at(here, "2026-01-13T12:00", 1) + at(here, "2026-07-14T12:00", 1) == [
        utc("2026-01-14T00:00"),
        utc("2026-07-14T23:00"),
    ]


@pytest.mark.covers("L06", "R21")
@given(spread=spreads, moment=moments, zone=zones, days=st.sets(st.sampled_from(DAYS), min_size=1))
def test_a_connection_starts_once_inside_each_window(
    spread: float, moment: datetime, zone: str, days: set[str]
) -> None:
    window = Schedule(form=Form.WINDOW, at=time(18), zone=zone, days=tuple(days))
    opens = list(islice(rules.after(window, 0.0, moment - 2 * DAY), 12))
    starts = [each for each in islice(rules.after(window, spread, moment - 2 * DAY), 14) if each >= opens[0]]
    assert [start for start, opened in zip(starts, opens, strict=False) if not opened <= start < opened + DAY] == []
    assert len(set(starts)) == len(starts)


@pytest.mark.covers("L06")
def test_many_connections_spread_over_the_whole_window() -> None:
    window = preset("uk-nightly")
    starts = [at(window, "2026-06-01T12:00", 1, rules.spread_of(str(number)))[0] for number in range(240)]
    hours = [(start - utc("2026-06-01T18:00")) // timedelta(hours=1) % 24 for start in starts]
    assert min(hours.count(hour) for hour in range(24)) > 0
    assert max(hours.count(hour) for hour in range(24)) < 30


any_schedule = st.builds(
    Schedule,
    form=st.sampled_from(Form),
    times=st.integers(1, 99),
    at=wall_times,
    zone=zones,
    days=st.sets(st.sampled_from(DAYS), min_size=1).map(tuple),
)


@pytest.mark.covers("N13", "L06")
@given(schedule=any_schedule, spread=spreads, moment=moments)
def test_the_latest_instant_and_the_next_ones_leave_nothing_between_them(
    schedule: Schedule, spread: float, moment: datetime
) -> None:
    last = rules.latest(schedule, spread, moment)
    if schedule.form is Form.OFF:
        assert last is None
        assert list(rules.after(schedule, spread, moment)) == []
        return
    assert last is not None
    assert last <= moment
    following = list(islice(rules.after(schedule, spread, last), 3))
    assert following == list(islice(rules.after(schedule, spread, moment), 3))
    assert [rules.latest(schedule, spread, each) for each in following] == following


@pytest.mark.covers("N13", "M35")
@given(
    schedule=any_schedule,
    spread=spreads,
    moment=moments,
    steps=st.lists(st.timedeltas(-timedelta(hours=24), timedelta(days=9)), min_size=1, max_size=30),
)
def test_a_clock_that_jumps_makes_no_run_twice_and_no_storm(
    schedule: Schedule, spread: float, moment: datetime, steps: list[timedelta]
) -> None:
    handled, begun = moment, []
    for step in steps:
        moment += step
        at_once = []
        while (made := rules.due(schedule, spread, handled, moment)) is not None:
            handled = made
            at_once.append(made)
        assert len(at_once) <= 1
        begun += at_once
    assert begun == sorted(set(begun))


@pytest.mark.covers("M06")
def test_a_machine_that_was_off_for_a_week_catches_up_once() -> None:
    daily = Schedule(form=Form.DAILY, at=time(2), zone=CHICAGO)
    due = rules.due(daily, 0.0, utc("2026-06-01T07:00"), utc("2026-06-08T15:00"))
    assert due == utc("2026-06-08T07:00")
    assert rules.due(daily, 0.0, due, utc("2026-06-08T15:00")) is None


def test_what_was_handled_a_day_ahead_is_believed_and_a_year_ahead_is_not() -> None:
    now = utc("2026-06-01T07:00")
    assert not rules.is_from_the_future(now + DAY, now)
    assert rules.is_from_the_future(now + 365 * DAY, now)


def test_the_next_runs_pass_over_blackout_dates_and_say_which_only_add() -> None:
    schedule = Schedule(
        form=Form.DAILY,
        at=time(23, 30),
        zone=CHICAGO,
        blackouts=(Dates(date(2026, 6, 2), date(2026, 6, 3)),),
        additions_only=(Dates(date(2026, 6, 4), date(2026, 6, 4)),),
    )
    found = rules.next_runs(schedule, 0.0, utc("2026-06-01T12:00"), 3)
    assert [each.local.date() for each in found] == [date(2026, 6, 1), date(2026, 6, 4), date(2026, 6, 5)]
    assert [each.additions_only for each in found] == [False, True, False]
    assert found[0].at == utc("2026-06-02T04:30")
    assert found[0].local.tzinfo == ZoneInfo(CHICAGO)


def test_a_year_of_blackout_dates_leaves_no_next_run_to_look_for() -> None:
    long = Dates(date(2026, 1, 1), date(2030, 1, 1))
    assert rules.next_runs(Schedule(form=Form.DAILY, blackouts=(long,)), 0.0, utc("2026-06-01T12:00"), 3) == []


@pytest.mark.covers("L09", "R07", "L05")
def test_a_run_inside_school_hours_is_told_where_the_school_is() -> None:
    auckland = SchoolHours(zone="Pacific/Auckland", opens=time(8, 30), closes=time(15, 30))
    window = replace(preset("us-nz-nightly"), school=auckland)
    # 18:00 at UTC-5 on a Monday is Tuesday 11:00 in New Zealand.
    assert [each.in_school_hours for each in rules.next_runs(window, 0.0, utc("2026-06-01T12:00"), 6)] == [
        *(True, True, True, True),
        *(False, False),
    ]
    assert not rules.is_school_time(replace(window, school=SchoolHours(days=())), utc("2026-06-01T23:00"))


@pytest.mark.covers("L09")
@pytest.mark.parametrize(("clock", "inside"), [("07:59", False), ("08:00", True), ("14:59", True), ("15:00", False)])
def test_school_hours_begin_with_their_first_minute_and_end_before_their_last(clock: str, inside: bool) -> None:
    assert rules.is_school_time(Schedule(), utc(f"2026-06-01T{clock}")) is inside
