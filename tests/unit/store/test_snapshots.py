"""Snapshots on both databases: thirty are kept, most are a day's change, and any kept one can be restored."""

import pytest

from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.oneroster.fields import ENTITIES
from rosterkeeper.store.artifacts import snapshot_name
from rosterkeeper.store.chains import snapshot_relation
from rosterkeeper.store.schema import live_columns
from rosterkeeper.store.snapshots import KEPT, LONGEST_CHAIN, sweep
from tests.unit.engine.districts import small
from tests.unit.engine.tables import Tables
from tests.unit.store.stock import NORTH, Stock

Rows = dict[str, list[tuple[object, ...]]]


def _day(number: int) -> Tables:
    """The small district, in which each day renames a class, and a student comes and another goes."""
    tables = small(6 + number)
    tables["classes"][0]["title"] = f"Algebra {number}"
    gone = f"u{number}"
    return {
        name: [row for row in rows if gone not in (row["sourcedId"], row.get("userSourcedId"))]
        for name, rows in tables.items()
    }


def _live(stock: Stock) -> Rows:
    found: Rows = {}
    for entity in ENTITIES:
        rows = stock.live.everything(entity, active_only=False).read_all()
        found[entity.name] = sorted(zip(*(rows.column(each).to_pylist() for each in live_columns(entity)), strict=True))
    return found


def _kept(stock: Stock, run: int) -> Rows:
    found: Rows = {}
    with stock.scratch() as scratch:
        for entity in ENTITIES:
            relation = snapshot_relation(stock.artifacts, snapshot_name(NORTH, run), entity)
            columns = ", ".join(f'"{each}"' for each in live_columns(entity))
            found[entity.name] = sorted(scratch.rows(f"SELECT {columns} FROM {relation}")) if relation else []
    return found


def test_each_days_snapshot_is_the_roster_of_that_day_whole_or_as_a_change(lone_stock: Stock) -> None:
    days: dict[int, Rows] = {}
    for number in range(LONGEST_CHAIN + 2):
        assert lone_stock.takes(_day(number)).outcome == "applied"
        days[lone_stock.last_run()] = _live(lone_stock)
    folders = {run: lone_stock.artifacts.folder(snapshot_name(NORTH, run)) for run in days}
    assert [(folder / "parent").exists() for folder in folders.values()].count(False) == 2
    for run, rows in days.items():
        assert _kept(lone_stock, run) == rows, run


def test_a_snapshot_in_the_midst_can_be_restored(stock: Stock) -> None:
    days: dict[int, str] = {}
    for number in range(3):
        stock.takes(_day(number))
        days[stock.last_run()] = stock.hash()
    for run in (list(days)[1], list(days)[2]):
        assert stock.restores(run).outcome == "applied"
        assert stock.hash() == days[run]
    before = stock.hash(every_field=True)
    assert stock.restores(list(days)[2]).outcome == "unchanged"
    assert stock.hash(every_field=True) == before


def test_a_restore_can_be_undone_exactly(stock: Stock) -> None:
    stock.takes(_day(0))
    first = stock.last_run()
    stock.takes(_day(1))
    before = stock.hash(every_field=True)
    stock.restores(first)
    assert stock.hash(every_field=True) != before
    stock.undoes()
    assert stock.hash(every_field=True) == before


def test_a_snapshot_that_is_not_kept_cannot_be_restored(lone_stock: Stock) -> None:
    lone_stock.takes(_day(0))
    first = lone_stock.last_run()
    lone_stock.artifacts.drop(snapshot_name(NORTH, first))
    with pytest.raises(RunRefused) as caught:
        lone_stock.restores(first)
    assert caught.value.code == "restore.no_snapshot"
    with pytest.raises(RunRefused) as caught:
        lone_stock.restores(first + 1000)
    assert caught.value.code == "restore.unknown_run"


def test_the_last_thirty_snapshots_and_what_they_stand_on_are_kept(stock: Stock) -> None:
    for number in range(1, KEPT + 6):
        name = snapshot_name(NORTH, number)
        folder = stock.artifacts.begin(name)
        if number == KEPT - 20:
            (folder / "parent").write_text(snapshot_name(NORTH, 2))
        stock.database.run(
            "INSERT INTO runs_applied_run (run_id, connection_id, state_version, snapshot)"
            f" VALUES ({number}, {NORTH}, {number}, '{name}')"
        )
    stock.artifacts.begin(snapshot_name(NORTH, 900))
    stock.artifacts.begin(snapshot_name(NORTH + 1, 1))
    sweep(stock.database, stock.artifacts, NORTH)
    kept = [snapshot_name(NORTH, number) for number in (2, *range(6, KEPT + 6))]
    assert set(stock.artifacts.names("snapshots", NORTH)) == set(kept)
    assert stock.artifacts.names("snapshots", NORTH + 1) == [snapshot_name(NORTH + 1, 1)]
