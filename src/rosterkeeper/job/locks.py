"""Locks of files: each dies with the process that holds it, however that ends, on Unix systems and on Windows alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_MODE: Final = 0o600


class Held(Exception):
    """Another holder has the lock."""


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold the lock that a file is the name of; where another has it, wait for it, or else be told Held at once.

    Of two holders in one process, too, one has it. The file stays: removing it would let two processes lock two files
    of one name. A file system without locks is an OSError, never a lock that outlives its process.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 -- a command that locks nothing starts sooner without

    lock = FileLock(path, mode=_MODE, blocking=wait, fallback_to_soft=False, preserve_lock_file=True)
    try:
        lock.acquire()
    except Timeout:
        raise Held from None
    try:
        yield
    finally:
        lock.release()
