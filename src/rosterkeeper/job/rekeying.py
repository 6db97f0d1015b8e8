"""The actions about a held run whose records are the same people and classes under new ids."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.engine.rekeyed import MAP, UNSURE, numbers, propose
from rosterkeeper.engine.run import Stopwatch
from rosterkeeper.job.changing import Work, apply_made, held_change, ticket_of
from rosterkeeper.job.words import Counts, Job, Pair, Rekeyed, Result
from rosterkeeper.matching.rekeyed import follow
from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.artifacts import Artifacts
from rosterkeeper.store.database import Database
from rosterkeeper.store.held import load_changes
from rosterkeeper.store.live import StoredRoster
from rosterkeeper.store.rekey import forget_old, plan_rekey, read_csv, write_csv

_SAMPLES: Final = 3
_UNSURE: Final = 200


def look_at_ids(job: Job, scratch: Scratch, database: Database) -> Result:
    """What of the subject run's change are the same records under new ids; the mapping goes to ``job.out``, if named.

    ``job.mapping`` is the path of a CSV that somebody uploaded, '' for what is proposed.
    """
    _load(job, scratch, database)
    result = Result(outcome=Outcome.UNCHANGED)
    result.rekeyed = {
        name: Rekeyed(each.gone, each.come, each.same, each.unsure) for name, each in numbers(scratch).items()
    }
    result.pairs = [
        Pair(str(name), str(old), str(new), str(by))
        for name, old, new, by in scratch.rows(
            f"SELECT entity, old_id, new_id, same_in FROM {MAP} QUALIFY row_number()"
            f" OVER (PARTITION BY entity ORDER BY old_id) <= {_SAMPLES} ORDER BY entity, old_id"
        )
    ]
    result.unsure = [
        Pair(str(name), str(old), "", str(by), int(here or 0), int(there or 0))
        for name, old, by, here, there in scratch.rows(
            f"SELECT entity, old_id, same_in, old_number, new_number FROM {UNSURE} WHERE entity NOT IN"
            f" ('roles', 'enrollments', 'userProfiles', 'demographics') ORDER BY entity, old_id LIMIT {_UNSURE}"
        )
    ]
    if job.out:
        write_csv(scratch, Path(job.out))
    return result


def rekey_run(job: Job, scratch: Scratch, database: Database) -> Result:
    """Give the live records the new ids of the subject run's change, and nothing else; in one transaction."""
    _changes, version = held_change(job, database)
    _load(job, scratch, database)
    live = StoredRoster(database, district=job.district, connection=job.connection)
    touched = plan_rekey(scratch, live)
    if not scratch.count(f"SELECT count(*) FROM {MAP}"):
        raise RunRefused(
            "rekey.nothing",
            "No record of the held change is known to be the same under a new id.",
            todo="Upload a mapping of ids, or decide about the held change itself.",
        )
    result = Result(outcome=Outcome.APPLIED, counts={name: Counts(update=number) for name, number in touched.items()})
    # The next sync looks at everything: what it says of the same people has not been taken over yet.
    ticket = replace(ticket_of(job, version), full_next=True, forgets=True)

    def rename() -> None:
        mapping = forget_old(database, scratch, ticket)
        follow(database, mapping, district=job.district, connection=job.connection, now=job.now)
        database.drop(mapping)

    return apply_made(Work(job, scratch, database, Stopwatch()), ticket, result, also=rename)


def _load(job: Job, scratch: Scratch, database: Database) -> None:
    """Bring the change set of the subject run, and the mapping that it is about."""
    changes, _version = held_change(job, database)
    load_changes(scratch, Artifacts(Path(job.artifacts)), changes)
    propose(scratch)
    if job.mapping:
        read_csv(scratch, Path(job.mapping))
