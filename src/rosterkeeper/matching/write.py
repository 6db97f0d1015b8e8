"""What a matching changed, written: the difference alone, in one transaction that begins with a look at the token."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rosterkeeper.engine.forms import literal
from rosterkeeper.matching import tables
from rosterkeeper.matching.accounts import ACCOUNT_COLUMNS
from rosterkeeper.matching.land import PERSON_COLUMNS
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.store.database import Database

_PERSON: Final = ("id", *(each for each in PERSON_COLUMNS if each not in ("district_id", "changed_at")))
_RECORD: Final = ("connection_id", "sourced_id", "person_id", "reason")
_CANDIDATE: Final = ("person_id", "account_id", "rule")
_FAMILY: Final = ("student_id", "parent_id", "relationship")


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One table's way to be written: its key, its columns, and the queries of what is now and what was known.

    ``often_alike`` are columns of the scratch table ``name`` that may well be alike in all rows; ``stamp`` are those
    beside that are alike in all rows that are written.
    """

    table: str
    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    now: str
    known: str
    often_alike: tuple[str, ...]
    stamp: Mapping[str, str | int]


def write_first_records(database: Database, scratch: Scratch, district: int, *, now: str) -> None:
    """Write all records where none is known yet, ahead of all else; call inside the transaction."""
    [sheet] = (each for each in _sheets(district, now) if each.table == tables.RECORDS)
    scratch.run(f"CREATE VIEW {sheet.name}_fresh AS {sheet.now}")
    if not scratch.count(f"SELECT count(*) FROM {sheet.name}"):
        return
    _fill(database, scratch, sheet, f"{sheet.name}_fresh")


def find_differences(
    database: Database, scratch: Scratch, district: int, *, now: str, written: Container[str] = ()
) -> None:
    """Make ``<name>_fresh`` and ``<name>_stale`` of each table but those ``written`` already."""
    for name, table, columns in (
        ("known_candidate", tables.CANDIDATES, _CANDIDATE),
        ("known_family", tables.FAMILY, _FAMILY),
    ):
        sql = f"SELECT {', '.join(columns)} FROM {table} WHERE district_id = {district}"
        with database.reader(sql) as rows:
            scratch.land(f"CREATE TABLE {name} AS SELECT * FROM incoming", rows)
    for sheet in _sheets(district, now):
        if sheet.table in written:
            continue
        compared, key = ", ".join(sheet.columns), ", ".join(sheet.key)
        if scratch.count(f"SELECT count(*) FROM ({sheet.known})"):
            scratch.run(
                f"CREATE TABLE {sheet.name}_fresh AS SELECT * FROM ({sheet.now})"
                f" ANTI JOIN (SELECT {compared} FROM ({sheet.known})) USING ({compared})"
            )
        else:
            scratch.run(f"CREATE VIEW {sheet.name}_fresh AS {sheet.now}")
        scratch.run(
            f"CREATE TABLE {sheet.name}_stale AS SELECT {key} FROM ({sheet.known})"
            f" ANTI JOIN (SELECT {key} FROM ({sheet.now})) USING ({key})"
        )


def write_differences(
    database: Database, scratch: Scratch, district: int, *, now: str, written: Container[str] = ()
) -> None:
    """Write them; call inside the transaction."""
    for sheet in _sheets(district, now):
        if sheet.table in written:
            continue
        stale, fresh = f"{sheet.name}_stale", f"{sheet.name}_fresh"
        if scratch.count(f"SELECT count(*) FROM {stale}"):
            gone = database.temporary(scratch.reader(f"SELECT * FROM {stale}"))
            same = " AND ".join(f"g.{each} = {sheet.table}.{each}" for each in sheet.key)
            database.run(f"DELETE FROM {sheet.table} WHERE EXISTS (SELECT 1 FROM {quoted(gone)} g WHERE {same})")
            database.drop(gone)
        if not scratch.count(f"SELECT count(*) FROM {fresh}"):
            continue
        if scratch.count(f"SELECT count(*) FROM ({sheet.known})"):
            _upsert(database, scratch, sheet, fresh)
        else:
            _fill(database, scratch, sheet, fresh)
    _write_accounts(database, scratch)


