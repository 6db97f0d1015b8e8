"""`kill -9` of a sync or of its child, at moments that chance chooses: the roster is before or after, never between."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import pytest

from tests.flow.conftest import Days, District
from tests.flow.processes import live_rows, rows
from tests.starter import Forked, starter

# Where chance starts from; a failure prints it, and this variable repeats it.
SEED_VARIABLE = "ROSTERKEEPER_TEST_KILL_SEED"
# How many times as often to kill: with 25, two hundred times on SQLite and more than a hundred on PostgreSQL.
TIMES_VARIABLE = "ROSTERKEEPER_TEST_KILL_TIMES"
# How many times a sync is killed on each database.
OF_COMMAND = {"sqlite": 8, "postgresql": 5}
OF_CHILD = {"sqlite": 4, "postgresql": 3}
# Longer than the step in which a small district is applied.
APPLY_SECONDS = 0.4
_LOOK_SECONDS = 0.002


@dataclass(frozen=True)
class Begun:
    """A sync that has begun, forked: its libraries are loaded, so every moment of it is one of its work."""

    process: Forked
    said: IO[str]

    def child(self) -> int:
        """The process id of its child, as soon as there is one; 0 where the sync ended without."""
        while self.process.poll() is None:
            # What is forked has one parent; the tests of a process run one after the other.
            among = subprocess.run(
                ["ps", "-o", "pid=", "--ppid", str(starter().pid)], capture_output=True, text=True, check=False
            )
            for pid in map(int, among.stdout.split()):
                if pid != self.process.pid:
                    return pid
            time.sleep(_LOOK_SECONDS)
        return 0


@contextmanager
def _begun(district: District) -> Iterator[Begun]:
    """A sync that has just begun; it is over at the end."""
    below, above = os.pipe()
    nowhere = os.open(os.devnull, os.O_RDWR)
    process = district.installation.begin("sync", "north", streams=(nowhere, nowhere, above))
    for each in (nowhere, above):
        os.close(each)
    with os.fdopen(below, encoding="utf-8") as said:
        yield Begun(process, said)
        # It would wait for a reader.
        said.read()
        process.wait()


def _seed() -> int:
    seed = int(os.environ.get(SEED_VARIABLE) or time.time_ns() % 1_000_000)
    print(f"{SEED_VARIABLE}={seed}")
    return seed


def _kill_command(begun: Begun) -> None:
    begun.process.kill()


def _kill_child(begun: Begun) -> None:
    child = begun.child()
    if child:
        os.kill(child, signal.SIGKILL)


def _wait_a_while(begun: Begun, chance: random.Random, whole: float, number: int) -> None:
    """Half of the moments are anywhere in the run, half where it writes, which is the shortest part of it."""
    if number % 2:
        next((line for line in begun.said if line.startswith("guard")), "")
        time.sleep(chance.uniform(0, APPLY_SECONDS))
    else:
        time.sleep(chance.uniform(0, whole))


@pytest.mark.covers("L26")
@pytest.mark.parametrize(
    ("kill", "times"), [(_kill_command, OF_COMMAND), (_kill_child, OF_CHILD)], ids=["command", "child"]
)
def test_a_kill_at_a_random_moment_leaves_the_roster_before_or_after(
    synced: District, days: Days, kill: Callable[[Begun], None], times: dict[str, int]
) -> None:
    chance = random.Random(_seed())
    states = {live_rows(synced.installation): "first"}
    synced.gets(days.second)
    began = time.monotonic()
    synced.sync()
    whole = time.monotonic() - began
    states[live_rows(synced.installation)] = "second"
    assert len(states) == 2
    reached = ["second"]
    for number in range(times[synced.installation.kind] * int(os.environ.get(TIMES_VARIABLE) or 1)):
        synced.gets(days.first if reached[-1] == "second" else days.second)
        with _begun(synced) as begun:
            _wait_a_while(begun, chance, whole, number)
            kill(begun)
        found = live_rows(synced.installation)
        assert found in states, f"between, after kill {number}"
        reached.append(states[found])
    _assert_sound(synced)
    synced.gets(days.first)
    synced.sync()
    assert states[live_rows(synced.installation)] == "first"


def _assert_sound(north: District) -> None:
    """No run goes on, every change that stands is on record, and the database's own check is content."""
    runs = north.run("runs", "north", "--limit", 10_000, "--json").ok().object["runs"]
    assert {run["outcome"] for run in runs} <= {"applied", "unchanged", "interrupted"}
    recorded = rows(north.installation, "SELECT run_id, state_version FROM runs_applied_run ORDER BY state_version")
    assert [version for _, version in recorded] == list(range(1, len(recorded) + 1))
    assert {run for run, _ in recorded} == {run["run"] for run in runs if run["outcome"] == "applied"}
    assert rows(north.installation, "SELECT version FROM runs_state") == [(len(recorded),)]
    if not north.installation.url:
        assert rows(north.installation, "PRAGMA integrity_check") == [("ok",)]
    assert not list((north.installation.data_dir / "scratch").glob("*"))
