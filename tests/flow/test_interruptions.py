"""A run that is stopped, or that meets another run of its connection."""

import json
import os
import signal
from typing import Any

import pytest

from tests.flow.conftest import Days, District
from tests.flow.processes import Process, child_of, ended, holder, is_alive, reached, started


def test_a_killed_child_is_an_interrupted_run_and_changes_nothing(lone_synced: District, days: Days) -> None:
    before = lone_synced.hash()
    lone_synced.gets(days.second)
    process = started(lone_synced)
    os.kill(child_of(process), signal.SIGKILL)
    assert ended(process)[0] == 1
    (run, _) = lone_synced.run("runs", "north", "--json").ok().object["runs"]
    assert (run["outcome"], run["error"]["code"]) == ("interrupted", "run.child_died")
    assert lone_synced.hash() == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_in_order(lone: District, number: signal.Signals) -> None:
    empty = lone.hash()
    process = started(lone)
    reached(process, "fetch")
    child = child_of(process)
    process.send_signal(number)
    assert ended(process)[0] == 1
    assert not is_alive(child)
    (run,) = lone.run("runs", "north", "--json").ok().object["runs"]
    assert (run["outcome"], run["error"]["code"]) == ("interrupted", "run.interrupted")
    assert lone.hash() == empty
    assert not list((lone.installation.data_dir / "scratch").glob("*"))


def test_of_syncs_started_at_once_exactly_one_runs(north: District) -> None:
    together = [started(north, "--json") for _ in range(3)]
    # Else a slow starter would come when another is done, and rightly run.
    children = {process.pid: child_of(process) for process in together}
    for child in children.values():
        os.kill(child, signal.SIGSTOP)
    runs = holder(north.installation, together)
    others = [process for process in together if process is not runs]
    for process in others:
        os.kill(children[process.pid], signal.SIGCONT)
    for process in others:
        code, told = _told(process)
        assert (code, told["error"]["code"], told["error"]["retry_after"] > 0) == (1, "run.busy", True)
    os.kill(children[runs.pid], signal.SIGCONT)
    code, told = _told(runs)
    assert (code, told["outcome"]) == (0, "applied")
    assert [run["run"] for run in north.run("runs", "north", "--json").ok().object["runs"]] == [told["run"]]


def _told(process: Process) -> tuple[int, dict[str, Any]]:
    """The exit code and the object that the command has printed, once it has ended."""
    with process:
        out, _ = process.communicate()
    return process.returncode, json.loads(out)


def test_a_second_run_of_a_connection_is_refused_and_another_connections_is_not(lone: District, days: Days) -> None:
    other = ("connection", "add", "south", "--kind", "csv", "--path", days.second, "--district", "south")
    lone.run(*other).ok()
    process = started(lone)
    reached(process, "fetch")
    child = child_of(process)
    os.kill(child, signal.SIGSTOP)
    answer = lone.run("sync", "north", "--json")
    assert (answer.code, answer.object["error"]["code"]) == (1, "run.busy")
    lone.run("sync", "south").ok()
    os.kill(child, signal.SIGCONT)
    assert ended(process) == (0, "")
    assert not lone.installation.configuration.job_log.read_text(encoding="utf-8")
    assert len(lone.run("runs", "north", "--json").ok().object["runs"]) == 1
