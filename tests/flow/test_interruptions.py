"""Whatever ends a run in its midst, the roster is as before or as after, never between."""

import os
import signal
import subprocess
import time

import pytest

from tests.flow.conftest import Days, District

# Moments at which a sync is killed, as parts of the time that an undisturbed one takes.
MOMENTS = tuple(step / 6 for step in range(1, 7))


def started(district: District) -> subprocess.Popen[str]:
    return district.installation.start("-m", "rosterkeeper.cli", "sync", "north")


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit code and the first error line, once everything it said was read."""
    with process:
        _, said = process.communicate()
    return process.returncode, next((line for line in said.splitlines() if line.startswith("error ")), "")


def test_kill_at_any_moment_leaves_the_roster_before_or_after(north: District, days: Days) -> None:
    north.sync()
    before = north.hash()
    north.gets(days.second)
    began = time.monotonic()
    after_run = north.sync()
    whole = time.monotonic() - began
    after = north.hash()
    assert after_run["outcome"] == "applied"
    seen = [after]
    for moment in MOMENTS:
        north.gets(days.first if seen[-1] == after else days.second)
        process = started(north)
        time.sleep(whole * moment)
        process.send_signal(signal.SIGKILL)
        ended(process)
        seen.append(north.hash())
    assert set(seen) <= {before, after}
    outcomes = {run["outcome"] for run in north.run("runs", "north", "--json").ok().object["runs"]}
    assert outcomes <= {"applied", "unchanged", "interrupted"}
    north.gets(days.second)
    north.sync()
    assert north.hash() == after


def test_a_killed_child_is_an_interrupted_run_and_changes_nothing(lone: District, days: Days) -> None:
    lone.sync()
    before = lone.hash()
    lone.gets(days.second)
    process = started(lone)
    os.kill(_child_of(process), signal.SIGKILL)
    assert ended(process)[0] == 1
    (run, _) = lone.run("runs", "north", "--json").ok().object["runs"]
    assert (run["outcome"], run["error"]["code"]) == ("interrupted", "run.child_died")
    assert lone.hash() == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_in_order(lone: District, number: signal.Signals) -> None:
    empty = lone.hash()
    process = started(lone)
    child = _child_of(process)
    process.send_signal(number)
    assert ended(process)[0] == 1
    assert not _alive(child)
    (run,) = lone.run("runs", "north", "--json").ok().object["runs"]
    assert (run["outcome"], run["error"]["code"]) == ("interrupted", "run.interrupted")
    assert lone.hash() == empty
    assert not list((lone.installation.data_dir / "scratch").glob("*"))


def test_a_second_run_of_a_connection_is_refused_and_leaves_no_trace(north: District) -> None:
    process = started(north)
    _child_of(process)
    answer = north.run("sync", "north", "--json")
    assert answer.code == 1
    assert answer.object["error"]["code"] == "run.busy"
    assert answer.object["error"]["retry_after"] > 0
    assert ended(process) == (0, "")
    assert len(north.run("runs", "north", "--json").ok().object["runs"]) == 1


def _child_of(process: subprocess.Popen[str]) -> int:
    """The process id of the sync's child, as soon as there is one."""
    for _ in range(1000):
        done = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False
        )
        if done.stdout.split():
            return int(done.stdout.split()[0])
        time.sleep(0.01)
    pytest.fail("the sync started no child")


def _alive(pid: int) -> bool:
    return subprocess.run(["ps", "-p", str(pid)], capture_output=True, check=False).returncode == 0
