"""People are matched by the command and by the worker's look, after a sync, on both databases."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from rosterkeeper.engine.options import FAMILY_ROLES
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.people.fresh import OVERTAKEN, behind, refresh, standing
from rosterkeeper.features.people.hand import raise_inputs
from rosterkeeper.features.people.models import Person
from rosterkeeper.features.people.saving import save
from rosterkeeper.features.publish.models import Event
from rosterkeeper.service.matching import catch_up
from tests.districts.tables import Tables, read, repack
from tests.flow.processes import ended, rows
from tests.installation import Answer, Installation

Program = Callable[..., Answer]


@pytest.fixture
def district(database: Installation, rosterkeeper: Program, tmp_path: Path) -> Installation:
    """A small district, synced."""
    zip_file = tmp_path / "north.zip"
    rosterkeeper("sample", zip_file, "--users", 60, "--seed", 7).ok()
    rosterkeeper("connection", "add", "north", "--kind", "csv", "--path", zip_file).ok()
    rosterkeeper("sync", "north").ok()
    return database


@pytest.mark.covers("L01", "L25")
def test_the_command_matches_and_tells_both_directions(district: Installation) -> None:
    told = district.run("people", "match", "--json").ok().object["districts"]
    (numbers,) = [each["numbers"] for each in told]
    assert numbers["student"]["unmatched"] > 0
    assert numbers["student"]["linked"] == 0
    assert numbers["directory"] == {"linked": 0, "unmatched": 0, "purged": 0}
    assert set(told[0]["seconds"]) == {"land", "persons", "links", "lifecycle", "families", "groups", "write"}
    assert all(0 < each < 600 for each in told[0]["seconds"].values())
    words = district.run("people", "match", "--district", told[0]["district"]).ok().out
    assert "accounts of the directory that nobody of the roster has: 0" in words


def test_the_command_previews_by_the_present_or_by_other_settings_and_writes_nothing(
    district: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"mode": "create", "rules": {"student": []}}')
    told = district.run("people", "match", "--settings", file, "--json").ok().object["districts"][0]["preview"]
    assert told["shifts"]["created"] == told["accounts"]["created"] > 0
    assert len(told["samples"]) == 20
    words = district.run("people", "match", "--preview").ok().out
    assert "nothing was changed" in words
    assert rows(district, "SELECT count(*) FROM people_person") == [(0,)]
    file.write_text('{"mode": "create", "passwords": true}')
    assert "people.settings" in district.run("people", "match", "--settings", file).err


def test_a_district_is_behind_until_it_is_matched_and_again_when_something_moves(district: Installation) -> None:
    with district.in_process():
        (number,) = behind()
        assert not standing(number).is_current
        assert refresh(number).code == ""
        assert behind() == []
        assert standing(number).is_current
        raise_inputs(number)
        assert behind() == [number]
        refresh(number)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE runs_state SET version = version + 1")
            assert behind() == [number]
            cursor.execute("UPDATE runs_state SET holder = 'somebody'")
            assert behind() == []
            cursor.execute("UPDATE people_settings SET matched_on = '2026-01-01'")
        assert behind() == [number]


def _without(tables: Tables, unwanted: set[str], files: tuple[str, ...]) -> None:
    """Take users out with their roles, and other files whole."""
    for name, key in (("users", "sourcedId"), ("roles", "userSourcedId")):
        place = tables[name].column(key)
        tables[name].rows = [row for row in tables[name].rows if row[place] not in unwanted]
    for name in files:
        del tables.held[name]
    gone = {f"file.{name}" for name in files}
    tables["manifest"].rows = [[key, "absent" if key in gone else value] for key, value in tables["manifest"].rows]


@pytest.mark.covers("M27", "R05")
def test_guardians_of_a_zip_of_their_own_are_taken_over_as_soon_as_their_students_are_there(
    sqlite: Installation, tmp_path: Path
) -> None:
    whole = tmp_path / "whole.zip"
    sqlite.run("sample", whole, "--users", 60, "--seed", 7).ok()
    roles = read(whole)["roles"]
    people = {row[roles.column("userSourcedId")]: row[roles.column("role")] for row in roles.rows}
    family = {each for each, role in people.items() if role in FAMILY_ROLES}
    others = ("academicSessions", "courses", "classes", "enrollments", "demographics")
    repack(whole, tmp_path / "guardians.zip", lambda tables: _without(tables, set(people) - family, others))
    repack(whole, tmp_path / "server.zip", lambda tables: _without(tables, family, ()))
    for name in ("guardians", "server"):
        sqlite.run("connection", "add", name, "--kind", "csv", "--path", tmp_path / f"{name}.zip").ok()
    sqlite.run("connection", "options", "guardians", "--parents", "--no-students", "--no-staff", "--no-classrooms").ok()

    def counted() -> tuple[int, int]:
        numbers = sqlite.run("sync", "guardians", "--json").ok().object["counts"].get("users", {})
        sqlite.run("people", "match").ok()
        return numbers.get("add", 0), int(str(rows(sqlite, "SELECT count(*) FROM people_family")[0][0]))

    assert counted() == (0, 0)
    sqlite.run("sync", "server").ok()
    taken, linked = counted()
    assert 0 < taken <= linked
    assert counted() == (0, linked)


def test_what_a_matching_ended_by_is_kept(district: Installation) -> None:
    with district.in_process():
        (number,) = behind()
        refresh(number)
        with connection.cursor() as cursor:
            cursor.execute("""UPDATE people_settings SET rules = '{"staff": [{"key": "shoe size"}]}'""")
        raise_inputs(number)
        assert refresh(number).code == "people.settings"
        assert standing(number).code == "people.settings"
        assert behind() == [number]


def test_a_matching_that_another_one_overtook_is_no_trouble(
    sqlite: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite.in_process():
        (number,) = District.objects.values_list("pk", flat=True)
        raise_inputs(number)
        with connection.cursor() as cursor:
            # Somebody takes a token of their own as soon as this matching has taken one.
            cursor.execute(
                "CREATE TRIGGER another AFTER UPDATE OF started_at ON people_settings WHEN NEW.token > OLD.token"
                " BEGIN UPDATE people_settings SET token = token + 1; END"
            )
        assert refresh(number).code == OVERTAKEN
        assert catch_up()
        assert standing(number).code == ""
        assert [each for each in caplog.records if each.levelname == "ERROR"] == []


def test_what_a_matching_did_is_told_once_though_its_process_died_before_telling(district: Installation) -> None:
    with district.in_process():
        (number,) = behind()
        save(number, mode="create", rules={}, options={})
    process = district.start("-m", "rosterkeeper.cli", "people", "match")
    while process.poll() is None and not rows(district, "SELECT 1 FROM people_settings WHERE NOT matched_at = ''"):
        time.sleep(0.001)
    # The child has committed; the command has yet to read that, and to tell it.
    process.kill()
    ended(process)
    with district.in_process():
        assert catch_up()
        created = Person.objects.filter(result="created").count()
        assert created > 0
        assert catch_up()
        assert [each.lines[0] for each in Event.objects.filter(word="people.accounts")] == [f"Accounts made: {created}"]
