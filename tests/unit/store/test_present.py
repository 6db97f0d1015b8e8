"""The snapshot of the present state stands in for the live hashes only while it is proven to say the same."""

from pathlib import Path

import pytest

from rosterkeeper.engine.references import land_live, live_table
from rosterkeeper.oneroster.fields import ENTITIES
from rosterkeeper.store.artifacts import snapshot_name
from rosterkeeper.store.live import StoredRoster
from rosterkeeper.store.parquet import part
from rosterkeeper.store.present import present_relations
from tests.unit.engine.districts import small
from tests.unit.engine.tables import Tables
from tests.unit.store.stock import NORTH, Stock


def _day(number: int) -> Tables:
    """The small district, in which each day renames a class, and a student comes and another goes."""
    tables = small(6 + number)
    tables["classes"][0]["title"] = f"Algebra {number}"
    gone = f"u{number}"
    return {
        name: [row for row in rows if gone not in (row["sourcedId"], row.get("userSourcedId"))]
        for name, rows in tables.items()
    }


def _believed(stock: Stock) -> bool:
    return present_relations(stock.database, stock.artifacts, NORTH, stock.version) is not None


def _folder(stock: Stock, run: int) -> Path:
    return stock.artifacts.folder(snapshot_name(NORTH, run))


def _landed(stock: Stock, live: StoredRoster) -> dict[str, list[tuple[object, ...]]]:
    with stock.scratch() as scratch:
        land_live(scratch, live)
        return {
            entity.name: sorted(scratch.rows(f"SELECT sourced_id, row_hash, active FROM {live_table(entity)}"))
            for entity in ENTITIES
        }


def _beside(stock: Stock) -> StoredRoster:
    return StoredRoster(stock.database, district=1, connection=NORTH, beside=(stock.artifacts, stock.version))


def test_a_chain_of_snapshots_says_of_each_row_what_the_database_says(stock: Stock) -> None:
    for number in range(3):
        assert stock.takes(_day(number)).outcome == "applied"
    assert _believed(stock)
    assert _beside(stock).hashed(ENTITIES[0]) is not None
    known = _landed(stock, stock.live)
    # Who was there is removed, and is known still.
    assert any(row[2] == 0 for rows in known.values() for row in rows)
    assert _landed(stock, _beside(stock)) == known


@pytest.mark.parametrize("day", [1, 2])
def test_a_snapshot_with_one_byte_changed_is_not_believed_nor_is_one_that_stands_on_it(
    lone_stock: Stock, day: int
) -> None:
    runs = []
    for number in range(2):
        lone_stock.takes(_day(number))
        runs.append(lone_stock.last_run())
    path = next(each for each in (part(_folder(lone_stock, runs[day - 1]), one) for one in ENTITIES) if each.exists())
    written = bytearray(path.read_bytes())
    written[len(written) // 2] ^= 1
    path.write_bytes(written)
    assert not _believed(lone_stock)
    assert _beside(lone_stock).hashed(ENTITIES[0]) is None
    assert _landed(lone_stock, _beside(lone_stock)) == _landed(lone_stock, lone_stock.live)


def test_a_snapshot_that_lost_a_file_or_is_gone_is_not_believed(lone_stock: Stock) -> None:
    lone_stock.takes(_day(0))
    folder = _folder(lone_stock, lone_stock.last_run())
    next(folder.glob("*.parquet")).unlink()
    assert not _believed(lone_stock)
    lone_stock.artifacts.drop(snapshot_name(NORTH, lone_stock.last_run()))
    assert not _believed(lone_stock)


def test_what_an_undo_made_is_read_from_the_database_and_the_next_state_is_believed_again(
    lone_stock: Stock,
) -> None:
    assert not _believed(lone_stock)
    lone_stock.takes(_day(0))
    lone_stock.takes(_day(1))
    lone_stock.undoes()
    assert not _believed(lone_stock)
    lone_stock.takes(_day(2))
    assert _believed(lone_stock)
    assert _landed(lone_stock, _beside(lone_stock)) == _landed(lone_stock, lone_stock.live)


def test_a_snapshot_that_vanishes_while_it_is_read_is_made_up_for_by_the_database(lone_stock: Stock) -> None:
    lone_stock.takes(_day(0))
    live = _beside(lone_stock)
    assert live.hashed(ENTITIES[0]) is not None
    known = _landed(lone_stock, lone_stock.live)
    lone_stock.artifacts.drop(snapshot_name(NORTH, lone_stock.last_run()))
    assert _landed(lone_stock, live) == known


def test_what_an_older_version_left_without_a_digest_is_not_believed(lone_stock: Stock) -> None:
    lone_stock.takes(_day(0))
    lone_stock.database.run("UPDATE runs_applied_run SET result = '{}'")
    assert not _believed(lone_stock)
