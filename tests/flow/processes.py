"""A command that a test lets run beside it, to watch or to end, and the state that a database is in."""

import sqlite3
import subprocess
import time

import psycopg
import pytest

from rosterkeeper.oneroster.fields import ENTITIES
from rosterkeeper.store.schema import STATES
from tests.flow.conftest import District
from tests.installation import Installation

_LOOK_SECONDS = 0.005
_LOOKS = 6000

Process = subprocess.Popen[str]


def started(district: District, *options: str) -> Process:
    """A sync that has just begun."""
    return district.installation.start("-m", "rosterkeeper.cli", "sync", "north", *options)


def ended(process: Process) -> tuple[int, str]:
    """The exit code and the first error line, once everything it said was read."""
    with process:
        _, said = process.communicate()
    return process.returncode, next((line for line in said.splitlines() if line.startswith("error ")), "")


def child_of(process: Process) -> int:
    """The process id of the sync's child, as soon as there is one; 0 where the sync ended without."""
    for _ in range(_LOOKS):
        if children := _children(process):
            return children[0]
        if process.poll() is not None:
            return 0
        time.sleep(_LOOK_SECONDS)
    pytest.fail("the sync started no child")


def holder(installation: Installation, processes: list[Process]) -> Process:
    """The one of several syncs that has taken the connection."""
    for _ in range(_LOOKS):
        held = {str(name).rsplit(":", 1)[-1] for (name,) in rows(installation, f"SELECT holder FROM {STATES}")}
        for process in processes:
            if str(process.pid) in held:
                return process
        time.sleep(_LOOK_SECONDS)
    pytest.fail("no sync took the connection")


def _children(process: Process) -> list[int]:
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False)
    return [int(each) for each in done.stdout.split()]


def is_alive(pid: int) -> bool:
    """Whether a process of that id runs."""
    return subprocess.run(["ps", "-p", str(pid)], capture_output=True, check=False).returncode == 0


def reached(process: Process, step: str) -> None:
    """Return when the command says that it has come to a step, or ends."""
    assert process.stderr
    for line in process.stderr:
        if line.split()[:1] == [step]:
            return


def live_rows(installation: Installation) -> tuple[tuple[object, ...], ...]:
    """Every live row's table, id and content hash, read as another program would read it."""
    query = " UNION ALL ".join(
        f"SELECT '{entity.table}', sourced_id, row_hash FROM {entity.table} WHERE status = 'active'"
        for entity in ENTITIES
    )
    return tuple(sorted(rows(installation, query)))


def rows(installation: Installation, query: str) -> list[tuple[object, ...]]:
    """A query's rows, through a driver that the product does not use for its runs."""
    if installation.url:
        with psycopg.connect(installation.url) as session:
            return list(session.execute(query.encode()).fetchall())
    path = installation.configuration.sqlite_path
    assert path is not None
    connection = sqlite3.connect(path, timeout=60)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()
