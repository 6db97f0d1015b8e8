"""Options of a connection: changed, looked at, agreed to, taken back; and one part of a roster at a time."""

from typing import Any

import pytest

from rosterkeeper.engine.options import OPTIONS
from tests.flow.conftest import Days, District


def _options(north: District, *flags: str) -> Any:
    return north.run("connection", "options", "north", *flags, "--json").ok().object


def _counts(north: District) -> dict[str, int]:
    counts: dict[str, int] = north.run("roster", "counts", "north", "--json").ok().object["counts"]
    return counts


def _a_school(north: District) -> str:
    school: str = _options(north)["schools"]["included"][0]["sourced_id"]
    return school


@pytest.mark.covers("L29", "L30", "L31", "L32", "R19")
def test_a_school_is_excluded_once_somebody_agrees_and_comes_back_as_it_was(lone_synced: District) -> None:
    before, all_schools = lone_synced.hash(), _counts(lone_synced)
    school = _a_school(lone_synced)
    told = _options(lone_synced, "--exclude-school", school)
    assert (told["waits"], [each["sourced_id"] for each in told["schools"]["excluded"]]) == (True, [school])
    assert _counts(lone_synced) == all_schools

    preview = lone_synced.sync("--preview", code=3)
    assert [reason["code"] for reason in preview["reasons"]] == ["hold.options"]
    removed = preview["by_options"]["removed"]
    assert set(removed) >= {"users", "roles", "classes", "enrollments"}
    held = lone_synced.sync(code=3)
    assert held["by_options"] == preview["by_options"]
    assert _counts(lone_synced) == all_schools

    lone_synced.run("approve", held["run"]).ok()
    assert _options(lone_synced)["waits"] is False
    fewer = _counts(lone_synced)
    assert fewer["orgs"] == all_schools["orgs"]
    assert {name: all_schools[name] - fewer[name] for name in removed} == removed
    assert lone_synced.sync()["outcome"] == "unchanged"

    _options(lone_synced, "--include-school", school)
    back = lone_synced.sync()
    assert {name: back["counts"][name]["restore"] for name in removed} == removed
    assert (lone_synced.hash(), _counts(lone_synced)) == (before, all_schools)


@pytest.mark.covers("L30")
def test_a_change_can_be_agreed_to_beforehand_and_is_asked_about_again_after_an_undo(lone_synced: District) -> None:
    before = lone_synced.hash()
    _options(lone_synced, "--exclude-school", _a_school(lone_synced))
    told = lone_synced.sync("--confirm-options")
    assert (told["outcome"], told["by_options"]["changed"]) == ("applied", True)
    after = lone_synced.hash()
    assert lone_synced.sync()["outcome"] == "unchanged"
    lone_synced.run("undo", "north").ok()
    assert lone_synced.hash() == before
    assert {reason["code"] for reason in lone_synced.sync(code=3)["reasons"]} == {"hold.options", "hold.undone"}
    lone_synced.run("redo", "north").ok()
    assert lone_synced.hash() == after
    assert lone_synced.sync()["outcome"] == "unchanged"
    assert _options(lone_synced)["waits"] is False


def test_a_change_of_options_is_no_quiet_day_although_every_byte_is_the_same(lone_synced: District) -> None:
    assert "every byte" in lone_synced.sync()["proof"]
    _options(lone_synced, "--role", "student")
    assert lone_synced.sync("--confirm-options")["counts"]["users"]["remove"] > 0
    assert "every byte" in lone_synced.sync()["proof"]


@pytest.mark.covers("L20", "L17")
def test_what_is_switched_off_stays_as_it_is_while_the_rest_goes_on(lone_synced: District, days: Days) -> None:
    before = _counts(lone_synced)
    _options(lone_synced, "--no-parents", "--no-demographics", "--no-classrooms")
    lone_synced.gets(days.second)
    told = lone_synced.sync()
    assert (told["outcome"], told["reasons"]) == ("applied", [])
    assert set(told["counts"]) == {"orgs", "academicSessions", "users", "roles"}
    after = _counts(lone_synced)
    for name in ("demographics", "classes", "courses", "enrollments"):
        assert after[name] == before[name]


@pytest.mark.covers("L17", "L20", "L31")
def test_a_new_connection_stores_no_parent_and_no_birth_date(lone: District) -> None:
    lone.run("connection", "add", "fresh", "--district", "other", "--kind", "csv", "--path", lone.package).ok()
    for name in ("north", "fresh"):
        lone.run("sync", name).ok()
    new = lone.run("roster", "counts", "fresh", "--json").ok().object["counts"]
    assert new["demographics"] == 0
    assert new["users"] < _counts(lone)["users"]


@pytest.mark.covers("L26", "L28")
def test_why_somebody_is_missing_is_a_finding_of_the_run(lone_synced: District) -> None:
    _options(lone_synced, "--exclude-school", _a_school(lone_synced))
    run = lone_synced.sync("--confirm-options")
    lines = lone_synced.run("findings", run["run"], "--json").ok().object["findings"]
    people = [line for line in lines if line["code"] == "option.school_excluded" and line["entity"] == "users"]
    assert len(people) == run["by_options"]["left_out"]["option.school_excluded"]["users"]
    shown = lone_synced.run("roster", "show", "north", "users", people[0]["sourced_id"], "--json").ok().object
    assert shown["removed_at"] != ""


@pytest.mark.covers("M14", "M15", "M16", "M17", "M18", "M19")
def test_users_come_after_their_buildings(lone: District) -> None:
    refused = lone.run("sync", "north", "--only", "users", "--json")
    assert (refused.code, refused.object["error"]["code"]) == (1, "run.buildings_first")
    told = lone.sync("--only", "buildings")
    assert list(told["counts"]) == ["orgs"]
    told = lone.sync("--only", "users")
    assert set(told["counts"]) == {"users", "roles", "demographics"}
    assert "reference.missing" not in told["findings"]
    counts = _counts(lone)
    assert (counts["users"] > 0, counts["classes"]) == (True, 0)
    assert lone.sync("--only", "users")["outcome"] == "unchanged"
    lone.sync()
    assert _counts(lone)["classes"] > 0


@pytest.mark.covers("M16")
def test_users_are_refused_again_once_the_buildings_have_failed(lone: District) -> None:
    lone.sync("--only", "buildings")
    whole = lone.package.read_bytes()
    lone.package.write_bytes(whole[: len(whole) // 2])
    lone.sync("--only", "buildings", code=1)
    lone.package.write_bytes(whole)
    assert lone.run("sync", "north", "--only", "users", "--json").object["error"]["code"] == "run.buildings_first"
    lone.sync("--only", "buildings")
    assert lone.sync("--only", "users")["outcome"] == "applied"


@pytest.mark.covers("L30", "L32")
def test_the_options_are_shown_in_words_and_refused_where_they_cannot_be_meant(lone_synced: District) -> None:
    said = lone_synced.run("connection", "options", "north", "--exclude-school", "nowhere").ok().out
    for option in OPTIONS:
        assert option.label in said
    assert "There is no school nowhere in the roster" in said
    assert lone_synced.run("connection", "options", "north", "--days-before", 400, "--json").object["error"][
        "code"
    ] == ("connection.days")
    assert _options(lone_synced)["options"]["days_before"] == 0
