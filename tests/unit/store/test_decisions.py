"""What a run decided about people is kept until a later run decides otherwise."""

import json

import pytest

from rosterkeeper.engine.options import Options, Selection
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Mode
from rosterkeeper.store.decisions import write_decisions
from tests.unit.engine.districts import small
from tests.unit.engine.tables import Tables, TableSource, planned
from tests.unit.store.stock import NORTH, Stock

EVERYTHING = Options(parents=True, all_parents=True, demographics=True)


def _decides(stock: Stock, run: int, tables: Tables, options: Options = EVERYTHING, mode: Mode = Mode.BULK) -> None:
    with stock.scratch() as scratch:
        _write(stock, scratch, run, tables, options, mode)


def _write(stock: Stock, scratch: Scratch, run: int, tables: Tables, options: Options, mode: Mode) -> None:
    source = TableSource(tables, dict.fromkeys(tables, mode))
    made = planned(scratch, source, stock.live, selection=Selection(options=options))
    with stock.database.transaction():
        write_decisions(
            stock.database, scratch, made.fetched, run=run, connection=NORTH, whole_waits=bool(made.reasons)
        )


def _kept(stock: Stock) -> dict[str, tuple[object, ...]]:
    rows = stock.database.rows("SELECT sourced_id, run_id, fate, code, field FROM roster_decision")
    return {str(row[0]): tuple(row[1:]) for row in rows}


def _graded(people: int, **grades: str) -> Tables:
    tables = small(people)
    for row in tables["users"]:
        row["grades"] = f'["{grades.get(row["sourcedId"], "09")}"]'
    return tables


@pytest.mark.covers("R05")
def test_a_student_left_out_by_an_option_is_kept_with_the_run_that_first_did_so(stock: Stock) -> None:
    only_nine = Options(grades=("09",))
    for run in (1, 2):
        _decides(stock, run, _graded(6, u3="10"), only_nine)
    assert _kept(stock) == {"u3": (1, "left_out", "option.grade", "")}
    _decides(stock, 3, _graded(6), only_nine)
    assert _kept(stock) == {}


def test_a_record_that_was_kept_out_is_kept_with_its_finding_and_field(stock: Stock) -> None:
    tables = small(6)
    tables["users"][2]["status"] = "perhaps"
    _decides(stock, 1, tables)
    assert _kept(stock)["u2"][:3] == (1, "rejected", "row.invalid_status")


def test_a_delta_says_nothing_of_those_whom_it_does_not_name(lone_stock: Stock) -> None:
    only_nine = Options(grades=("09",))
    _decides(lone_stock, 1, _graded(6, u3="10", u4="10"), only_nine)
    day = _graded(6)
    _decides(
        lone_stock,
        2,
        {**day, "users": [each for each in day["users"] if each["sourcedId"] == "u3"]},
        only_nine,
        Mode.DELTA,
    )
    # A delta without a roster to change waits; whom it does not name is left out as before.
    assert {each: row[1:3] for each, row in _kept(lone_stock).items()} == {
        "u3": ("waiting", "change"),
        "u4": ("left_out", "option.grade"),
    }


def test_while_a_whole_change_waits_everybody_in_it_is_known_to_wait(lone_stock: Stock) -> None:
    lone_stock.takes(small(40))
    _decides(lone_stock, 2, small(6))
    waiting = {each: row[1:3] for each, row in _kept(lone_stock).items()}
    assert waiting["u30"] == ("waiting", "remove")
    assert len(waiting) == 34
    _decides(lone_stock, 3, small(40))
    assert _kept(lone_stock) == {}


def test_of_whom_an_option_left_out_the_schools_are_kept(stock: Stock) -> None:
    tables = _graded(6, u3="10")
    _decides(stock, 1, tables, Options(grades=("09",)))
    (told,) = [row["orgSourcedIds"] for row in tables["users"] if row["sourcedId"] == "u3"]
    rows = stock.database.rows("SELECT sourced_id, schools FROM roster_decision")
    assert [(row[0], json.loads(str(row[1]))) for row in rows] == [("u3", json.loads(str(told)))]
