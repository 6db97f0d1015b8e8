"""What commands say to people beyond what their JSON tells programs."""

from pathlib import Path

import pytest

from rosterkeeper.cli.output import short_time
from tests.installation import Installation
from tests.unit.sources.csvzip.zips import ROWS, package


@pytest.fixture
def north(sqlite: Installation, tmp_path: Path) -> Installation:
    """An installation with a connection of a tiny zip, not synced yet."""
    zipped = package(tmp_path / "north.zip", **ROWS)
    sqlite.run("connection", "add", "north", "--kind", "csv", "--path", zipped).ok()
    return sqlite


def test_a_time_in_a_table_is_in_utc_and_to_the_second() -> None:
    assert short_time("2026-11-22T22:20:18.045331+02:00") == "2026-11-22 20:20:18"
    assert short_time("2026-11-22T20:31:03.443Z") == "2026-11-22 20:31:03"
    assert short_time("") == ""


def test_a_sync_says_which_kinds_are_switched_off_and_where_that_is_changed(north: Installation) -> None:
    told = north.run("sync", "north").ok().err
    assert "switched off: Sync Parent Data, Demographics (rosterkeeper connection options north)" in told
    north.run("connection", "options", "north", "--parents", "--demographics").ok()
    assert "switched off" not in north.run("sync", "north").ok().err


def test_lists_show_times_as_people_read_them_and_a_purge_names_each_connection(north: Installation) -> None:
    north.run("sync", "north").ok()
    listed = north.run("connection", "list").ok().out.splitlines()
    assert "last checked (UTC)" in listed[0]
    assert "T" not in listed[1]
    assert "T" not in north.run("snapshots", "north").ok().out.splitlines()[1]
    assert north.run("purge").ok().out.startswith("north:\nrun ")


def test_an_export_to_a_folder_that_is_not_there_is_told_as_such(north: Installation, tmp_path: Path) -> None:
    told = north.run("export", "north", tmp_path / "nowhere" / "out.zip", "--json")
    assert (told.code, told.object["error"]["code"]) == (1, "run.files")
    assert "(No such file or directory)" in told.object["error"]["what"]


def test_a_missing_zip_is_told_in_words(north: Installation, tmp_path: Path) -> None:
    (tmp_path / "north.zip").unlink()
    told = north.run("sync", "north", "--json")
    assert (told.code, told.object["error"]["code"]) == (1, "source.file_unreadable")
    assert "(No such file or directory)" in told.object["error"]["what"]


def test_an_id_that_looks_like_an_option_can_be_asked_for(north: Installation) -> None:
    north.run("sync", "north").ok()
    assert "Write -- before a value" in north.run("roster", "show", "north", "users", "-u1").err
    assert north.run("roster", "show", "north", "users", "--json", "--", "-u1").object["error"]["code"] == (
        "roster.unknown_record"
    )


def test_a_purge_that_reaches_before_the_calendar_is_a_wrong_command_line(north: Installation) -> None:
    told = north.run("purge", "--days", 999_999_999, "--json")
    assert (told.code, told.object["error"]["code"]) == (2, "usage.wrong")
