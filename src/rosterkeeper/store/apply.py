"""apply: one transaction takes the live roster from one state version to the next, with the run's own record.

Its first statement compares and sets the fencing token and the state version, so that an orphaned child, or a change
set made for another state, can commit nothing. SQL for both databases; `$n` parameters in order of appearance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rosterkeeper.engine.changes import change_table, gone_table
from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.oneroster.fields import ENTITIES, Entity
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.store.database import Database
from rosterkeeper.store.marks import move_marks
from rosterkeeper.store.schema import APPLIED, STATES, before_columns, before_table, live_columns


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who may write what: the lease's token, the state version that the change set was made for, and when.

    ``marks``, where not '', are those to keep from then on (`marks.py`). ``forgets``: the rows that the change set
    removes are taken out of the tables altogether afterwards, as old ids are.
    """

    run: int
    district: int
    connection: int
    token: int
    state_version: int
    now: str
    action: str
    snapshot: str = ""
    hold_fingerprint: str = ""
    full_next: bool = False
    marks: str = ""
    forgets: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """What stands in the run's record beside the roster: the result as JSON, and whether it was a first load.

    ``fingerprint`` is that of the change which an undo or a restore took back, '' elsewhere.
    """

    result: str
    is_first: bool = False
    fingerprint: str = ""


def state_version(database: Database, connection: int) -> int:
    """The connection's current state version; 0 where nothing was ever applied."""
    rows = database.rows(f"SELECT version FROM {STATES} WHERE connection_id = $1", [connection])
    return int(rows[0][0] or 0) if rows else 0


def apply_changes(database: Database, scratch: Scratch, ticket: Ticket, *, is_first: bool) -> None:
    """Write the change set of the scratch database; call inside a transaction, after `fence`, before `record`."""
    forget_before_images(database, ticket)
    for entity in ENTITIES:
        touched = touched_selects(scratch, entity, ticket)
        if is_first and touched:
            _append(database, scratch, ticket, entity)
        elif touched:
            _write_over(database, scratch, ticket, entity, " UNION ALL ".join(touched))


def count_anew(database: Database) -> None:
    """Have PostgreSQL count what a first load has written; call at the end of its transaction.

    Knowing nothing of a table, it takes a connection's rows for one or two, and for some minutes would look through all
    of a list for each row.
    """
    if not database.is_sqlite:
        for entity in ENTITIES:
            database.run(f"ANALYZE {entity.table}")


def touched_selects(scratch: Scratch, entity: Entity, ticket: Ticket) -> list[str]:
    """DuckDB queries for the live rows that the change set touches, as they will be.

    A removed row is marked as tobedeleted and keeps all its data; its dateLastModified is the time of the run
    (OneRoster CSV 1.2, bulk).
    """
    selects = []
    if scratch.has_relation(change_table(entity)):
        selects.append(live_select(entity, ticket))
    if scratch.has_relation(gone_table(entity)):
        removed = {
            "status": "'tobedeleted'",
            "date_last_modified": f"'{ticket.now}'",
            "removed_at": f"'{ticket.now}'",
            "changed_run": f"{ticket.run}::BIGINT",
        }
        cells = ", ".join(f"{removed.get(each, quoted(each))} AS {quoted(each)}" for each in live_columns(entity))
        selects.append(f"SELECT {cells} FROM {gone_table(entity)}")
    return selects


def fence(database: Database, ticket: Ticket) -> int:
    """Take the next state version, or refuse: the transaction's first statement. Returns the new version."""
    taken = database.rows(
        f"UPDATE {STATES} SET version = version + 1, hold_fingerprint = $1, full_next = $2, source_digest = '',"
        " marks = CASE WHEN $2 THEN '' ELSE marks END"
        " WHERE connection_id = $3 AND token = $4 AND version = $5 RETURNING version",
        [ticket.hold_fingerprint, ticket.full_next, ticket.connection, ticket.token, ticket.state_version],
    )
    if not taken:
        raise RunRefused(
            "run.fenced",
            "Another run of this connection has begun or has changed the roster since.",
            todo="Run the sync again.",
        )
    return int(taken[0][0] or 0)


def record(database: Database, ticket: Ticket, applied: Applied) -> None:
    """Write the row that is the truth about what was committed; its key makes a second apply of one run fail."""
    if ticket.marks:
        move_marks(database, ticket.marks, connection=ticket.connection, token=ticket.token)
    database.run(
        f"INSERT INTO {APPLIED} (run_id, connection_id, state_version, applied_at, is_first, action, snapshot,"
        " fingerprint, result) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            ticket.run,
            ticket.connection,
            ticket.state_version + 1,
            ticket.now,
            int(applied.is_first),
            ticket.action,
            ticket.snapshot,
            applied.fingerprint,
            applied.result,
        ],
    )


def forget_before_images(database: Database, ticket: Ticket) -> None:
    """Only the last run can be undone."""
    for entity in ENTITIES:
        database.run(f"DELETE FROM {before_table(entity)} WHERE connection_id = $1", [ticket.connection])


