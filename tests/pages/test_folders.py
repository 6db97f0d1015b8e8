"""Zips that are put into a connection's folder, as the service takes them up."""

import os
import time
from pathlib import Path

import pytest
from django.utils import timezone

from rosterkeeper.engine.options import Options
from rosterkeeper.features.connections.choosing import choose
from rosterkeeper.features.connections.workflow import add, verified
from rosterkeeper.features.runs import orders
from rosterkeeper.features.runs.models import Order, Run
from rosterkeeper.features.schedules import folders
from rosterkeeper.features.schedules.schedule import Dates, Schedule
from rosterkeeper.features.schedules.workflow import set_schedule
from rosterkeeper.job.words import Action
from rosterkeeper.sources.spec import CsvSpec, OneRosterSpec
from tests.pages.site import Site, text_of

_LONG_AGO = 3600


def put(site: Site, folder: Path, name: str) -> None:
    """A zip that came an hour ago."""
    site.installation.run("sample", folder / name, "--users", 40, "--seed", 3).ok()
    before = time.time() - _LONG_AGO
    os.utime(folder / name, (before, before))


def test_a_zip_in_a_tested_connections_folder_is_synced_unasked_and_moved(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    connection = add("dropped", CsvSpec(path=str(folder)))
    put(site, folder, "monday.zip")
    assert folders.waiting(timezone.now()) == []

    verified(connection)
    waiting = folders.waiting(timezone.now())
    orders.place(connection, Action.SYNC)
    site.work()

    assert waiting == [(connection, False)]
    assert Run.objects.get().outcome == "applied"
    assert Run.objects.get().order == Order.objects.get().pk
    assert [each.suffix for each in (folder / "done").glob("*.zip")] == [".zip"]
    assert folders.waiting(timezone.now()) == []


def test_an_order_for_a_folder_without_a_zip_changes_nothing(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()

    orders.place(add("dropped", CsvSpec(path=str(folder))), Action.SYNC)
    site.work()

    assert Order.objects.get().result["outcome"] == "unchanged"
    assert not Run.objects.exists()


def test_a_zip_waits_until_the_blackout_is_over(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    connection = add("dropped", CsvSpec(path=str(folder)))
    verified(connection)
    put(site, folder, "monday.zip")
    today = timezone.now().date()

    set_schedule(connection, Schedule(zone="UTC", blackouts=(Dates(today, today),)), now=timezone.now())

    assert folders.waiting(timezone.now()) == []


@pytest.mark.covers("N05")
def test_the_page_of_the_connection_says_what_waits_and_where_each_zip_lies(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    connection = add("dropped", CsvSpec(path=str(folder)))
    put(site, folder, "monday.zip")
    (folder / "broken.zip").write_text("no zip at all")
    os.utime(folder / "broken.zip", (0, 0))
    before = text_of(site.administrator.get(f"/connections/{connection.pk}/"))

    orders.place(connection, Action.SYNC)
    site.work()
    after = text_of(site.administrator.get(f"/connections/{connection.pk}/"))

    assert "Waiting: broken.zip, monday.zip." in before
    assert "No zip waits." in after
    for run in Run.objects.all():
        assert f'<a href="/runs/{run.pk}/">{run.pk}</a>' in after
    assert "taken over, or nothing to change" in after
    assert "cannot be used" in after


@pytest.mark.covers("M05")
def test_a_zip_that_a_server_makes_needless_stays_where_it_is_and_is_told_of_once(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    connection = add("dropped", CsvSpec(path=str(folder)))
    verified(connection)
    put(site, folder, "monday.zip")
    server = add("sis", OneRosterSpec(url="https://roster.example.org", client_id="k", secret="hush"))
    verified(server)

    for waiting, _additions_only in folders.waiting(timezone.now()):
        orders.place(waiting, Action.SYNC)
    site.work()

    assert (folder / "monday.zip").exists()
    assert Order.objects.get().result["code"] == "connection.other_source"
    assert "come from the connection sis" in text_of(site.administrator.get(f"/connections/{connection.pk}/"))
    assert folders.waiting(timezone.now()) == []
    choose(server, Options(students=False, staff=False))
    assert folders.waiting(timezone.now()) == [(connection, False)]
