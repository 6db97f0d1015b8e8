"""The roster database without its write-ahead log, for the time of a first load."""

import subprocess
import sys

from rosterkeeper.store.database import Database
from tests.installation import Installation

# Another process, for two SQLite libraries on one file must never meet in one.
_READS = (
    "import sqlite3, sys; roster = sqlite3.connect(sys.argv[1]); roster.execute('SELECT 1 FROM runs_state');"
    " print(1, flush=True); input()"
)


def _mode(database: Database) -> object:
    return database.rows("PRAGMA journal_mode")[0][0]


def test_a_first_load_alone_with_the_file_does_without_the_log(sqlite: Installation) -> None:
    with Database(f"sqlite:///{sqlite.data_dir / 'rosterkeeper.sqlite3'}") as database:
        with database.unlogged():
            assert _mode(database) == "delete"
        assert _mode(database) == "wal"


def test_the_log_stays_while_somebody_else_has_the_file_open(sqlite: Installation) -> None:
    path = sqlite.data_dir / "rosterkeeper.sqlite3"
    reader = subprocess.Popen([sys.executable, "-c", _READS, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert reader.stdout is not None
    assert reader.stdout.readline() == b"1\n"
    try:
        with Database(f"sqlite:///{path}") as database, database.unlogged():
            assert _mode(database) == "wal"
            with database.transaction():
                database.run("DELETE FROM runs_state")
    finally:
        reader.communicate(b"\n")
