"""A snapshot of each applied roster: every live column of every row, as Parquet, for the last thirty.

A day changes little, so most snapshots hold only the rows that their run touched, as they were afterwards, and the name
of the snapshot before (`parent`). Every tenth, and any whose parent is not kept, is whole.
"""

from typing import Final

from rosterkeeper.oneroster.fields import ENTITIES, Entity
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.apply import Ticket, live_select, touched_selects
from rosterkeeper.store.artifacts import COMPARISONS, Artifacts, snapshot_name
from rosterkeeper.store.chains import PARENT, chain, columns_of
from rosterkeeper.store.database import Database
from rosterkeeper.store.live import StoredRoster
from rosterkeeper.store.parquet import part, write_parquet
from rosterkeeper.store.schema import APPLIED

KEPT: Final = 30
LONGEST_CHAIN: Final = 10


def land_before(database: Database, scratch: Scratch, artifacts: Artifacts, ticket: Ticket) -> str:
    """Say which snapshot the next one can stand on; where there is none, land the live rows in the scratch database.

    Returns the parent's name, '' where the next snapshot must be whole.
    """
    parent = snapshot_of(database, ticket.connection, ticket.state_version)
    may_stand = bool(parent) and not ticket.forgets and artifacts.folder(parent).is_dir()
    if may_stand and len(chain(artifacts, parent)) < LONGEST_CHAIN:
        return parent
    live = StoredRoster(database, district=ticket.district, connection=ticket.connection)
    for entity in ENTITIES:
        scratch.land(
            f"CREATE TABLE {_before(entity)} AS SELECT * FROM incoming", live.everything(entity, active_only=False)
        )
    return ""


def write_snapshot(scratch: Scratch, artifacts: Artifacts, ticket: Ticket, *, parent: str) -> str:
    """Write what the roster will be once the change set is applied; returns the snapshot's name.

    Reads the scratch database only, so that it can go on beside the apply.
    """
    name = snapshot_name(ticket.connection, ticket.run)
    folder = artifacts.begin(name)
    if parent:
        (folder / PARENT).write_text(parent)
    for entity in ENTITIES:
        parts = touched_selects(scratch, entity, ticket)
        if not parent and scratch.has_table(_before(entity)):
            ids = " UNION ALL ".join(f"SELECT sourced_id FROM ({each})" for each in parts)
            rest = f"SELECT {columns_of(entity)} FROM {_before(entity)}"
            if ticket.forgets:
                parts = [live_select(entity, ticket)]
            parts = [rest + (f" ANTI JOIN ({ids}) t USING (sourced_id)" if parts else ""), *parts]
        if parts:
            write_parquet(scratch, " UNION ALL ".join(parts), part(folder, entity))
    return name


def snapshot_of(database: Database, connection: int, version: int) -> str:
    """The name of the snapshot of a state version; '' where none was kept."""
    rows = database.rows(
        f"SELECT snapshot FROM {APPLIED} WHERE connection_id = $1 AND state_version = $2", [connection, version]
    )
    return str(rows[0][0]) if rows else ""


def sweep(database: Database, artifacts: Artifacts, connection: int) -> None:
    """Drop the snapshots beyond the last thirty that none of those stands on, and those that no run committed."""
    rows = database.rows(
        f"SELECT snapshot FROM {APPLIED} WHERE connection_id = $1 AND snapshot <> ''"
        f" ORDER BY state_version DESC LIMIT {KEPT}",
        [connection],
    )
    kept = {name for row in rows for name in chain(artifacts, str(row[0]))}
    for name in artifacts.names("snapshots", connection):
        if name not in kept:
            artifacts.drop(name)
    # They are made anew when somebody asks.
    for name in artifacts.names(COMPARISONS, connection):
        artifacts.drop(name)


def _before(entity: Entity) -> str:
    return f"before_{entity.table}"
