"""The durable worker: whatever is killed, an order is carried out once, by another worker, soon."""

import signal
import socket
import subprocess
import threading
import time
import urllib.request

import pytest
from django.db import connections

from rosterkeeper.features.connections.workflow import find
from rosterkeeper.features.runs import orders
from rosterkeeper.job.words import Action
from tests.flow.conftest import District
from tests.flow.processes import live_rows, rows
from tests.flow.workers import RECOVERED, at_work, is_ended, kill, ordered, outcomes, until, workers


def _assert_done_once(north: District, order: int) -> None:
    """The order was applied by one run, and by no other before or after."""
    came_to = outcomes(north, order)
    assert came_to[-1] == "applied"
    assert set(came_to[:-1]) <= {"interrupted"}
    assert rows(north.installation, "SELECT count(*) FROM runs_applied_run") == [(1,)]
    assert live_rows(north.installation)
    assert rows(north.installation, "SELECT version FROM runs_state") == [(1,)]


@pytest.mark.covers("M35", "N09")
def test_a_killed_worker_s_order_is_carried_out_once_by_another_within_30_seconds(north: District) -> None:
    with workers(north, 2) as both:
        order = ordered(north)
        dead, _child = at_work(both)
        dead.kill()
        dead.wait()
        assert until(lambda: is_ended(north, order)) <= RECOVERED
    _assert_done_once(north, order)


def test_a_killed_child_s_order_is_carried_out_once_all_the_same(lone: District) -> None:
    with workers(lone, 1) as (worker,):
        order = ordered(lone)
        _worker, child = at_work([worker])
        kill(child)
        assert until(lambda: is_ended(lone, order)) <= RECOVERED
        assert worker.poll() is None
    _assert_done_once(lone, order)


def test_a_worker_that_is_told_to_stop_ends_within_30_seconds_and_the_next_one_finishes(lone: District) -> None:
    order = ordered(lone)
    with workers(lone, 1) as (worker,):
        at_work([worker])
        began = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(RECOVERED) == 0
        assert time.monotonic() - began < RECOVERED
    if not is_ended(lone, order):
        with workers(lone, 1):
            assert until(lambda: is_ended(lone, order)) <= RECOVERED
    _assert_done_once(lone, order)


@pytest.mark.covers("N09")
def test_a_sync_asked_for_at_several_places_at_once_is_one_order(north: District) -> None:
    placed: set[int] = set()
    begin = threading.Barrier(4)

    def ask() -> None:
        begin.wait()
        placed.add(orders.place(find("north"), Action.SYNC).pk)
        connections.close_all()

    with north.installation.in_process():
        places = [threading.Thread(target=ask) for _ in range(4)]
        for each in places:
            each.start()
        for each in places:
            each.join()
    assert len(placed) == 1
    assert rows(north.installation, "SELECT count(*) FROM runs_order") == [(1,)]


def test_serve_answers_starts_a_killed_worker_again_and_ends_with_all_its_processes_when_told_to(
    lone: District,
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    log = lone.installation.data_dir.with_suffix(".serve.log")
    with lone.installation.start("-m", "rosterkeeper.cli", "serve", "--port", port, log=log) as serve:
        try:
            assert until(lambda: _is_ready(port), 60) < 60, log.read_text()
            family = _family(serve.pid)
            assert len(family) >= 3
            worker = _worker_of(serve.pid)
            kill(worker)
            assert until(lambda: _worker_of(serve.pid) not in (0, worker)) < RECOVERED, log.read_text()
            family = _family(serve.pid)
            serve.send_signal(signal.SIGTERM)
            assert serve.wait(RECOVERED) == 0
            assert until(lambda: not any(map(_lives, family)), 5) < 5
        finally:
            serve.terminate()
    assert "The worker was killed (signal 9). It is started again in 1 s" in log.read_text()
    assert "Traceback" not in log.read_text()


def _worker_of(serve: int) -> int:
    """The process id of the worker that `serve` has started; 0 where there is none."""
    found = subprocess.run(["pgrep", "-P", str(serve), "-f", "cli worker"], capture_output=True, text=True, check=False)
    return int(found.stdout.split()[0]) if found.stdout else 0


def _is_ready(port: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _family(pid: int) -> list[int]:
    """A process and all that come of it."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [pid, *(one for child in listed.stdout.split() for one in _family(int(child)))]


def _lives(pid: int) -> bool:
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip()) and "Z" not in listed.stdout
