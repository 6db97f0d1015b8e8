"""One run of a connection at a time, and a token that goes up with each."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rosterkeeper.features.runs.lease import state_of, taken
from rosterkeeper.oneroster.errors import RunRefused
from tests.installation import Installation

# Takes the connection as another process would, says so, and holds it until its standard input closes.
HOLD = """
import sys
import django
django.setup()
from rosterkeeper.features.runs.lease import taken
from rosterkeeper.features.runs.lease import state_of, taken
from rosterkeeper.oneroster.errors import RunRefused
try:
    with taken(int(sys.argv[1])) as token:
        print(token, flush=True)
        sys.stdin.read()
except RunRefused as fault:
    print(fault.code, flush=True)
"""


@contextmanager
def holder(installation: Installation, connection_id: int) -> Iterator[tuple[str, int]]:
    """Another process that tries to take the connection: what it got, and its process id."""
    made = Installation(
        installation.data_dir,
        installation.url,
        installation.kind,
        {"DJANGO_SETTINGS_MODULE": "rosterkeeper.service.settings"},
    )
    with made.start("-c", HOLD, str(connection_id)) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.stdin.close()
            process.wait()


def test_of_two_processes_at_once_exactly_one_gets_the_connection(database: Installation) -> None:
    with holder(database, 7) as (first, _), holder(database, 7) as (second, _), holder(database, 8) as (other, _):
        assert (first, second, other) == ("1", "run.busy", "1")


def test_the_lock_of_a_killed_process_is_free_and_the_token_has_moved(opened: Installation) -> None:
    with holder(opened, 7) as (first, pid):
        assert first == "1"
        with pytest.raises(RunRefused) as caught, taken(7):
            pass
        assert caught.value.code == "run.busy"
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert _taken_soon(7) == 2


def test_the_state_names_its_holder_only_while_it_is_held(opened: Installation) -> None:
    with taken(7) as token:
        held = state_of(7)
        assert (held.token, held.holder.rsplit(":", 1)[1]) == (token, str(os.getpid()))
    assert state_of(7).holder == ""


def test_each_taking_raises_the_token(opened: Installation) -> None:
    tokens = []
    for _ in range(20):
        with taken(7) as token:
            tokens.append(token)
    assert tokens == list(range(1, 21))


def _taken_soon(connection_id: int) -> int:
    """The token; PostgreSQL takes a moment to notice that a session's process is gone."""
    for _ in range(100):
        try:
            with taken(connection_id) as token:
                return token
        except RunRefused:
            time.sleep(0.05)
    pytest.fail("the lock stayed")
