"""A change that looks wrong waits for somebody: approved exactly, discarded, superseded, refused, held again."""

from pathlib import Path

import pytest

from tests.districts.tables import Tables, repack
from tests.flow.conftest import District, take_all

WAYS = ("add", "update", "remove", "restore")


@pytest.fixture
def held_up(north: District, small_clean: Path, half_missing: Path) -> District:
    """The district after a sync, with a source that has lost half of the students since."""
    north.gets(small_clean)
    north.sync()
    north.gets(half_missing)
    return north


@pytest.fixture
def lone_held_up(lone: District, small_clean: Path, half_missing: Path) -> District:
    """The same on SQLite alone."""
    lone.gets(small_clean)
    lone.sync()
    lone.gets(half_missing)
    return lone


def _runs(north: District) -> list[str]:
    return [run["held_state"] for run in north.run("runs", "north", "--json").ok().object["runs"]]


def test_a_roster_with_half_its_people_missing_waits_until_someone_approves_exactly_that(
    held_up: District, half_missing: Path, small_clean_next_day: Path
) -> None:
    before = held_up.hash("--all")
    assert held_up.sync("--preview", code=3)["outcome"] == "held"
    held = held_up.sync(code=3)
    assert (held["outcome"], held["waiting"]) == ("held", True)
    assert {"users"} <= {reason["entity"] for reason in held["reasons"]}

    again = held_up.sync(code=3)
    assert (again["reasons"], again["counts"]) == (held["reasons"], held["counts"])
    assert held_up.hash("--all") == before
    assert _runs(held_up) == ["waiting", "superseded", ""]
    _assert_not_waiting(held_up, held["run"])

    held_up.gets(small_clean_next_day)
    approved = held_up.run("approve", again["run"], "--json").ok().object
    for name, counts in again["counts"].items():
        assert {way: approved["counts"][name][way] for way in WAYS} == {way: counts[way] for way in WAYS}
    assert _runs(held_up) == ["", "approved", "superseded", ""]
    _assert_not_waiting(held_up, again["run"])

    other = ("connection", "add", "other", "--kind", "csv", "--path", half_missing, "--district", "other")
    held_up.run(*other).ok()
    take_all(held_up.installation, "other")
    held_up.run("sync", "other").ok()
    assert held_up.hash() == held_up.run("roster", "hash", "other").ok().out.split()[-1]


def _assert_not_waiting(north: District, run: int) -> None:
    refused = north.run("approve", run, "--json")
    assert (refused.code, refused.object["error"]["code"]) == (1, "run.not_waiting")


def test_a_discarded_change_is_gone_and_the_next_sync_looks_afresh(lone_held_up: District, small_clean: Path) -> None:
    held = lone_held_up.sync(code=3)
    lone_held_up.run("discard", held["run"]).ok()
    assert lone_held_up.run("approve", held["run"]).code == 1
    assert not list((lone_held_up.installation.data_dir / "artifacts" / "changes").rglob("*.parquet"))
    lone_held_up.gets(small_clean)
    assert lone_held_up.sync()["outcome"] == "unchanged"


def test_an_undo_supersedes_what_waits(lone_held_up: District) -> None:
    held = lone_held_up.sync(code=3)
    lone_held_up.run("undo", "north").ok()
    assert lone_held_up.run("approve", held["run"], "--json").object["error"]["code"] == "run.not_waiting"
    assert lone_held_up.run("roster", "counts", "north", "--json").object["counts"]["users"] == 0


def test_a_held_change_cannot_be_approved_after_the_roster_has_moved(
    lone: District, small_clean: Path, small_clean_next_day: Path, half_missing: Path
) -> None:
    for package in (small_clean, small_clean_next_day):
        lone.gets(package)
        lone.sync()
    lone.gets(half_missing)
    held = lone.sync(code=3)
    lone.run("purge", "--days", 0).ok()
    before = lone.hash("--all")
    answer = lone.run("approve", held["run"], "--json")
    assert (answer.code, answer.object["error"]["code"]) == (1, "approve.moved")
    assert lone.hash("--all") == before


def test_one_school_waits_while_the_others_are_applied_and_is_approved_by_itself(
    lone: District, small_clean: Path, tmp_path: Path
) -> None:
    lone.gets(small_clean)
    lone.sync()
    lone.run("connection", "limits", "north", "--remove-percent", 60, "--school-remove-percent", 30).ok()
    emptied = repack(small_clean, tmp_path / "emptied.zip", _empty_a_school)
    lone.gets(emptied)
    told = lone.sync()
    assert (told["outcome"], told["waiting"]) == ("partial", True)
    (reason,) = told["reasons"]
    assert reason["code"] == "hold.school"
    assert told["counts"]["users"]["held"] > 0
    assert told["counts"]["courses"]["update"] == 1
    waits = lone.hash()
    lone.run("approve", told["run"]).ok()
    assert lone.hash() != waits
    assert lone.sync()["outcome"] == "unchanged"


def _empty_a_school(tables: Tables) -> None:
    """Half of the students of the first school are gone, and one course elsewhere has another title."""
    roles, courses = tables["roles"], tables["courses"]
    school, role, user = (roles.column(name) for name in ("orgSourcedId", "role", "userSourcedId"))
    first = min(row[school] for row in roles.rows if row[role] == "student")
    pupils = sorted({row[user] for row in roles.rows if row[school] == first and row[role] == "student"})
    gone = set(pupils[::2])
    for name, table in tables.held.items():
        keys = [table.column(key) for key in ("sourcedId", "userSourcedId") if key in table.header]
        if name != "manifest":
            table.rows = [row for row in table.rows if gone.isdisjoint(row[key] for key in keys)]
    users = tables["users"]
    agents = users.column("agentSourcedIds")
    for row in users.rows:
        row[agents] = ",".join(each for each in row[agents].split(",") if each not in gone)
    elsewhere = next(row for row in courses.rows if row[courses.column("orgSourcedId")] != first)
    elsewhere[courses.column("title")] = "Ceramics"
