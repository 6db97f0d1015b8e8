"""undo and redo: the last run taken back by its before-images, to the byte.

Undo is itself a change with before-images, so redo is the undo of an undo. Only the last change of a connection can be
taken back: any other run that followed has moved the state version on.
"""

from dataclasses import dataclass

from rosterkeeper.engine.changes import fingerprint_of
from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.oneroster.fields import ENTITIES, Entity
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.store.apply import Ticket, write_before_images, write_live
from rosterkeeper.store.database import Database
from rosterkeeper.store.schema import APPLIED, before_table, live_columns
from rosterkeeper.store.snapshots import snapshot_of


@dataclass(frozen=True, slots=True)
class Last:
    """The change that made the present state."""

    run: int
    action: str
    is_first: bool
    snapshot: str
    snapshot_before: str


def last_change(database: Database, connection: int, version: int) -> Last | None:
    """The record of the change that made the state version; None where nothing was ever applied."""
    rows = database.rows(
        f"SELECT run_id, action, is_first, snapshot FROM {APPLIED} WHERE connection_id = $1 AND state_version = $2",
        [connection, version],
    )
    if not rows:
        return None
    run, action, is_first, snapshot = rows[0]
    return Last(
        int(run or 0), str(action), bool(is_first), str(snapshot), snapshot_of(database, connection, version - 1)
    )


def require_undoable(last: Last | None) -> Last:
    """The change that undo takes back, or a refusal in plain words."""
    if last is None:
        raise RunRefused(
            "undo.nothing",
            "Nothing was applied yet, so there is nothing to undo.",
            todo="See rosterkeeper runs NAME for what the runs came to.",
        )
    if last.action == "purge":
        raise RunRefused(
            "undo.purged",
            "Removed records were erased since; the last run can no longer be undone.",
            todo="`restore` goes back to a kept snapshot, without what was erased.",
        )
    if last.action == "rekey":
        raise RunRefused(
            "undo.rekeyed",
            "The last change gave people and classes new ids in the roster, and in groups, decisions and accounts, too."
            " Taken back in the roster alone, those would lead to nobody, so it cannot be undone.",
            todo="Put single people right under Directory, Matching; only a backup from before leads back as a whole.",
        )
    if last.action == "undo":
        raise RunRefused(
            "undo.already", "The last run was undone already.", todo="`redo` brings it back; `restore` goes further."
        )
    return last


def require_redoable(last: Last | None) -> Last:
    """The undo that redo takes back, or a refusal in plain words."""
    if last is None or last.action != "undo":
        raise RunRefused(
            "redo.nothing",
            "There is no undone run to bring back: nothing was undone, or another run has followed.",
            todo="Run the sync to take over what the source says now.",
        )
    return last


def touched_fingerprint(database: Database, scratch: Scratch, ticket: Ticket, last: Last) -> str:
    """The fingerprint of the change that made the present state: an equal one must wait for approval."""
    for entity in ENTITIES:
        columns = "l.sourced_id, CASE WHEN l.status = 'active' THEN l.row_hash ELSE -1 END AS row_hash"
        if last.is_first:
            source = f"{entity.table} l WHERE l.connection_id = {ticket.connection}"
        else:
            source = (
                f"{before_table(entity)} b JOIN {entity.table} l ON l.connection_id = b.connection_id"
                f" AND l.sourced_id = b.sourced_id WHERE b.run_id = {last.run}"
                f" AND b.connection_id = {ticket.connection}"
            )
        with database.reader(f"SELECT {columns} FROM {source}") as rows:
            scratch.land(f"CREATE OR REPLACE TABLE touched_{entity.table} AS SELECT * FROM incoming", rows)
    union = " UNION ALL ".join(
        f"SELECT '{entity.name}' AS entity, sourced_id::VARCHAR AS sourced_id, row_hash::BIGINT AS row_hash"
        f" FROM touched_{entity.table}"
        for entity in ENTITIES
    )
    return fingerprint_of(scratch, union)


def revert(database: Database, ticket: Ticket, last: Last) -> dict[str, dict[str, int]]:
    """Put every row that the run touched back as it was; call inside a transaction, after `fence`."""
    return {entity.name: _revert_entity(database, entity, ticket, last) for entity in ENTITIES}


def _revert_entity(database: Database, entity: Entity, ticket: Ticket, last: Last) -> dict[str, int]:
    before, live = before_table(entity), entity.table
    mine = f"connection_id = {ticket.connection}"
    if last.is_first:
        return _revert_first(database, entity, ticket)
    keys = f"SELECT sourced_id FROM {before} WHERE run_id = {last.run} AND {mine}"
    touched = _made(database, keys)
    counts = _count(database, entity, ticket, last)
    write_before_images(database, entity, touched, run=ticket.run, connection=ticket.connection)
    database.run(f"DELETE FROM {live} WHERE {mine} AND sourced_id IN ({keys} AND existed = 0)")
    columns = ", ".join(quoted(column) for column in live_columns(entity))
    back = _made(database, f"SELECT {columns} FROM {before} WHERE run_id = {last.run} AND {mine} AND existed = 1")
    write_live(database, entity, back, connection=ticket.connection)
    database.run(f"DELETE FROM {before} WHERE run_id = {last.run} AND {mine}")
    database.drop(touched)
    database.drop(back)
    return counts


def _revert_first(database: Database, entity: Entity, ticket: Ticket) -> dict[str, int]:
    """A first load has no before-images: before it there was nothing."""
    mine = f"connection_id = {ticket.connection}"
    keys = _made(database, f"SELECT sourced_id FROM {entity.table} WHERE {mine}")
    write_before_images(database, entity, keys, run=ticket.run, connection=ticket.connection)
    removed = int(database.rows(f"SELECT count(*) FROM {entity.table} WHERE {mine} AND status = 'active'")[0][0] or 0)
    database.run(f"DELETE FROM {entity.table} WHERE {mine}")
    database.drop(keys)
    return {"add": 0, "update": 0, "restore": 0, "remove": removed}


def _made(database: Database, select: str) -> str:
    """A temporary table made of a query inside the database."""
    name = database.new_temporary_name()
    database.run(f"CREATE TEMPORARY TABLE {quoted(name)} AS {select}")
    return name


def _count(database: Database, entity: Entity, ticket: Ticket, last: Last) -> dict[str, int]:
    """What the revert does, in the words of a change set."""
    rows = database.rows(
        f"""
        SELECT CASE WHEN b.existed = 0 OR b.status <> 'active' THEN CASE WHEN l.status = 'active' THEN 'remove' END
                    WHEN l.sourced_id IS NULL THEN 'add' WHEN l.status <> 'active' THEN 'restore'
                    ELSE 'update' END AS op, count(*) AS number
        FROM {before_table(entity)} b
        LEFT JOIN {entity.table} l ON l.connection_id = b.connection_id AND l.sourced_id = b.sourced_id
        WHERE b.run_id = {last.run} AND b.connection_id = {ticket.connection} GROUP BY 1
        """
    )
    found = {"add": 0, "update": 0, "restore": 0, "remove": 0}
    found.update({str(op): int(number or 0) for op, number in rows if op})
    return found
