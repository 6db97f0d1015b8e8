"""purge: erases what was removed before a date: from the tables, the before-images and every kept snapshot."""

from rosterkeeper.oneroster.fields import ENTITIES, Entity
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.apply import Ticket
from rosterkeeper.store.artifacts import Artifacts
from rosterkeeper.store.database import Database
from rosterkeeper.store.parquet import parquet, part, write_parquet
from rosterkeeper.store.schema import before_table


def purge_removed(database: Database, scratch: Scratch, ticket: Ticket, before: str) -> dict[str, int]:
    """Erase the connection's rows removed before ``before`` (RFC 3339, UTC); call inside a transaction.

    The before-images go too, so the last run can no longer be undone. Their ids stay in the scratch database for
    `purge_snapshots`. Returns how many rows went, by entity.
    """
    counts = {}
    for entity in ENTITIES:
        gone = f"connection_id = {ticket.connection} AND status = 'tobedeleted' AND removed_at < $1"
        with database.reader(f"SELECT sourced_id FROM {entity.table} WHERE {gone}", [before]) as ids:
            scratch.land(
                f"CREATE TABLE {_purged(entity)} AS SELECT sourced_id::VARCHAR AS sourced_id FROM incoming", ids
            )
        counts[entity.name] = scratch.count(f"SELECT count(*) FROM {_purged(entity)}")
        if counts[entity.name]:
            database.run(f"DELETE FROM {entity.table} WHERE {gone}", [before])
    if any(counts.values()):
        for entity in ENTITIES:
            database.run(f"DELETE FROM {before_table(entity)} WHERE connection_id = $1", [ticket.connection])
    return counts


def purge_snapshots(scratch: Scratch, artifacts: Artifacts, connection: int) -> None:
    """Rewrite the kept snapshots without the erased records: in each of them, whether they were live then or not."""
    for name in artifacts.names("snapshots", connection):
        for entity in ENTITIES:
            path = part(artifacts.folder(name), entity)
            if not path.exists():
                continue
            kept = f"SELECT * FROM {parquet(path)} ANTI JOIN {_purged(entity)} USING (sourced_id)"
            if scratch.count(f"SELECT count(*) FROM {parquet(path)} SEMI JOIN {_purged(entity)} USING (sourced_id)"):
                fresh = path.with_suffix(".purging")
                write_parquet(scratch, kept, fresh)
                fresh.replace(path)


def _purged(entity: Entity) -> str:
    return f"purged_{entity.table}"
