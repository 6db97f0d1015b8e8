"""Reading change sets that are kept as files, and comparing two snapshots; the heavy part is a child's."""

import threading
from pathlib import Path
from typing import Final

import msgspec
from django.conf import settings

from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs.jobs import describe
from rosterkeeper.features.runs.models import Order
from rosterkeeper.features.runs.workflow import Ended, in_child
from rosterkeeper.job.launch import Follow
from rosterkeeper.job.words import Action, Pick, Result
from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.store.artifacts import comparison_name

# A reading child takes its share of memory: pages of one process wait for one another, but not for long.
_ONE_AT_A_TIME: Final = threading.Lock()
_PATIENCE: Final = 15.0


def compare(connection: Connection, older: int, newer: int, *, on_progress: Follow) -> Ended:
    """Keep what differs between the snapshots of two runs, to be read a page at a time; leaves no row of a run."""
    job = msgspec.structs.replace(describe(connection, Action.COMPARE), subject=older, against=newer)
    return Ended(0, in_child(job, on_progress))


def comparison(connection: Connection, older: int, newer: int) -> Result | None:
    """The comparison that was made and is still kept; None where it must be made first."""
    path: Path = settings.ROSTER_ARTIFACTS / comparison_name(connection.pk, older, newer)
    last = compared(connection, older, newer)
    if last is None:
        return None
    result = msgspec.convert(last.result, Result)
    return result if path.is_dir() or result.outcome == Outcome.FAILED else None


def compared(connection: Connection, older: int, newer: int) -> Order | None:
    """The last ended order of this comparison; None where there is none."""
    ended = Order.objects.filter(connection_id=connection.pk, action=Action.COMPARE, ended_at__isnull=False)
    return ended.filter(subject=older, wish__against=newer).order_by("-id").first()


def read_changes(connection: Connection, pick: Pick) -> Result:
    """A page of a kept change set, or its numbers; RunRefused where it is not kept any more, or too many read at once.

    Takes about a second, for a child process begins for it.
    """
    if not _ONE_AT_A_TIME.acquire(timeout=_PATIENCE):
        raise RunRefused(
            "changes.busy",
            "Too many pages of kept changes are being read at the moment.",
            todo="Try again in a moment.",
            retry_after=5,
        )
    try:
        job = msgspec.structs.replace(describe(connection, Action.CHANGES), pick=pick)
        result = in_child(job, lambda _: None)
    finally:
        _ONE_AT_A_TIME.release()
    if result.outcome != Outcome.UNCHANGED:
        raise RunRefused(result.code, result.what, todo=result.todo)
    return result
