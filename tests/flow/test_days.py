"""The main job as a story: a first load, a quiet day, a day of changes, second thoughts."""

from typing import Any

import pytest
from django.db import connection

from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.features.roster.reading import counts
from tests.flow.conftest import Days, District, take_all

WAYS = ("add", "update", "remove", "restore")


def _changes(told: Any) -> dict[str, dict[str, int]]:
    """What a run changes, by entity, without what stays."""
    return {name: {way: counts[way] for way in WAYS} for name, counts in told["counts"].items()}


def nothing(told: Any) -> bool:
    return not any(number for counts in _changes(told).values() for number in counts.values())


def counted_by_postgresql() -> dict[str, int]:
    """How many rows PostgreSQL takes the live tables to have, by which it plans; nothing on SQLite."""
    if connection.vendor == "sqlite":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples FROM pg_class WHERE relname IN ('roster_user', 'roster_enrollment')")
        return {name: int(rows) for name, rows in cursor.fetchall()}


@pytest.mark.covers("N05", "N06", "N10", "N11", "L22", "L23", "L24")
def test_a_first_load_then_a_quiet_day(north: District) -> None:
    first = north.sync()
    assert (first["outcome"], first["state_version"]) == ("applied", 1)
    counted = north.run("roster", "counts", "north", "--json").ok().object["counts"]
    assert counted == {name: counts["add"] for name, counts in first["counts"].items()} | {"userProfiles": 0}
    assert counted["users"] == 300
    assert counted_by_postgresql() in ({}, {"roster_user": 300, "roster_enrollment": counted["enrollments"]})

    (listed,) = north.run("connection", "list", "--json").ok().object["connections"]
    assert listed["last_updated"] == listed["last_checked"] is not None

    again = north.sync()
    assert again["outcome"] == "unchanged"
    assert nothing(again)
    assert [run["outcome"] for run in north.run("runs", "north", "--json").object["runs"]] == ["unchanged", "applied"]


def test_a_day_of_changes_is_previewed_exactly_and_undone_exactly(synced: District, days: Days) -> None:
    before, before_all = synced.hash(), synced.hash("--all")
    synced.gets(days.second)

    preview = synced.sync("--preview")
    assert (preview["run"], preview["outcome"]) == (None, "applied")
    assert synced.hash("--all") == before_all
    assert len(synced.run("runs", "north", "--json").object["runs"]) == 1

    told = synced.sync()
    assert told["counts"] == preview["counts"]
    for entity, change in days.change.counts.items():
        counts = told["counts"][entity]
        assert (counts["add"], counts["update"], counts["remove"]) == (change.add, change.update, change.remove)
    after = synced.hash()
    assert after != before

    assert synced.run("undo", "north").ok().out.startswith("run 3: applied. The last change was taken back.")
    assert (synced.hash(), synced.hash("--all")) == (before, before_all)

    held = synced.sync(code=3)
    assert (held["outcome"], held["waiting"]) == ("held", True)
    assert synced.hash("--all") == before_all
    synced.run("approve", held["run"]).ok()
    assert synced.hash() == after


def test_what_was_undone_can_be_redone_until_another_run_follows(synced: District, days: Days) -> None:
    synced.gets(days.second)
    synced.sync()
    after = synced.hash("--all")
    synced.run("undo", "north").ok()
    synced.run("redo", "north").ok()
    assert synced.hash("--all") == after
    again = synced.run("redo", "north", "--json")
    assert (again.code, again.object["error"]["code"]) == (1, "redo.nothing")


def test_a_first_load_can_be_undone_to_nothing(north: District) -> None:
    empty = north.hash("--all")
    north.sync()
    assert north.hash("--all") != empty
    north.run("undo", "north").ok()
    assert north.hash("--all") == empty


def test_any_kept_snapshot_can_be_restored(lone: District, days: Days) -> None:
    first = lone.sync()
    before = lone.hash()
    lone.gets(days.second)
    second = lone.sync()
    kept = lone.run("snapshots", "north", "--json").ok().object["snapshots"]
    assert [each["run"] for each in kept] == [second["run"], first["run"]]
    lone.run("restore", "north", first["run"]).ok()
    assert lone.hash() == before


def test_a_missing_package_is_a_failure_in_plain_words(lone: District) -> None:
    lone.package.unlink()
    answer = lone.run("sync", "north")
    assert answer.code == 1
    assert answer.err.splitlines()[-2].startswith("error ")
    assert answer.err.splitlines()[-1].startswith("next: ")


def test_two_districts_with_equal_ids_never_meet(synced: District, days: Days) -> None:
    south = ("connection", "add", "north", "--kind", "csv", "--path", days.second, "--district", "south")
    synced.run(*south).ok()
    take_all(synced.installation, "south/north")
    before = _told_of(synced, "default/north")
    synced.run("sync", "south/north").ok()
    assert _told_of(synced, "default/north") == before
    other = _told_of(synced, "south/north")
    assert other[0] != before[0]
    synced.gets(days.second)
    synced.run("sync", "default/north").ok()
    assert _told_of(synced, "south/north") == other
    assert (
        synced.run("roster", "hash", "south/north").ok().out.split()[-1]
        == synced.run("roster", "hash", "default/north").ok().out.split()[-1]
    )
    now = _told_of(synced, "default/north")
    synced.run("undo", "south/north").ok()
    assert not any(_told_of(synced, "south/north")[1].values())
    assert _told_of(synced, "default/north") == now


def _told_of(north: District, name: str) -> tuple[str, dict[str, int]]:
    """A connection's hash under --all, and its counts."""
    counted: dict[str, int] = north.run("roster", "counts", name, "--json").ok().object["counts"]
    return north.run("roster", "hash", name, "--all").ok().out.split()[-1], counted


@pytest.mark.covers("L39")
def test_removing_a_connection_keeps_its_people(lone_synced: District) -> None:
    lone_synced.run("connection", "remove", "north").ok()
    with lone_synced.installation.in_process():
        assert counts(1)["users"].live == 300


def test_a_record_is_shown_whole(lone_synced: District) -> None:
    org = _some_id(lone_synced, "orgs")
    shown = lone_synced.run("roster", "show", "north", "org", org, "--json").ok().object
    assert shown["record"]["sourcedId"] == org
    assert shown["record"]["name"]
    assert shown["removed_at"] is None


def _some_id(north: District, entity: str) -> str:
    with north.installation.in_process():
        return str(LIVE[entity]._default_manager.values_list("sourced_id", flat=True).first())


def test_no_command_of_a_whole_story_shows_a_persons_name(lone: District, days: Days) -> None:
    told = [lone.run("sync", "north")]
    lone.gets(days.second)
    told += [
        lone.run("sync", "north", "--preview", "--json"),
        lone.run("sync", "north", "--json"),
        lone.run("runs", "north", "--json"),
        lone.run("findings", "2", "--json"),
        lone.run("undo", "north", "--json"),
    ]
    with lone.installation.in_process():
        people = LIVE["users"]._default_manager.values_list("username", "email")
        values = {value for row in people for value in row if value}
    assert values
    printed = "".join(answer.out + answer.err for answer in told)
    assert not [value for value in values if value in printed]
