"""Workers that a test starts, kills and counts, and the orders that they carry out."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from rosterkeeper.features.connections.workflow import find
from rosterkeeper.features.runs import orders
from rosterkeeper.job.words import Action
from tests.flow.conftest import District
from tests.flow.processes import rows

_LOOK = 0.2
RECOVERED = 30.0

Worker = subprocess.Popen[str]


@contextmanager
def workers(district: District, number: int) -> Iterator[list[Worker]]:
    """So many workers over the district's database; those that are left are killed at the end."""
    with ExitStack() as ends:
        log = district.installation.data_dir.with_suffix(".workers.log")
        started = [
            ends.enter_context(district.installation.start("-m", "rosterkeeper.cli", "worker", log=log))
            for _ in range(number)
        ]
        try:
            yield started
        finally:
            for each in started:
                each.kill()


def ordered(district: District, action: Action = Action.SYNC) -> int:
    """An order of a run of `north`; its number."""
    with district.installation.in_process():
        return orders.place(find("north"), action).pk


def is_ended(district: District, order: int) -> bool:
    """Whether the order has ended."""
    return bool(rows(district.installation, f"SELECT 1 FROM runs_order WHERE id = {order} AND ended_at IS NOT NULL"))


def outcomes(district: District, order: int) -> list[object]:
    """The outcomes of the runs that carried the order out, in order."""
    found = rows(district.installation, f'SELECT outcome FROM runs_run WHERE "order" = {order} ORDER BY id')
    return [outcome for (outcome,) in found]


def until(holds: Callable[[], object], seconds: float = RECOVERED) -> float:
    """Wait until something holds; how long that took, more than ``seconds`` where it did not."""
    began = time.monotonic()
    while not holds() and time.monotonic() - began <= seconds:
        time.sleep(_LOOK)
    return time.monotonic() - began


def at_work(among: list[Worker]) -> tuple[Worker, int]:
    """The worker that has begun a run, and its child."""
    found: list[tuple[Worker, int]] = []

    def look() -> bool:
        for each in among:
            listed = subprocess.run(
                ["ps", "-o", "pid=", "--ppid", str(each.pid)], capture_output=True, text=True, check=False
            )
            found.extend((each, int(pid)) for pid in listed.stdout.split())
        return bool(found)

    until(look, 60)
    assert found, "no worker took the order up"
    return found[0]


def kill(pid: int) -> None:
    """`kill -9`, of a process that may be gone."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