def _sheets(district: int, now: str) -> Sequence[_Sheet]:
    mine = {"district_id": district}
    person = (
        "SELECT p.person_id AS id, p.uid, p.kind, p.status, p.left_at, p.connection_id, p.sourced_id,"
        " l.result, l.reason, l.account_id, p.sort_key FROM person p JOIN link l USING (person_id)"
    )
    known = "SELECT * RENAME (person_id AS id) FROM known_person"
    return (
        _Sheet(
            tables.PERSONS,
            "person",
            ("id",),
            _PERSON,
            person,
            known,
            ("status", "left_at", "connection_id"),
            mine | {"changed_at": now},
        ),
        _Sheet(
            tables.RECORDS,
            "person_record",
            ("connection_id", "sourced_id"),
            _RECORD,
            f"SELECT {', '.join(_RECORD)} FROM person_record",
            f"SELECT {', '.join(_RECORD)} FROM known_record",
            ("connection_id", "reason"),
            mine,
        ),
        _Sheet(
            tables.CANDIDATES,
            "candidate",
            ("person_id", "account_id"),
            _CANDIDATE,
            f"SELECT {', '.join(_CANDIDATE)} FROM candidate",
            "SELECT * FROM known_candidate",
            ("rule",),
            mine,
        ),
        _Sheet(
            tables.FAMILY,
            "family",
            ("student_id", "parent_id"),
            _FAMILY,
            f"SELECT {', '.join(_FAMILY)} FROM family",
            "SELECT * FROM known_family",
            ("relationship",),
            mine,
        ),
    )


def _fill(database: Database, scratch: Scratch, sheet: _Sheet, fresh: str) -> None:
    """Write where nothing is known yet; what turns out to be alike in all rows is handed over once.

    SQLite takes rows several times faster in the order of their keys. Persons are made in theirs.
    """
    told = ", ".join(f"CASE WHEN min({each}) = max({each}) THEN min({each}) END" for each in sheet.often_alike)
    first = scratch.rows(f"SELECT {told} FROM {sheet.name}")[0]
    alike = {name: cell for name, cell in zip(sheet.often_alike, first, strict=True) if isinstance(cell, str | int)}
    differing = [each for each in sheet.columns if each not in alike]
    order = f" ORDER BY {', '.join(sheet.key)}" if sheet.table != tables.PERSONS else ""
    rows = scratch.reader(f"SELECT {', '.join(differing)} FROM {fresh}{order}")
    with database.filling(sheet.table):
        database.append(sheet.table, rows, {**alike, **sheet.stamp})


def _upsert(database: Database, scratch: Scratch, sheet: _Sheet, fresh: str) -> None:
    stamp = ", ".join(
        f"{literal(each) if isinstance(each, str) else each} AS {name}" for name, each in sheet.stamp.items()
    )
    listed = ", ".join((*sheet.columns, *sheet.stamp))
    rows = database.temporary(
        scratch.reader(f"SELECT {', '.join(sheet.columns)}, {stamp} FROM {fresh} ORDER BY {', '.join(sheet.key)}")
    )
    sets = ", ".join(f"{each} = excluded.{each}" for each in (*sheet.columns, *sheet.stamp) if each not in sheet.key)
    database.run(
        f"INSERT INTO {sheet.table} ({listed}) SELECT {listed} FROM {quoted(rows)} WHERE true"
        f" ON CONFLICT ({', '.join(sheet.key)}) DO UPDATE SET {sets}"
    )
    database.drop(rows)


def _write_accounts(database: Database, scratch: Scratch) -> None:
    listed = ", ".join(ACCOUNT_COLUMNS)
    if scratch.count("SELECT count(*) FROM account_new"):
        with database.filling(tables.ACCOUNTS):
            database.append(tables.ACCOUNTS, scratch.reader(f"SELECT {listed} FROM account_new ORDER BY id"))
    if not scratch.count("SELECT count(*) FROM account_changed"):
        return
    # Who was changed meanwhile keeps that: the next matching, which that change asked for, looks again.
    rows = database.temporary(
        scratch.reader(
            f"SELECT {', '.join(f'c.{each}' for each in ACCOUNT_COLUMNS)}, a.changed_at AS was_changed_at"
            " FROM account_changed c JOIN account a ON a.id = c.id ORDER BY c.id"
        )
    )
    sets = ", ".join(f"{each} = c.{each}" for each in ACCOUNT_COLUMNS if each != "id")
    database.run(
        f"UPDATE {tables.ACCOUNTS} SET {sets} FROM {quoted(rows)} c"
        f" WHERE {tables.ACCOUNTS}.id = c.id AND {tables.ACCOUNTS}.changed_at = c.was_changed_at"
    )
    database.drop(rows)
