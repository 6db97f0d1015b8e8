"""The schedule command as a user types it."""

from pathlib import Path
from typing import Any

import pytest

from rosterkeeper.cli.main import run
from rosterkeeper.features.connections.workflow import add
from rosterkeeper.sources.spec import CsvSpec
from tests.installation import Installation


@pytest.fixture
def north(sqlite: Installation) -> Installation:
    """An installation with one connection that nobody has tested."""
    with sqlite.in_process():
        add("north", CsvSpec(path="/nowhere/north.zip"))
    return sqlite


def _shown(north: Installation, *words: str) -> Any:
    return north.run("schedule", "north", *words, "--json").ok().object


@pytest.mark.covers("M30", "N16", "M22")
def test_a_schedule_is_set_piece_by_piece_shown_and_switched_off(north: Installation) -> None:
    assert (_shown(north)["schedule"]["form"], _shown(north)["next"]) == ("off", [])
    made = _shown(
        north,
        *("set", "--form", "daily", "--at", "02:30", "--zone", "America/Chicago"),
        *("--blackout", "2026-12-20..2027-01-06", "--additions-only", "2026-08-01", "--school-hours", "08:30-15:00"),
    )
    assert (made["waits_for"], len(made["next"])) == ("test", 3)
    assert {one["local"][10:19] for one in made["next"]} == {"T02:30:00"}
    assert made["schedule"]["blackouts"] == [["2026-12-20", "2027-01-06"]]
    told = north.run("schedule", "north", "set", "--form", "off").ok().out
    assert "After 24 hours without a sync" in told
    again = _shown(north, "set", "--form", "daily", "--no-blackouts")["schedule"]
    assert again == made["schedule"] | {"blackouts": []}
    said = north.run("schedule", "north").ok().out
    assert "Every day at 02:30, America/Chicago" in said
    assert "rosterkeeper connection test north" in said


@pytest.mark.covers("N14")
@pytest.mark.parametrize("times", ["0", "100", "-1", "1.5", "many"])
def test_syncs_per_day_are_a_whole_number_from_1_to_99(times: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schedule", "north", "set", "--form", "times", "--times", times]) == 2
    assert "'--times'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("set", "--at", "25:00"), "schedule.time"),
        (("set", "--blackout", "Christmas"), "schedule.span"),
        (("set", "--zone", "Mars"), "schedule.zone"),
        (("--at", "02:00"), "usage.wrong"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(
    words: tuple[str, ...], code: str, north: Installation, tmp_path: Path
) -> None:
    answer = north.run("schedule", "north", *words, "--json")
    assert (answer.code, answer.object["error"]["code"]) == (2, code)
