"""`kill -9` of a sync or of its child, at moments that chance chooses: the roster is before or after, never between."""

import os
import random
import signal
import time
from collections.abc import Callable

import pytest

from tests.flow.conftest import Days, District
from tests.flow.processes import Process, child_of, ended, live_rows, reached, rows, started

# Where chance starts from; a failure prints it, and this variable repeats it.
SEED_VARIABLE = "ROSTERKEEPER_TEST_KILL_SEED"
# How many times a sync is killed on each database.
OF_COMMAND = {"sqlite": 20, "postgresql": 10}
OF_CHILD = {"sqlite": 6, "postgresql": 4}
# Longer than the step in which a small district is applied.
APPLY_SECONDS = 0.4


def _seed() -> int:
    seed = int(os.environ.get(SEED_VARIABLE) or time.time_ns() % 1_000_000)
    print(f"{SEED_VARIABLE}={seed}")
    return seed


def _kill_command(process: Process) -> None:
    process.send_signal(signal.SIGKILL)


def _kill_child(process: Process) -> None:
    child = child_of(process)
    if child:
        os.kill(child, signal.SIGKILL)


def _wait_a_while(process: Process, chance: random.Random, whole: float, number: int) -> None:
    """Half of the moments are anywhere in the run, half where it writes, which is the shortest part of it."""
    if number % 2:
        reached(process, "guard")
        time.sleep(chance.uniform(0, APPLY_SECONDS))
    else:
        time.sleep(chance.uniform(0, whole))


@pytest.mark.covers("L26")
@pytest.mark.parametrize(
    ("kill", "times"), [(_kill_command, OF_COMMAND), (_kill_child, OF_CHILD)], ids=["command", "child"]
)
def test_a_kill_at_a_random_moment_leaves_the_roster_before_or_after(
    north: District, days: Days, kill: Callable[[Process], None], times: dict[str, int]
) -> None:
    chance = random.Random(_seed())
    north.sync()
    states = {live_rows(north.installation): "first"}
    north.gets(days.second)
    began = time.monotonic()
    north.sync()
    whole = time.monotonic() - began
    states[live_rows(north.installation)] = "second"
    assert len(states) == 2
    reached_states = ["second"]
    for number in range(times[north.installation.kind]):
        north.gets(days.first if reached_states[-1] == "second" else days.second)
        process = started(north)
        _wait_a_while(process, chance, whole, number)
        kill(process)
        ended(process)
        found = live_rows(north.installation)
        assert found in states, f"between, after kill {number}"
        reached_states.append(states[found])
    _assert_sound(north)
    north.gets(days.first)
    north.sync()
    assert states[live_rows(north.installation)] == "first"


def _assert_sound(north: District) -> None:
    """No run goes on, every change that stands is on record, and the database's own check is content."""
    runs = north.run("runs", "north", "--limit", 100, "--json").ok().object["runs"]
    assert {run["outcome"] for run in runs} <= {"applied", "unchanged", "interrupted"}
    recorded = rows(north.installation, "SELECT run_id, state_version FROM runs_applied_run ORDER BY state_version")
    assert [version for _, version in recorded] == list(range(1, len(recorded) + 1))
    assert {run for run, _ in recorded} == {run["run"] for run in runs if run["outcome"] == "applied"}
    assert rows(north.installation, "SELECT version FROM runs_state") == [(len(recorded),)]
    if not north.installation.url:
        assert rows(north.installation, "PRAGMA integrity_check") == [("ok",)]
    assert not list((north.installation.data_dir / "scratch").glob("*"))
