"""Taking a connection: one run at a time, and no orphan of an earlier one can still commit.

Two parts. A lock that dies with the process that holds it says who may begin: a file lock beside a SQLite database,
a session's advisory lock in PostgreSQL. A fencing token, one higher with each taking, says who may commit: the child
compares it in its transaction's first statement, so a child whose parent is gone and whose lock was taken over fails.
"""

import os
import platform
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from django.conf import settings

from rosterkeeper.features.runs.models import State
from rosterkeeper.job.locks import Held, locked
from rosterkeeper.oneroster.errors import RunRefused

# Sets our advisory locks apart from those of other programs in the same database ("ROST" and "ROSF" in ASCII).
_LOCK_SPACES: Final = {"connection": 0x524F5354 << 32, "folder": 0x524F5346 << 32}


@contextmanager
def taken(connection_id: int) -> Iterator[int]:
    """Hold the connection and yield the new fencing token; RunRefused ``run.busy`` where another holds it."""
    with _lock(connection_id):
        token = _next_token(connection_id)
        try:
            yield token
        finally:
            State.objects.filter(connection_id=connection_id, token=token).update(holder="")


@contextmanager
def folder_taken(connection_id: int) -> Iterator[None]:
    """Hold the folder that the connection's zips are put into; RunRefused ``run.busy`` where another holds it."""
    with _lock(connection_id, "folder"):
        yield


def open_state(connection_id: int) -> State:
    """The connection's state, made at its first use."""
    return State.objects.get_or_create(connection_id=connection_id)[0]


def state_of(connection_id: int) -> State:
    """The connection's state to be read; of one never used, what it would be."""
    return State.objects.filter(connection_id=connection_id).first() or State(connection_id=connection_id)


def _next_token(connection_id: int) -> int:
    before = open_state(connection_id).token
    holder = f"{platform.node()}:{os.getpid()}"
    mine = State.objects.filter(connection_id=connection_id, token=before)
    if not mine.update(token=before + 1, holder=holder):
        raise _busy()
    return before + 1


def _lock(connection_id: int, what: str = "connection") -> AbstractContextManager[None]:
    path = settings.ROSTER_SQLITE_PATH
    if path is None:
        return _advisory_lock(settings.ROSTER_DATABASE_URL, _LOCK_SPACES[what] | connection_id)
    return _file_lock(path.parent / "locks" / f"{path.stem}-{what}-{connection_id}.lock")


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        try:
            held.enter_context(locked(path, wait=False))
        except Held:
            raise _busy() from None
        yield


@contextmanager
def _advisory_lock(url: str, number: int) -> Iterator[None]:
    import psycopg  # noqa: PLC0415 -- only an installation on PostgreSQL pays for it

    with psycopg.connect(url, autocommit=True) as session:
        row = session.execute("SELECT pg_try_advisory_lock(%s)", [number]).fetchone()
        if row is None or not row[0]:
            raise _busy()
        try:
            yield
        finally:
            # Closing alone frees it only once the server has noticed: the next run, begun at once, would be refused.
            with suppress(psycopg.OperationalError):
                session.execute("SELECT pg_advisory_unlock(%s)", [number])


def _busy() -> RunRefused:
    return RunRefused(
        "run.busy",
        "Another run of this connection is going on.",
        todo="Wait for it to end, then try again.",
        retry_after=60,
    )
