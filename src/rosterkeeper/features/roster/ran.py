"""What runs have left, as far as the roster's pages tell of it.

Runs are a room above this one, so their tables are read by the names that the store's schema gives them.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection as database
from django.utils.dateparse import parse_datetime

from rosterkeeper.engine.outcomes import MEANINGS, Outcome
from rosterkeeper.store.schema import APPLIED, RUNS

_WENT_WELL: Final = tuple(str(outcome) for outcome, meaning in MEANINGS.items() if meaning.updates)


@dataclass(frozen=True, slots=True)
class Ran:
    """A run in short; ``findings`` counts its findings by code."""

    number: int
    action: str
    outcome: str
    finished_at: datetime | None
    code: str
    is_waiting: bool
    findings: dict[str, int]


def last_pull(connection: int) -> Ran | None:
    """The last sync that looked at the source and got all of it."""
    return _first(f"connection_id = %s AND action = 'sync' AND outcome IN {(*_WENT_WELL, 'held')}", [connection])


def last_sync(connection: int) -> Ran | None:
    """The last sync that has ended, however it did."""
    return _first("connection_id = %s AND action = 'sync' AND outcome <> ''", [connection])


def run(number: int) -> Ran | None:
    """The run of that number."""
    return _first("id = %s", [number])


def changed_by(number: int) -> str:
    """What the applied run was: sync, approve, undo, restore …; '' for one that is not on record."""
    with database.cursor() as cursor:
        cursor.execute(f"SELECT action FROM {APPLIED} WHERE run_id = %s", [number])
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _first(where: str, values: list[int]) -> Ran | None:
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT id, action, outcome, finished_at, code, held_state, findings FROM {RUNS} WHERE {where}"
            " ORDER BY id DESC LIMIT 1",
            values,
        )
        row = cursor.fetchone()
    if row is None:
        return None
    number, action, outcome, finished_at, code, held, findings = row
    at = parse_datetime(finished_at) if isinstance(finished_at, str) else finished_at
    counted = json.loads(findings) if isinstance(findings, str) else findings
    return Ran(number, action, str(Outcome(outcome)) if outcome else "", at, code, held == "waiting", counted or {})
