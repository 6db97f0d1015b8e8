"""Who works: each worker holds a lock that dies with its process, so that a dead one is told from a slow one."""

import platform
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from rosterkeeper.job.locks import Held, locked
from rosterkeeper.service.configuration import Configuration

# An advisory lock's upper half, apart from those of other programs and of connections ("ROSW" in ASCII).
_SPACE: Final = 0x524F5357 << 32
_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Executor:
    """One worker process: the name that its workflows carry, ``HOST-number``; the number is also its lock's."""

    name: str

    @property
    def number(self) -> int:
        """What the lock is called by."""
        return int(self.name.rpartition("-")[2], 16)


@contextmanager
def working(configuration: Configuration) -> Iterator[Executor]:
    """Be a worker, alive for the others until this ends or the process dies."""
    executor = Executor(f"{platform.node()}-{secrets.token_hex(_BYTES)}")
    if configuration.sqlite_path is None:
        with psycopg.connect(configuration.database_url, autocommit=True) as session:
            session.execute("SELECT pg_advisory_lock(%s)", [_SPACE | executor.number])
            yield executor
        return
    path = _lock_file(configuration, executor)
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path, wait=True):
        yield executor
    # An open file cannot be removed on Windows; whoever looks meanwhile finds a dead worker's.
    path.unlink(missing_ok=True)


def is_alive(configuration: Configuration, name: str) -> bool:
    """Whether the worker of that name still runs."""
    try:
        executor = Executor(name)
        number = executor.number
    except ValueError:
        return False
    if configuration.sqlite_path is None:
        with psycopg.connect(configuration.database_url, autocommit=True) as session:
            row = session.execute("SELECT pg_try_advisory_lock(%s)", [_SPACE | number]).fetchone()
            return row is None or not row[0]
    path = _lock_file(configuration, executor)
    if not path.exists():
        return False
    try:
        with locked(path, wait=False):
            return False
    except Held:
        return True


def sweep(configuration: Configuration) -> None:
    """Remove the lock files of dead workers."""
    if configuration.sqlite_path is not None:
        for path in configuration.locks.glob("worker-*.lock"):
            if not is_alive(configuration, path.stem.removeprefix("worker-")):
                path.unlink(missing_ok=True)


def _lock_file(configuration: Configuration, executor: Executor) -> Path:
    return configuration.locks / f"worker-{executor.name}.lock"
