"""purge: erases what was removed before a date: from the tables, the before-images and every kept snapshot."""

from rosterkeeper.oneroster.fields import ENTITIES
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.apply import Ticket
from rosterkeeper.store.artifacts import Artifacts, parquet, part, write_parquet
from rosterkeeper.store.database import Database
from rosterkeeper.store.schema import before_table


def purge_removed(database: Database, ticket: Ticket, before: str) -> dict[str, int]:
    """Erase the connection's rows removed before ``before`` (RFC 3339, UTC); call inside a transaction.

    The before-images go too, so the last run can no longer be undone. Returns how many rows went, by entity.
    """
    counts = {}
    for entity in ENTITIES:
        gone = f"connection_id = {ticket.connection} AND status = 'tobedeleted' AND removed_at < $1"
        counts[entity.name] = int(
            database.rows(f"SELECT count(*) AS number FROM {entity.table} WHERE {gone}", [before])[0][0] or 0
        )
        if counts[entity.name]:
            database.run(f"DELETE FROM {entity.table} WHERE {gone}", [before])
    if any(counts.values()):
        for entity in ENTITIES:
            database.run(f"DELETE FROM {before_table(entity)} WHERE connection_id = $1", [ticket.connection])
    return counts


def purge_snapshots(scratch: Scratch, artifacts: Artifacts, *, connection: int, before: str) -> None:
    """Rewrite the kept snapshots without the rows that were removed before the date."""
    for name in artifacts.names("snapshots", connection):
        for entity in ENTITIES:
            path = part(artifacts.folder(name), entity)
            if path.exists():
                gone = f"status = 'tobedeleted' AND removed_at < '{before}'"
                if scratch.count(f"SELECT count(*) FROM {parquet(path)} WHERE {gone}"):
                    fresh = path.with_suffix(".purging")
                    write_parquet(scratch, f"SELECT * FROM {parquet(path)} WHERE NOT ({gone})", fresh)
                    fresh.replace(path)
