"""From where the next pull of a connection may ask for changes: a text of the job's, kept beside the state version."""

from rosterkeeper.store.database import Database
from rosterkeeper.store.schema import STATES


def read_marks(database: Database, connection: int) -> str:
    """The kept text; '' where the next pull must bring everything."""
    rows = database.rows(f"SELECT marks, full_next FROM {STATES} WHERE connection_id = $1", [connection])
    return str(rows[0][0]) if rows and not rows[0][1] else ""


def move_marks(database: Database, marks: str, *, connection: int, token: int) -> None:
    """Keep another text; of no effect once another run has begun."""
    database.run(
        f"UPDATE {STATES} SET marks = $1, full_next = $2 WHERE connection_id = $3 AND token = $4",
        [marks, False, connection, token],
    )
