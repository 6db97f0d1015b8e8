"""The tables of a PostgreSQL database, out of and into a backup by COPY: set-based, and without pg_dump.

The tables are those of the database's current schema, where the migrations make them. Dumping is one repeatable-read
transaction, so that all tables are of one moment; nobody who writes is held up.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from django.db import connection
from psycopg import sql

from rosterkeeper.service.backup.archive import CHUNK, TABLES, Reader, Writer

Session = psycopg.Connection[tuple[object, ...]]

_COLUMNS: Final = """
    SELECT c.table_name, c.column_name FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
    ORDER BY c.table_name, c.ordinal_position
"""
_SEQUENCES: Final = """
    SELECT sequencename, last_value FROM pg_sequences
    WHERE schemaname = current_schema() AND last_value IS NOT NULL ORDER BY sequencename
"""


@contextmanager
def snapshot(url: str) -> Iterator[Session]:
    """A session that sees the database as it is now and until its end, and writes nothing."""
    with connection.wrap_database_errors, _connected(url) as session:
        session.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        session.read_only = True
        yield session


@contextmanager
def loading(url: str) -> Iterator[Session]:
    """A session whose one transaction is committed at the end of the block, or not at all."""
    with connection.wrap_database_errors, _connected(url) as session:
        yield session


def _connected(url: str) -> Session:
    # Text in UTF-8, whatever the database's own encoding is.
    return psycopg.connect(url, client_encoding="utf8")


def migrations_of(session: Session) -> list[tuple[str, str]]:
    """The migrations that the database has had, as app and name."""
    rows = session.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
    return [(str(app), str(name)) for app, name in rows]


def columns_of(session: Session) -> dict[str, list[str]]:
    """Every table's columns but the generated ones, in order."""
    found: dict[str, list[str]] = {}
    for table, column in session.execute(_COLUMNS):
        found.setdefault(str(table), []).append(str(column))
    return found


def dump(session: Session, writer: Writer) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Write each table as a part; returns the tables' columns, and where the sequences stand."""
    columns = columns_of(session)
    for table, names in columns.items():
        with writer.part(f"{TABLES}{table}.copy") as part, session.cursor() as cursor:
            block = bytearray()
            with cursor.copy(sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(table), _list(names))) as rows:
                # One row at a time comes out of libpq; to hash and to pack them so would be slow.
                for row in rows:
                    block += row
                    if len(block) >= CHUNK:
                        part.write(block)
                        block.clear()
            part.write(block)
    # Not bound to the transaction: what they have given out since only leaves a gap.
    sequences = {str(name): int(str(last)) for name, last in session.execute(_SEQUENCES)}
    return columns, sequences


def load(session: Session, reader: Reader) -> None:
    """Fill the tables from the backup, in the session's transaction; what migrations have put there is replaced."""
    manifest = reader.manifest
    _empty(session, manifest.columns)
    for table, names in manifest.columns.items():
        with session.cursor() as cursor:
            copy = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), _list(names))
            with cursor.copy(copy) as rows:
                for block in reader.blocks(f"{TABLES}{table}.copy"):
                    rows.write(block)
    for name, last in manifest.sequences.items():
        session.execute("SELECT setval(quote_ident(%s)::regclass, %s)", [name, last])
    session.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _empty(session: Session, tables: Iterable[str]) -> None:
    """Delete what a new database's migrations have put there; Django's foreign keys wait until the end."""
    for table in tables:
        session.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))


def _list(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
