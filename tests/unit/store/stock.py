"""A roster database and what runs leave in it, without a child process: the store as the job's actions use it.

The database is opened through ADBC in this very process, so a test that uses it never opens it through Django.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from rosterkeeper.engine.run import Stopwatch
from rosterkeeper.job.changing import Work, restore_run, revert_run, write_plan
from rosterkeeper.job.telling import told_plan
from rosterkeeper.job.words import Action, Job, Result
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.apply import state_version
from rosterkeeper.store.artifacts import Artifacts
from rosterkeeper.store.database import Database
from rosterkeeper.store.live import StoredRoster
from rosterkeeper.store.state_hash import state_hash
from tests.installation import Installation
from tests.unit.engine.tables import TODAY, Tables, TableSource, planned

NORTH = 1


@dataclass
class Stock:
    """One connection's roster in a real database, and the runs that change it."""

    database: Database
    folder: Path
    kind: str
    connection: int = NORTH
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def artifacts(self) -> Artifacts:
        """Where its snapshots stand."""
        return Artifacts(self.folder / "artifacts")

    @property
    def live(self) -> StoredRoster:
        """The roster as the engine asks for it."""
        return StoredRoster(self.database, district=1, connection=self.connection)

    @property
    def version(self) -> int:
        """The state version."""
        return state_version(self.database, self.connection)

    @contextmanager
    def scratch(self) -> Iterator[Scratch]:
        """A scratch database of its own."""
        with Scratch(self.folder / f"scratch-{next(self._numbers)}", threads=1) as made:
            yield made

    def takes(self, tables: Tables, *, version: str = "1.1") -> Result:
        """A run that pulled these tables and applies what they change."""
        job = self._job(Action.SYNC)
        with self.scratch() as scratch:
            made = planned(scratch, TableSource(tables, version=version), self.live)
            work = Work(job, scratch, self.database, Stopwatch())
            return write_plan(work, made, told_plan(made, scratch, version=self.version))

    def restores(self, run: int) -> Result:
        """A run that brings back the snapshot that another left."""
        return self._does(Action.RESTORE, restore_run, run)

    def undoes(self) -> Result:
        """A run that takes back the last change."""
        return self._does(Action.UNDO, revert_run)

    def hash(self, *, every_field: bool = False) -> str:
        """The roster's hash."""
        with self.scratch() as scratch:
            return state_hash(scratch, self.live, every_field=every_field)

    def last_run(self) -> int:
        """The number of the last run that was applied."""
        (row,) = self.database.rows("SELECT max(run_id) AS number FROM runs_applied_run")
        return int(row[0] or 0)

    def _does(self, action: Action, way: Callable[[Job, Scratch, Database], Result], subject: int = 0) -> Result:
        with self.scratch() as scratch:
            return way(self._job(action, subject), scratch, self.database)

    def _job(self, action: Action, subject: int = 0) -> Job:
        run = next(self._numbers)
        return Job(
            action=action,
            now=f"2026-10-01T00:{run // 60:02}:{run % 60:02}.000Z",
            today=TODAY,
            scratch="",
            run=run,
            district=1,
            connection=self.connection,
            artifacts=str(self.folder / "artifacts"),
            subject=subject,
        )


@contextmanager
def stocked(installation: Installation) -> Iterator[Stock]:
    """The installation's database with a connection that has not run yet."""
    with Database(installation.configuration.database_url) as database:
        database.run(f"INSERT INTO runs_state (connection_id) VALUES ({NORTH})")
        yield Stock(database, installation.data_dir, installation.kind)
