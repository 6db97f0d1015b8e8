"""What a child can be asked to do with what is stored, one function an action; no source is read.

Apart from syncs, which need not wait until all of this is loaded.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.job.changing import approve_run, live_of, purge_run, restore_run, revert_run
from rosterkeeper.job.directory import take_listing
from rosterkeeper.job.reading import compare_runs, read_changes
from rosterkeeper.job.rekeying import look_at_ids, rekey_run
from rosterkeeper.job.words import Action, Change, Job, Result
from rosterkeeper.matching.match import match_district
from rosterkeeper.matching.previewing import preview_district
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.artifacts import Artifacts
from rosterkeeper.store.catalog import refresh_catalog
from rosterkeeper.store.database import Database
from rosterkeeper.store.export import export_roster
from rosterkeeper.store.history import history_of
from rosterkeeper.store.state_hash import state_hash


def _hash(job: Job, scratch: Scratch, database: Database) -> Result:
    live = live_of(job, database)
    return Result(outcome=Outcome.UNCHANGED, hash=state_hash(scratch, live, every_field=job.every_field))


def _export(job: Job, scratch: Scratch, database: Database) -> Result:
    rows = export_roster(scratch, live_of(job, database), version=job.version, out=Path(job.out))
    return Result(outcome=Outcome.UNCHANGED, version=job.version, not_imported=rows)


def _history(job: Job, scratch: Scratch, database: Database) -> Result:
    artifacts = Artifacts(Path(job.artifacts))
    steps = history_of(database, scratch, artifacts, connection=job.connection, person=job.person)
    return Result(
        outcome=Outcome.UNCHANGED, history=[msgspec.convert(each, Change, from_attributes=True) for each in steps]
    )


def _catalog(job: Job, scratch: Scratch, database: Database) -> Result:
    version = refresh_catalog(database, scratch, job.connection, now=job.now)
    return Result(outcome=Outcome.UNCHANGED, state_version=version)


def _match(job: Job, scratch: Scratch, database: Database) -> Result:
    match_district(database, scratch, Artifacts(Path(job.artifacts)), job.district, now=job.now, today=job.today)
    return Result(outcome=Outcome.UNCHANGED)


def _trial(job: Job, scratch: Scratch, database: Database) -> Result:
    if job.stated is None:
        raise SettingsError(
            "job.no_settings", "The job names no settings to try.", todo="Ask for the preview once more."
        )
    found = preview_district(
        database, scratch, Artifacts(Path(job.artifacts)), job.stated, now=job.now, today=job.today
    )
    return Result(outcome=Outcome.UNCHANGED, preview=found, reasons=found.reasons)


# What becomes of each.
ACTIONS: Final[Mapping[Action, Callable[[Job, Scratch, Database], Result]]] = {
    Action.APPROVE: approve_run,
    Action.UNDO: revert_run,
    Action.REDO: revert_run,
    Action.RESTORE: restore_run,
    Action.PURGE: purge_run,
    Action.REKEY: rekey_run,
    Action.HASH: _hash,
    Action.EXPORT: _export,
    Action.CATALOG: _catalog,
    Action.MATCH: _match,
    Action.TRIAL: _trial,
    Action.DIRECTORY: take_listing,
    Action.HISTORY: _history,
    Action.CHANGES: read_changes,
    Action.COMPARE: compare_runs,
    Action.IDS: look_at_ids,
}
