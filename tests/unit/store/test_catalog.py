"""The catalog follows the roster on both databases, by the difference alone, and its numbers equal the roster's."""

import json
from pathlib import Path

import pytest

from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.catalog import _Writer, refresh_catalog
from rosterkeeper.store.catalog_people import gather
from rosterkeeper.store.purge import purge_rows
from tests.unit.engine.districts import small
from tests.unit.engine.tables import Tables
from tests.unit.store.stock import NORTH, Stock

NOW = "2026-10-02T00:00:00.000Z"


def _refreshed(stock: Stock) -> dict[str, dict[str, str]]:
    """The people of a fresh catalog, by id."""
    with stock.scratch() as scratch:
        refresh_catalog(stock.database, scratch, NORTH, now=NOW)
    columns = ("sourced_id", "rank", "status", "schools", "seat_ids", "issues", "words")
    rows = stock.database.rows(f"SELECT {', '.join(columns)} FROM roster_catalog_person ORDER BY rank")
    return {str(row[0]): dict(zip(columns, map(str, row), strict=True)) for row in rows}


def _health(stock: Stock, school: str = "") -> dict[str, int]:
    rows = stock.database.rows(
        "SELECT measure, number FROM roster_health WHERE school = $1 AND version = $2", [school, stock.version]
    )
    return {str(measure): int(number or 0) for measure, number in rows}


def _named(tables: Tables, **names: tuple[str, str]) -> Tables:
    for row in tables["users"]:
        given, family = names.get(row["sourcedId"], ("Zoe", "Zimmer"))
        row |= {"givenName": given, "familyName": family}  # type: ignore[operator]
    return tables


def _count(stock: Stock, sql: str) -> int:
    return int(stock.database.rows(sql)[0][0] or 0)


def test_people_stand_in_the_order_of_their_names_with_what_is_theirs(stock: Stock) -> None:
    stock.takes(_named(small(4), u2=("Álvaro", "Ábalos"), u0=("Bea", "Núñez")))
    people = _refreshed(stock)
    assert list(people) == ["u2", "u0", "u1", "u3"]
    assert json.loads(people["u2"]["seat_ids"]) == ["e2"]
    assert json.loads(people["u2"]["schools"]) == ["s0"]
    assert {"alvaro", "abalos", "u2"} <= set(people["u2"]["words"].split())


def test_lists_gathered_in_parts_are_those_gathered_at_once(tmp_path: Path) -> None:
    select = "SELECT who, list_sort(list(what)) AS held FROM landed WHERE {part} GROUP BY ALL"
    with Scratch(tmp_path / "scratch") as scratch:
        scratch.run("CREATE TABLE landed AS SELECT (i % 7)::VARCHAR AS who, i AS what FROM range(100) t(i)")
        for name, rows in (("whole", 1_000), ("parted", 9)):
            gather(scratch, name, select, of="landed", key="who", rows=rows)
        whole, parted = (scratch.rows(f"SELECT * FROM {name} ORDER BY who") for name in ("whole", "parted"))
    assert len(whole) == 7
    assert parted == whole


def test_only_what_has_changed_is_written_anew_and_the_order_still_holds(stock: Stock) -> None:
    stock.takes(_named(small(12), u1=("Ann", "Able"), u2=("Ben", "Baker")))
    before = _refreshed(stock)
    stock.takes(_named(small(12), u1=("Ann", "Able"), u2=("Ben", "Aaron")))
    after = _refreshed(stock)
    assert list(after)[:2] == ["u2", "u1"]
    assert {each for each in after if after[each]["rank"] != before[each]["rank"]} == {"u2"}
    assert "baker" not in after["u2"]["words"].split()


def test_after_an_undo_the_catalog_is_of_the_roster_before(stock: Stock) -> None:
    tables = small(12)
    stock.takes(tables)
    before = _refreshed(stock)
    stock.takes({**tables, "users": tables["users"][:-1], "enrollments": tables["enrollments"][:-1]})
    assert _refreshed(stock)["u11"]["status"] == "tobedeleted"
    stock.undoes()
    after = _refreshed(stock)
    assert {each: row["status"] for each, row in after.items()} == {each: row["status"] for each, row in before.items()}


@pytest.mark.covers("L25", "S01", "S16", "M15")
def test_the_numbers_equal_those_of_the_roster(stock: Stock) -> None:
    tables = small(12)
    tables["users"][0]["email"] = tables["users"][1]["email"] = "same@example.org"
    tables["users"][2]["email"] = ""
    stock.takes({**tables, "enrollments": tables["enrollments"][1:]})
    _refreshed(stock)
    active = "status = 'active'"
    health = _health(stock)
    assert health["students"] == _count(
        stock, f"SELECT count(DISTINCT user_sourced_id) FROM roster_role WHERE {active} AND role = 'student'"
    )
    assert health["classes"] == _count(stock, f"SELECT count(*) FROM roster_class WHERE {active}") == 2
    assert health["people_without_email"] == _count(
        stock, f"SELECT count(*) FROM roster_user WHERE {active} AND email = ''"
    )
    assert health["people_sharing_email"] == 2
    assert health["students_without_class"] == 1
    assert health["classes_without_teacher"] == 2
    assert _health(stock, "s0")["students_without_class"] == 1
    schools = stock.database.rows(
        "SELECT sourced_id, students, classes FROM roster_catalog_place WHERE kind = 'school' ORDER BY sourced_id"
    )
    assert [tuple(row) for row in schools] == [("district", 0, 0), ("s0", 6, 1), ("s1", 6, 1)]


def test_the_totals_of_each_state_are_kept_for_a_trend(lone_stock: Stock) -> None:
    for number in (12, 13, 14):
        lone_stock.takes(small(number))
        _refreshed(lone_stock)
    rows = lone_stock.database.rows(
        "SELECT number FROM roster_health WHERE measure = 'students' AND school = '' ORDER BY version"
    )
    assert [row[0] for row in rows] == [12, 13, 14]


def test_whoever_has_been_overtaken_writes_nothing_more(lone_stock: Stock) -> None:
    lone_stock.takes(small(4))
    people = _refreshed(lone_stock)
    with lone_stock.scratch() as scratch:
        scratch.run("CREATE TABLE person_stale AS SELECT 'u0' AS sourced_id")
        scratch.run("CREATE TABLE person_fresh AS SELECT 1 AS rank WHERE false")
        older = _Writer(lone_stock.database, scratch, NORTH, token=0)
        with pytest.raises(RunRefused) as refused:
            older.exchange("roster_catalog_person", "person", ("rank",), scratch)
    assert refused.value.code == "catalog.overtaken"
    assert _refreshed(lone_stock) == people


def test_a_purge_takes_the_words_of_the_purged_out_at_once(lone_stock: Stock) -> None:
    tables = small(12)
    lone_stock.takes(_named(tables, u11=("Quentin", "Quick")))
    lone_stock.takes({**tables, "users": tables["users"][:-1], "enrollments": tables["enrollments"][:-1]})
    assert "quentin" in _refreshed(lone_stock)["u11"]["words"]
    with lone_stock.database.transaction():
        purge_rows(lone_stock.database, NORTH, "2027-01-01T00:00:00.000Z")
    assert _count(lone_stock, "SELECT count(*) FROM roster_catalog_person WHERE sourced_id = 'u11'") == 0
    found = "SELECT count(*) FROM roster_catalog_word WHERE roster_catalog_word MATCH '\"quentin\"'"
    assert _count(lone_stock, found) == 0
