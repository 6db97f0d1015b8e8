"""What is kept for a time only: removed records where the installation says so, and the findings of older runs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rosterkeeper.features.connections.workflow import remove
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.features.runs.models import Finding, Order, Run
from rosterkeeper.features.runs.retention import sweep_findings
from rosterkeeper.service.upkeep import keep_up
from tests.pages.site import Site, text_of

_DAYS = 30
_USERS = LIVE["users"]._default_manager


def _leave(days: int) -> str:
    """Somebody who was removed so many days ago."""
    gone = _USERS.filter(status="active").values_list("sourced_id", flat=True)[:1].get()
    removed_at = (timezone.now() - timedelta(days=days)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    _USERS.filter(sourced_id=gone).update(status="tobedeleted", removed_at=removed_at)
    return str(gone)


def test_who_was_removed_long_enough_ago_is_erased_once_a_day_however_many_workers_look(synced: Site) -> None:
    old, young = _leave(_DAYS + 1), _leave(_DAYS - 1)
    now = timezone.now()

    for _worker in range(2):
        keep_up(now, _DAYS, 0)
        synced.work()

    assert list(_USERS.filter(status="tobedeleted").values_list("sourced_id", flat=True)) == [young]
    assert not _USERS.filter(sourced_id=old).exists()
    assert [run.action for run in Run.objects.filter(order__gt=0)] == ["purge"]


def test_a_day_without_anybody_to_erase_leaves_no_run(synced: Site) -> None:
    _leave(_DAYS - 1)

    keep_up(timezone.now(), _DAYS, 0)
    synced.work()

    assert Order.objects.get().result["outcome"] == "unchanged"
    assert not Run.objects.filter(action="purge").exists()
    keep_up(timezone.now() + timedelta(days=1), _DAYS, 0)
    assert Order.objects.count() == 2


def test_nobody_is_erased_unless_the_installation_says_so(synced: Site) -> None:
    gone = _leave(10_000)

    keep_up(timezone.now(), 0, 0)

    assert not synced.work()
    assert _USERS.filter(sourced_id=gone).exists()


@pytest.mark.covers("L39")
def test_who_was_removed_is_erased_after_the_connection_was_removed_too(synced: Site) -> None:
    gone = _leave(_DAYS + 1)
    remove(synced.connection())

    keep_up(timezone.now(), _DAYS, 0)
    synced.work()

    assert not _USERS.filter(sourced_id=gone).exists()


def test_findings_of_older_runs_are_forgotten_and_their_counts_kept(synced: Site) -> None:
    connection = synced.connection()
    Finding.objects.all().delete()
    first, second = (
        Run.objects.create(
            connection_id=connection.pk,
            action="sync",
            outcome="applied",
            started_at=timezone.now(),
            finished_at=timezone.now(),
            findings={"user.email_missing": 1},
        )
        for _ in range(2)
    )
    for run in (first, second):
        Finding.objects.create(run_id=run.pk, number=1, code="user.email_missing", severity="warning")
    Run.objects.create(connection_id=connection.pk, action="sync", outcome="unchanged", started_at=timezone.now())

    sweep_findings(connection, kept=1)

    assert [found.run_id for found in Finding.objects.all()] == [second.pk]
    assert "kept no longer" in text_of(synced.administrator.get(f"/runs/{first.pk}/log/"))
