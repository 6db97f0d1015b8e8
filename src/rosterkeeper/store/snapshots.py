"""A snapshot of each applied roster: every live column of every row, as Parquet, for the last thirty.

It is made from the snapshot before it and the change set, so that a day's snapshot costs no second reading of the
database; where there is no snapshot of the very state before, the database is read.
"""

import os
from typing import Final

from rosterkeeper.engine.changes import change_table, gone_table
from rosterkeeper.oneroster.fields import ENTITIES, Entity
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.store.apply import Ticket, live_select
from rosterkeeper.store.artifacts import Artifacts, parquet, part, snapshot_name, write_parquet
from rosterkeeper.store.database import Database
from rosterkeeper.store.live import StoredRoster
from rosterkeeper.store.schema import APPLIED, live_columns

KEPT: Final = 30


def write_snapshot(
    database: Database, scratch: Scratch, artifacts: Artifacts, ticket: Ticket, *, is_first: bool
) -> str:
    """Write what the roster will be once the change set is applied; returns the snapshot's name."""
    name = snapshot_name(ticket.connection, ticket.run)
    folder = artifacts.begin(name)
    before = "" if is_first else snapshot_of(database, ticket.connection, ticket.state_version)
    for entity in ENTITIES:
        target = part(folder, entity)
        known = part(artifacts.folder(before), entity) if before else None
        touched = _touched(scratch, entity)
        if is_first:
            if scratch.has_relation(change_table(entity)):
                write_parquet(scratch, live_select(entity, ticket), target)
        elif known is not None and known.exists() and not touched:
            os.link(known, target)
        elif touched or known is None:
            _land_before(database, scratch, ticket, entity, parquet(known) if known and known.exists() else "")
            write_parquet(scratch, _after(scratch, entity, ticket), target)
            scratch.run("DROP VIEW IF EXISTS snapshot_before")
            scratch.run("DROP TABLE IF EXISTS snapshot_rows")
    return name


def snapshot_of(database: Database, connection: int, version: int) -> str:
    """The name of the snapshot of a state version; '' where none was kept."""
    rows = database.rows(
        f"SELECT snapshot FROM {APPLIED} WHERE connection_id = $1 AND state_version = $2", [connection, version]
    )
    return str(rows[0][0]) if rows else ""


def sweep(database: Database, artifacts: Artifacts, connection: int) -> None:
    """Drop the snapshots beyond the last thirty, and those of runs that never committed."""
    rows = database.rows(
        f"SELECT snapshot FROM {APPLIED} WHERE connection_id = $1 AND snapshot <> ''"
        f" ORDER BY state_version DESC LIMIT {KEPT}",
        [connection],
    )
    kept = {str(row[0]) for row in rows}
    for name in artifacts.names("snapshots", connection):
        if name not in kept:
            artifacts.drop(name)


def _touched(scratch: Scratch, entity: Entity) -> bool:
    return any(
        scratch.has_relation(table) and scratch.count(f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT 1)")
        for table in (change_table(entity), gone_table(entity))
    )


def _land_before(database: Database, scratch: Scratch, ticket: Ticket, entity: Entity, known: str) -> None:
    if known:
        scratch.run(f"CREATE VIEW snapshot_before AS SELECT * FROM {known}")
        return
    live = StoredRoster(database, district=ticket.district, connection=ticket.connection)
    scratch.land("CREATE TABLE snapshot_rows AS SELECT * FROM incoming", live.everything(entity, active_only=False))
    scratch.run("CREATE VIEW snapshot_before AS SELECT * FROM snapshot_rows")


def _after(scratch: Scratch, entity: Entity, ticket: Ticket) -> str:
    columns = ", ".join(quoted(column) for column in live_columns(entity))
    ids, parts = [], []
    if scratch.has_relation(change_table(entity)):
        ids.append(f"SELECT sourced_id FROM {change_table(entity)}")
        parts.append(live_select(entity, ticket))
    if scratch.has_relation(gone_table(entity)):
        ids.append(f"SELECT sourced_id FROM {gone_table(entity)}")
        removed = {
            "status": "'tobedeleted'",
            "date_last_modified": f"'{ticket.now}'",
            "removed_at": f"'{ticket.now}'",
            "changed_run": f"{ticket.run}::BIGINT",
        }
        cells = ", ".join(
            f"{removed.get(column, 'b.' + quoted(column))} AS {quoted(column)}" for column in live_columns(entity)
        )
        parts.append(f"SELECT {cells} FROM snapshot_before b SEMI JOIN {gone_table(entity)} USING (sourced_id)")
    same = "SELECT " + columns + " FROM snapshot_before"
    if ids:
        same += f" ANTI JOIN ({' UNION ALL '.join(ids)}) t USING (sourced_id)"
    return " UNION ALL ".join([same, *parts])