def _append(database: Database, scratch: Scratch, ticket: Ticket, entity: Entity) -> None:
    # Sorted by key: a first load into SQLite costs half as much so.
    order = "" if scratch.ascends(change_table(entity), "sourced_id") else " ORDER BY sourced_id"
    alike: dict[str, str | int] = {
        "connection_id": ticket.connection,
        "district_id": ticket.district,
        "status": "active",
        "changed_run": ticket.run,
        "removed_at": "",
        **dict.fromkeys(_blank_columns(scratch, entity), ""),
    }
    # Where a source does not say when (OneRoster CSV: it must not in bulk), the run's own time stands (`live_select`).
    if not alike.get("date_last_modified", ticket.now):
        alike["date_last_modified"] = ticket.now
    names = _names([each for each in live_columns(entity) if each not in alike])
    rows = scratch.reader(f"SELECT {names} FROM ({live_select(entity, ticket)}){order}")
    database.append(entity.table, rows, alike)


def _blank_columns(scratch: Scratch, entity: Entity) -> list[str]:
    """The columns that say nothing in any record of the change relation: most sources leave out a third."""
    columns = ("date_last_modified", *(field.column for field in entity.content_fields), "metadata")
    tests = ", ".join(f"bool_and({quoted(each)} = '')" for each in columns)
    [blank] = scratch.rows(f"SELECT {tests} FROM {change_table(entity)}")
    return [column for column, is_blank in zip(columns, blank, strict=True) if is_blank]


def _write_over(database: Database, scratch: Scratch, ticket: Ticket, entity: Entity, select: str) -> None:
    # All that is touched in one pass in the order of the key, so that each page of the table is written once.
    if not scratch.count(f"SELECT count(*) FROM (SELECT 1 FROM ({select}) LIMIT 1)"):
        return
    incoming = database.temporary(scratch.reader(f"SELECT * FROM ({select}) ORDER BY sourced_id"))
    write_before_images(database, entity, incoming, run=ticket.run, connection=ticket.connection)
    write_live(database, entity, incoming, connection=ticket.connection)
    database.drop(incoming)


def live_select(entity: Entity, ticket: Ticket) -> str:
    """The change relation's records as live rows (a DuckDB query)."""
    now = ticket.now
    made = {
        "connection_id": f"{ticket.connection}::BIGINT",
        "district_id": f"{ticket.district}::BIGINT",
        "status": "'active'",
        "date_last_modified": f"coalesce(nullif(date_last_modified, ''), '{now}')",
        "changed_run": f"{ticket.run}::BIGINT",
        "removed_at": "''",
    }
    cells = [f"{made.get(column, quoted(column))} AS {quoted(column)}" for column in live_columns(entity)]
    return f"SELECT {', '.join(cells)} FROM {change_table(entity)}"


def write_live(database: Database, entity: Entity, incoming: str, *, connection: int) -> None:
    """Write the rows of the table ``incoming`` (all live columns) over those of the connection with the same id."""
    columns, live = live_columns(entity), entity.table
    if database.is_sqlite:
        _write_in_two(database, entity, incoming, connection)
        return
    sets = ", ".join(f"{quoted(each)} = excluded.{quoted(each)}" for each in columns[2:])
    database.run(
        f"INSERT INTO {live} ({_names(columns)}) SELECT {_names(columns)} FROM {quoted(incoming)}"
        f" ON CONFLICT (connection_id, sourced_id) DO UPDATE SET {sets}"
    )


def _write_in_two(database: Database, entity: Entity, incoming: str, connection: int) -> None:
    """Update those that are there, insert the others: one statement for both has SQLite write each page once more."""
    columns, live, there = live_columns(entity), entity.table, database.new_temporary_name()
    database.run(
        f"CREATE TEMP TABLE {quoted(there)} AS SELECT i.rowid AS given, l.rowid AS kept FROM {quoted(incoming)} i"
        f" CROSS JOIN {live} l ON l.connection_id = {connection} AND l.sourced_id = i.sourced_id"
    )
    sets = ", ".join(f"{quoted(each)} = i.{quoted(each)}" for each in columns[2:])
    database.run(
        f"UPDATE {database.or_fail} {live} SET {sets} FROM {quoted(there)} t JOIN {quoted(incoming)} i"
        f" ON i.rowid = t.given WHERE {live}.rowid = t.kept"
    )
    database.run(
        f"INSERT {database.or_fail} INTO {live} ({_names(columns)}) SELECT {_names(columns)} FROM {quoted(incoming)}"
        f" WHERE rowid NOT IN (SELECT given FROM {quoted(there)})"
    )
    database.drop(there)


def write_before_images(database: Database, entity: Entity, keys: str, *, run: int, connection: int) -> None:
    """Keep the live rows whose ids are in the table ``keys`` as they are before the change, or that they were not."""
    blank = {"connection_id": f"{connection}", "sourced_id": "k.sourced_id", "district_id": "0"}
    cells = [f"coalesce(l.{quoted(column)}, {blank.get(column, _zero(column))})" for column in live_columns(entity)]
    database.run(
        f"INSERT {database.or_fail} INTO {before_table(entity)} ({_names(before_columns(entity))})"
        f" SELECT {run}, CASE WHEN l.sourced_id IS NULL THEN 0 ELSE 1 END, {', '.join(cells)}"
        f" FROM {quoted(keys)} k LEFT JOIN {entity.table} l"
        f" ON l.connection_id = {connection} AND l.sourced_id = k.sourced_id"
    )


def _zero(column: str) -> str:
    return "0" if column in ("row_hash", "changed_run") else "''"


def _names(columns: Sequence[str]) -> str:
    return ", ".join(quoted(column) for column in columns)
