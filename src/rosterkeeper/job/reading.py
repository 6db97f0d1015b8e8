"""The actions that read kept change sets and snapshots for pages."""

from pathlib import Path

from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.job.words import Counts, Item, Job, Pick, Result, Tally
from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.oneroster.fields import USERS
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.artifacts import Artifacts, comparison_name
from rosterkeeper.store.database import Database
from rosterkeeper.store.items import Kept, Wanted, write_comparison
from rosterkeeper.store.live import StoredRoster
from rosterkeeper.store.schema import APPLIED


def read_changes(job: Job, scratch: Scratch, database: Database) -> Result:
    """A page of a kept change set, and its numbers where they are asked for."""
    pick = job.pick or Pick(name="", entity=USERS.name)
    kept = _kept(job, scratch, database, pick.name)
    found, more = kept.page(Wanted(pick.entity, pick.ops, pick.school, pick.after, pick.limit))
    result = Result(outcome=Outcome.UNCHANGED, more=more)
    result.items = [Item(each.op, each.sourced_id, each.before, each.after) for each in found]
    if pick.counted:
        result.counts = _counted(kept)
        result.tallies = [Tally(*each) for each in kept.tallies()]
    return result


def compare_runs(job: Job, scratch: Scratch, database: Database) -> Result:
    """Keep what differs between the snapshots of two runs, so that pages of it can be read; and count it."""
    older, newer = (_snapshot(database, job.connection, run) for run in (job.subject, job.against))
    name = comparison_name(job.connection, job.subject, job.against)
    write_comparison(scratch, Artifacts(Path(job.artifacts)), older=older, newer=newer, name=name)
    kept = _kept(job, scratch, database, name)
    return Result(outcome=Outcome.UNCHANGED, counts=_counted(kept), changes=name)


def _kept(job: Job, scratch: Scratch, database: Database, name: str) -> Kept:
    live = StoredRoster(database, district=job.district, connection=job.connection)
    return Kept(scratch, Artifacts(Path(job.artifacts)), name, live)


def _counted(kept: Kept) -> dict[str, Counts]:
    return {name: Counts(**numbers) for name, numbers in kept.counts().items()}


def _snapshot(database: Database, connection: int, run: int) -> str:
    rows = database.rows(f"SELECT snapshot FROM {APPLIED} WHERE run_id = $1 AND connection_id = $2", [run, connection])
    if not rows:
        raise RunRefused(
            "compare.unknown_run",
            "No run of that number was applied to this connection.",
            todo="Choose two of the snapshots that are listed.",
        )
    return str(rows[0][0])
