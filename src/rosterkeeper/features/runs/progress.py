"""How far a run has come, kept where a large apply cannot lock it.

Beside SQLite it is a small file a run, for the roster's file is taken while apply commits; in PostgreSQL it is a row.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from django.conf import settings
from django.db import connection

from rosterkeeper.job.launch import Follow
from rosterkeeper.job.words import Progress

# Seconds between two writes, unless a step has begun: a page looks once a second.
_EVERY: Final = 0.5
_DECODER: Final = msgspec.json.Decoder(list[Progress])


@contextmanager
def kept(run_id: int, on_progress: Follow) -> Iterator[Follow]:
    """Follow a run and keep how far it has come, until it has ended."""
    steps: dict[tuple[str, str], Progress] = {}
    written = 0.0

    def follow(line: Progress) -> None:
        nonlocal written
        is_new = (line.step, line.what) not in steps
        steps[line.step, line.what] = line
        if is_new or time.monotonic() - written > _EVERY:
            _keep(run_id, list(steps.values()))
            written = time.monotonic()
        on_progress(line)

    try:
        yield follow
    finally:
        drop(run_id)


def _keep(run_id: int, steps: list[Progress]) -> None:
    text = msgspec.json.encode(steps)
    if settings.ROSTER_SQLITE_PATH is None:
        with connection.cursor() as session:
            session.execute(
                "INSERT INTO runs_progress (run_id, steps) VALUES (%s, %s)"
                " ON CONFLICT (run_id) DO UPDATE SET steps = excluded.steps",
                [run_id, text.decode()],
            )
        return
    path = _path(run_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(text)
    draft.replace(path)


def latest(run_id: int) -> list[Progress]:
    """The latest line of each step that the run has begun; empty where none is known."""
    if settings.ROSTER_SQLITE_PATH is None:
        with connection.cursor() as session:
            session.execute("SELECT steps FROM runs_progress WHERE run_id = %s", [run_id])
            row = session.fetchone()
        return _DECODER.decode(row[0]) if row else []
    try:
        return _DECODER.decode(_path(run_id).read_bytes())
    except (OSError, msgspec.DecodeError):
        return []


def drop(run_id: int) -> None:
    """Forget it; the run has ended."""
    if settings.ROSTER_SQLITE_PATH is None:
        with connection.cursor() as session:
            session.execute("DELETE FROM runs_progress WHERE run_id = %s", [run_id])
        return
    _path(run_id).unlink(missing_ok=True)


def _path(run_id: int) -> Path:
    path: Path = settings.ROSTER_PROGRESS
    return path / f"{run_id}.json"
