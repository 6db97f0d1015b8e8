"""The same bytes again: a source whose every byte is as it was when the present roster was made changes nothing.

A district's export often lies there unchanged for hours. Only a run that took over all it was given leaves its digest;
whatever else changes the roster (approve, undo, restore, purge) forgets it, and `sync --full` does not ask.
"""

from dataclasses import dataclass

import msgspec

import rosterkeeper
from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.job.words import Action, Counts, Job, Result
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Source, Watch
from rosterkeeper.store.database import Database
from rosterkeeper.store.schema import FINDINGS, RUNS, STATES


@dataclass(frozen=True, slots=True)
class Known:
    """The digest of the source that made the present roster, and the run that read it; '' and 0 where none is kept."""

    digest: str
    run: int


def is_known(source: Source, scratch: Scratch, watch: Watch, known: Known, *, selected: str) -> bool:
    """Whether the source's every byte is known, and was read as it would be now."""
    bound = _bound(selected)
    if not known.digest.startswith(bound):
        return False
    before = known.digest.removeprefix(bound)
    return source.digest(scratch, watch, before) == before


def digest_of(source: Source, scratch: Scratch, watch: Watch, *, selected: str) -> str:
    """The digest of a source that was fetched, as `remember` keeps it; '' where it has none."""
    digest = source.digest(scratch, watch)
    return f"{_bound(selected)}{digest}" if digest else ""


def _bound(selected: str) -> str:
    """Another release, or another selection, may read the same bytes otherwise."""
    return f"{rosterkeeper.__version__}:{selected}:"


def known_digest(database: Database, job: Job) -> Known:
    """What the present roster was made of; nothing where the next pull must be a full one."""
    rows = database.rows(f"SELECT source_digest, digest_run FROM {STATES} WHERE connection_id = $1", [job.connection])
    if not rows or job.full:
        return Known("", 0)
    return Known(str(rows[0][0]), int(rows[0][1] or 0))


def same_again(database: Database, job: Job, known: Known, *, version: int) -> Result | None:
    """The result of a run that need not be gone through; None where the known run is not on record."""
    rows = database.rows(
        "SELECT CAST(counts AS text) AS counts, CAST(findings AS text) AS findings, CAST(not_imported AS text)"
        f" AS others, form, version, outcome FROM {RUNS} WHERE id = $1 AND connection_id = $2",
        [known.run, job.connection],
    )
    if not rows or rows[0][5] not in (Outcome.APPLIED, Outcome.UNCHANGED):
        return None
    counts, findings, others, form, spoken, _ = (str(cell) for cell in rows[0])
    before = msgspec.json.decode(counts, type=dict[str, Counts])
    if job.action is Action.SYNC:
        _copy_findings(database, job.run, known.run)
    return Result(
        outcome=Outcome.UNCHANGED,
        counts={
            name: Counts(unchanged=each.add + each.update + each.restore + each.unchanged)
            for name, each in before.items()
        },
        findings=msgspec.json.decode(findings, type=dict[str, int]),
        not_imported=msgspec.json.decode(others, type=dict[str, int]),
        version=spoken,
        form=form,
        proof=f"every byte is as it was in run {known.run}, which took over all of it",
        state_version=version,
    )


def remember(database: Database, job: Job, digest: str) -> None:
    """Keep the digest of a source that the roster equals; of no effect once another run has begun."""
    database.run(
        f"UPDATE {STATES} SET source_digest = $1, digest_run = $2 WHERE connection_id = $3 AND token = $4",
        [digest, job.run, job.connection, job.token],
    )


def _copy_findings(database: Database, run: int, known: int) -> None:
    columns = "number, code, severity, file, row, entity, sourced_id, field"
    database.run(f"DELETE FROM {FINDINGS} WHERE run_id = $1", [run])
    database.run(
        f"INSERT INTO {FINDINGS} (run_id, {columns}) SELECT {run}, {columns} FROM {FINDINGS} WHERE run_id = $1", [known]
    )
