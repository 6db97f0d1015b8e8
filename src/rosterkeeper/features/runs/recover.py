"""Runs whose process died: finished by what the database says they committed."""

from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.features.runs.ending import committed, finish
from rosterkeeper.features.runs.lease import taken
from rosterkeeper.features.runs.models import Run
from rosterkeeper.job.words import Result
from rosterkeeper.oneroster.errors import RunRefused


def recover() -> None:
    """Settle every run that is said to go on although nobody holds its connection."""
    open_runs = Run.objects.filter(outcome="")
    for connection_id in open_runs.order_by().values_list("connection_id", flat=True).distinct():
        try:
            with taken(connection_id):
                settle(connection_id)
        except RunRefused:
            continue  # its run does go on


def settle(connection_id: int) -> None:
    """Finish the connection's open runs, which are dead, for the caller holds the lease.

    Taking the lease raised the fencing token, so an orphaned child either has committed by now or never will.
    """
    for run in Run.objects.filter(connection_id=connection_id, outcome="").order_by("id"):
        finish(run, committed(run.pk) or _interrupted())


def _interrupted() -> Result:
    return Result(
        outcome=Outcome.INTERRUPTED,
        code="run.interrupted",
        what="The run's process ended before it applied anything.",
        todo="Start it again.",
    )
