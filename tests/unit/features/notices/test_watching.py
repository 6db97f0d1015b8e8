"""Stale data, credentials that expire, workers that are missing, and the digest."""

import os
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.notices import watching
from rosterkeeper.features.notices.digest import digest
from rosterkeeper.features.notices.kinds import Word
from rosterkeeper.features.notices.models import Expiry, Rules
from rosterkeeper.features.publish.models import Event, Target
from rosterkeeper.features.runs import heartbeat
from rosterkeeper.features.runs.models import Run
from tests.installation import Installation
from tests.unit.features.notices.conftest import Ends

NOW = datetime(2026, 6, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def told() -> list[str]:
    return list(Event.objects.exclude(word=Word.FIRST).order_by("id").values_list("word", flat=True))


@pytest.mark.covers("M23", "M26")
def test_data_without_a_success_for_a_day_is_stale_and_told_once_until_a_run_mends_it(ends: Ends) -> None:
    ends(Outcome.APPLIED, at=NOW)
    watching.look_at_ages(NOW + 23 * HOUR)
    assert told() == []
    for hours in (25, 26, 50):
        watching.look_at_ages(NOW + hours * HOUR)
    assert told() == [Word.STALE]
    ends(Outcome.FAILED, "source.timeout", at=NOW + 51 * HOUR)
    ends(Outcome.UNCHANGED, at=NOW + 52 * HOUR)
    assert told() == [Word.STALE, Word.FAILED, Word.NORMAL, Word.NORMAL]


@pytest.mark.covers("M23")
def test_data_is_not_called_stale_while_the_run_goes_on_that_may_renew_it(ends: Ends, north: Connection) -> None:
    ends(Outcome.APPLIED, at=NOW)
    Run.objects.create(connection_id=north.pk, action="sync", started_at=NOW + DAY)
    watching.look_at_ages(NOW + 25 * HOUR)
    assert told() == []


def test_credentials_are_told_of_two_weeks_and_three_days_before_they_expire(north: Connection) -> None:
    Expiry.objects.create(connection_id=north.pk, last_day=date(2026, 7, 1))
    for day in range(30):
        watching.look_at_expiries(NOW + day * DAY)
    assert told() == [Word.EXPIRING, Word.EXPIRING, Word.EXPIRING]


def test_a_worker_that_comes_back_after_minutes_says_that_none_was_there(here: Installation) -> None:
    heartbeat.beat("host-1")
    watching.look_at_workers(timezone.now())
    assert told() == []
    seen = here.configuration.progress / "workers" / "host-1.alive"
    ago = (timezone.now() - 2 * HOUR).timestamp()
    os.utime(seen, (ago, ago))
    assert heartbeat.alive(timezone.now()) == 0
    for _ in range(2):
        watching.look_at_workers(timezone.now())
    watching.worker_is_here(timezone.now())
    assert told() == [Word.WORKER, Word.NORMAL]


def test_workers_are_seen_on_either_database(opened: Installation) -> None:
    assert heartbeat.last_seen() is None
    heartbeat.beat("host-1")
    heartbeat.beat("host-2")
    assert heartbeat.alive(timezone.now()) == 2
    assert heartbeat.alive(timezone.now() + HOUR) == 0


def test_the_digest_goes_out_once_a_day_at_its_time_and_tells_every_connection(
    ends: Ends, team: Target, north: Connection
) -> None:
    Rules.objects.create(id=1, digest_at=time(7), digest_on=date(2026, 6, 1))
    ends(Outcome.FAILED, "source.timeout", at=NOW)
    with override_settings(TIME_ZONE="UTC"):
        assert not digest(NOW.replace(hour=6))
        assert digest(NOW.replace(hour=7))
        assert not digest(NOW.replace(hour=8))
        assert digest(NOW.replace(hour=7) + DAY)
    first = Event.objects.filter(word=Word.DIGEST).first()
    assert first is not None
    assert first.lines == ["north: failed, 0 records changed in a day."]
    assert first.title == "1 of 1 connections need a look"
