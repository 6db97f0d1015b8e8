"""The page of a connection's schedule: what it shows, what it saves, what it refuses and keeps."""

from datetime import date, time, timedelta
from html import unescape

import pytest
from django.utils import timezone

from rosterkeeper.features.accounts.rights import Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.connections.workflow import verified
from rosterkeeper.features.runs.models import Run, State
from rosterkeeper.features.schedules.models import StoredSchedule
from rosterkeeper.features.schedules.schedule import DAYS, PRESETS, Dates, Form
from rosterkeeper.features.schedules.workflow import schedule_of
from tests.pages.site import Site, text_of

DAILY = {
    "form": "daily",
    "at": "02:30",
    "zone": "America/Chicago",
    "after_manual_shown": "yes",
    "blackouts": "2026-12-20 to 2027-01-06\n2027-02-15",
    "additions_only": "2026-08-01..2026-08-15",
    "school_days_shown": "yes",
    "school_days": ["mon", "tue"],
    "school_opens": "08:30",
    "school_closes": "15:00",
    "school_zone": "",
}


def _address(site: Site, more: str = "") -> str:
    return f"/connections/{site.connection().pk}/schedule/{more}"


@pytest.mark.covers("M22", "N08", "L09")
def test_a_schedule_is_saved_as_typed_and_shown_again_with_its_next_runs(synced: Site) -> None:
    answer = synced.administrator.post(_address(synced), DAILY, follow=True)
    made = schedule_of(synced.connection())
    assert (made.form, made.at, made.zone, made.after_manual) == (Form.DAILY, time(2, 30), "America/Chicago", False)
    assert made.blackouts == (Dates(date(2026, 12, 20), date(2027, 1, 6)), Dates(date(2027, 2, 15), date(2027, 2, 15)))
    assert made.additions_only == (Dates(date(2026, 8, 1), date(2026, 8, 15)),)
    assert (made.school.days, made.school.opens) == (("mon", "tue"), time(8, 30))
    page = text_of(answer)
    assert page.count("02:30:00 C") == 3
    assert page.count(" UTC)</span>") == 3
    assert 'value="02:30"' in page
    (entry,) = Entry.objects.filter(action="connection.schedule_changed")
    assert set(entry.details["changed"]) >= {"form", "at", "blackouts"}
    assert "Nothing was changed." in text_of(synced.administrator.post(_address(synced), DAILY, follow=True))


@pytest.mark.covers("N14")
@pytest.mark.parametrize("times", ["0", "100", "-1", "1.5", "often"])
def test_a_wrong_number_is_refused_at_its_field_and_what_was_typed_stays(synced: Site, times: str) -> None:
    answer = synced.administrator.post(_address(synced), {**DAILY, "form": "times", "times": times})
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'id="id_times_error"' in page
    assert f'value="{times}"' in page
    assert "2027-02-15" in page
    assert schedule_of(synced.connection()).form is Form.OFF


@pytest.mark.covers("N14", "N16")
@pytest.mark.parametrize(("times", "at"), [("1", time(4, 15)), ("99", time(2))])
def test_a_time_of_day_counts_only_with_one_sync_a_day(synced: Site, times: str, at: time) -> None:
    synced.administrator.post(_address(synced), {"form": "times", "times": times, "once_at": "04:15", "zone": "UTC"})
    made = schedule_of(synced.connection())
    assert (made.times, made.timing[:2]) == (int(times), (Form.TIMES, int(times)))
    assert (at in made.timing) is (times == "1")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"zone": "Mars"}, "zone"),
        ({"form": "weekly", "days_shown": "yes"}, "days"),
        ({"blackouts": "Christmas"}, "blackouts"),
        ({"additions_only": "2026-08-15 to 2026-08-01"}, "additions_only"),
        ({"school_closes": "07:00"}, "school_closes"),
        ({"at": "25:00"}, "at"),
        ({"form": "sometimes"}, "form"),
    ],
)
def test_each_error_stands_at_its_field(synced: Site, typed: dict[str, str], field: str) -> None:
    answer = synced.administrator.post(_address(synced), {**DAILY, **typed})
    page = text_of(answer)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in page
    assert page.count('class="invalid-feedback') == 1
    assert not StoredSchedule.objects.exists()


@pytest.mark.covers("L05", "R20")
def test_a_preset_fills_the_form_and_saves_nothing(synced: Site) -> None:
    for each in PRESETS:
        page = text_of(synced.administrator.post(_address(synced), {**DAILY, "preset": each.name, "fill": "yes"}))
        assert f'value="{each.zone or "America/Chicago"}"' in page
        assert f'value="{each.at:%H:%M}"' in page
    assert not StoredSchedule.objects.exists()


@pytest.mark.covers("L05")
def test_the_next_runs_follow_what_is_typed_before_it_is_saved(synced: Site) -> None:
    told = text_of(synced.administrator.post(_address(synced, "next/"), {**DAILY, "school_days": list(DAYS)}))
    assert told.count("<time ") == 3
    assert "Every day at 02:30, America/Chicago" in told
    assert "once a test of the connection has passed" in told
    broken = text_of(synced.administrator.post(_address(synced, "next/"), {**DAILY, "zone": "Mars"}))
    assert "cannot be understood yet" in broken
    assert not StoredSchedule.objects.exists()


@pytest.mark.covers("M30")
def test_switching_automation_off_says_what_that_means_and_a_stale_roster_is_marked(synced: Site) -> None:
    synced.administrator.post(_address(synced), DAILY)
    State.objects.update(last_updated=timezone.now() - timedelta(hours=25))
    page = text_of(synced.administrator.post(_address(synced), {"form": "off"}, follow=True))
    assert page.count("nobody who joins, moves or leaves at the source is taken over") >= 2
    assert "The roster is stale" in page
    made = schedule_of(synced.connection())
    assert (made.form, made.at) == (Form.OFF, time(2, 30))


@pytest.mark.covers("R14")
def test_the_page_says_what_a_schedule_waits_for(synced: Site) -> None:
    verified(synced.connection())
    waiting = {**DAILY, "after_manual": "on"}
    assert "begins after the first sync" not in text_of(synced.administrator.post(_address(synced, "next/"), waiting))
    Run.objects.all().delete()
    assert "begins after the first sync" in text_of(synced.administrator.post(_address(synced, "next/"), waiting))


def test_a_zone_that_this_machine_does_not_know_breaks_no_page(synced: Site) -> None:
    synced.administrator.post(_address(synced), DAILY)
    row = StoredSchedule.objects.get()
    row.stated["zone"] = "Mars/Olympus"
    row.save()
    page = text_of(synced.administrator.get(_address(synced)))
    assert "cannot be understood yet" in unescape(page)


@pytest.mark.covers("M01", "L42")
@pytest.mark.parametrize("role", [Role.VIEWER, Role.SCHOOL])
def test_only_who_manages_settings_reaches_the_page(synced: Site, role: Role) -> None:
    assert synced.signed_in(role).get(_address(synced)).status_code == 403
    assert synced.signed_in(role).post(_address(synced), DAILY).status_code == 403
    assert synced.administrator.get("/connections/999/schedule/").status_code == 404
