"""The one table of outcomes, as the commands keep to it."""

import os
import signal
from pathlib import Path

import pytest

from rosterkeeper.engine.outcomes import MEANINGS, Outcome
from tests.districts.tables import Tables, repack
from tests.flow.conftest import District
from tests.flow.processes import child_of, ended, started


def _with_a_bad_row(package: Path, out: Path) -> Path:
    def spoil(tables: Tables) -> None:
        classes = tables["classes"]
        classes.rows[0][classes.column("title")] = ""
        classes.rows[1][classes.column("title")] = "Ceramics"

    return repack(package, out, spoil)


def _times(north: District) -> tuple[str, str]:
    (listed,) = north.run("connection", "list", "--json").ok().object["connections"]
    return listed["last_checked"], listed["last_updated"]


@pytest.mark.covers("N10", "N11", "L26", "L27")
def test_every_outcome_has_its_exit_code_and_moves_its_times(
    lone: District, small_clean: Path, half_missing: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.zip"
    cut.write_bytes(small_clean.read_bytes()[:-4000])
    partial = _with_a_bad_row(small_clean, tmp_path / "partial.zip")
    days = (("applied", small_clean), ("unchanged", small_clean), ("partial", partial), ("failed", cut))
    for outcome, package in (*days, ("held", half_missing)):
        meaning = MEANINGS[Outcome(outcome)]
        lone.gets(package)
        before = _times(lone)
        assert lone.sync("--preview", code=meaning.exit_code)["outcome"] == outcome
        assert _times(lone) == before
        assert lone.sync(code=meaning.exit_code)["outcome"] == outcome
        checked, updated = _times(lone)
        assert checked != before[0]
        assert (updated != before[1]) == meaning.updates, outcome
    assert {name for name, _ in days} | {"held", "interrupted"} == {each.value for each in Outcome}


@pytest.mark.covers("L26")
def test_an_interrupted_run_is_a_failure_that_moves_last_checked_only(lone_synced: District) -> None:
    before = _times(lone_synced)
    process = started(lone_synced)
    os.kill(child_of(process), signal.SIGKILL)
    assert ended(process)[0] == MEANINGS[Outcome.INTERRUPTED].exit_code
    checked, updated = _times(lone_synced)
    assert (checked != before[0], updated) == (True, before[1])


def test_a_wrong_command_line_is_neither_a_failure_nor_a_run(lone: District) -> None:
    for words in (("sync",), ("sync", "nowhere"), ("sync", "north", "--nonsense"), ("approve", "many")):
        answer = lone.run(*words, "--json")
        assert (answer.code, set(answer.object)) == (2, {"error"}), words
    assert lone.run("runs", "north", "--json").ok().object["runs"] == []


def test_a_refused_operation_exits_with_one_and_says_what_to_do(lone: District) -> None:
    for words in (("undo", "north"), ("redo", "north"), ("restore", "north", 7), ("approve", 7), ("discard", 7)):
        answer = lone.run(*words, "--json")
        assert answer.code == 1, words
        assert answer.object["error"]["todo"], words
