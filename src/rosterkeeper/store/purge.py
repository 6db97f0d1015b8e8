"""purge: erases what was removed before a date: from the tables, the before-images and every kept snapshot."""

from rosterkeeper.oneroster.fields import ENTITIES, USERS, Entity
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.artifacts import Artifacts
from rosterkeeper.store.database import Database
from rosterkeeper.store.parquet import parquet, part, write_parquet
from rosterkeeper.store.schema import CATALOG_PERSON, before_table


def find_removed(database: Database, scratch: Scratch, connection: int, before: str) -> dict[str, int]:
    """Land the ids of the connection's rows removed before ``before`` (RFC 3339, UTC); returns how many, by entity."""
    counts = {}
    for entity in ENTITIES:
        with database.reader(f"SELECT sourced_id FROM {entity.table} WHERE {_due(connection)}", [before]) as ids:
            scratch.land(
                f"CREATE TABLE {_purged(entity)} AS SELECT sourced_id::VARCHAR AS sourced_id FROM incoming", ids
            )
        counts[entity.name] = scratch.count(f"SELECT count(*) FROM {_purged(entity)}")
    return counts


def purge_rows(database: Database, connection: int, before: str) -> None:
    """Erase those rows, and the before-images, so that the last run can no longer be undone; in a transaction."""
    for entity in ENTITIES:
        database.run(f"DELETE FROM {entity.table} WHERE {_due(connection)}", [before])
        database.run(f"DELETE FROM {before_table(entity)} WHERE connection_id = $1", [connection])
    # The catalog holds their names, too, and may be brought up to the roster only later.
    mine = f"connection_id = {connection}"
    database.run(
        f"DELETE FROM {CATALOG_PERSON} WHERE {mine}"
        f" AND sourced_id NOT IN (SELECT sourced_id FROM {USERS.table} WHERE {mine})"
    )


def purge_snapshots(scratch: Scratch, artifacts: Artifacts, connection: int) -> None:
    """Rewrite the kept snapshots without the records found: in each of them, whether they were live then or not."""
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


def _due(connection: int) -> str:
    return f"connection_id = {connection} AND status = 'tobedeleted' AND removed_at < $1"


def _purged(entity: Entity) -> str:
    return f"purged_{entity.table}"
