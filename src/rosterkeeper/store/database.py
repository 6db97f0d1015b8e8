"""The roster database through ADBC: one code path for SQLite and PostgreSQL.

Only the child process of a run opens it so. A second SQLite library on the same file in one process would destroy
its locking, so this module and Python's sqlite3 must never meet in one process.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Self

import pyarrow as pa
from adbc_driver_manager import Error as AdbcError

from rosterkeeper.oneroster.errors import SourceFailed
from rosterkeeper.scratch import Cell, quoted
from rosterkeeper.store.schema import NUMBERS

SQLITE_PREFIX: Final = "sqlite:///"
# Interactive writers and other children wait as long for their turn.
_BUSY_MILLISECONDS: Final = 60_000
_SQLITE_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}",
    "PRAGMA cache_size = -262144",
    "PRAGMA temp_store = FILE",
    "PRAGMA synchronous = NORMAL",
)


class DatabaseFault(SourceFailed):
    """The roster database could not carry out a statement; nothing of the transaction stays."""


class Database:
    """A connection to the roster database. Statements commit one by one, but for those inside `transaction`."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = url.startswith(SQLITE_PREFIX)
        self._url = url
        self._temporaries = 0
        self._is_in_transaction = False
        with _told("store.unreachable"):
            # Each driver brings a library of its own: only the one that is wanted is loaded.
            if self.is_sqlite:
                import adbc_driver_sqlite.dbapi as sqlite  # noqa: PLC0415

                self._connection = sqlite.connect(url.removeprefix(SQLITE_PREFIX), autocommit=True)
            else:
                import adbc_driver_postgresql.dbapi as postgresql  # noqa: PLC0415

                self._connection = postgresql.connect(url, autocommit=True)
        if self.is_sqlite:
            for pragma in _SQLITE_PRAGMAS:
                self.rows(pragma)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def beside(self) -> "Database":
        """A second way into the same database, for one other thread; it sees what was committed."""
        return Database(self._url)

    @property
    def or_fail(self) -> str:
        """What stands after INSERT or UPDATE where whatever goes wrong ends the transaction.

        SQLite then need not write down each page once more, only to take back the one statement.
        """
        return "OR FAIL" if self.is_sqlite else ""

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: commits at the end of the block, rolls back when it raises; within another, with that one."""
        if self._is_in_transaction:
            yield
            return
        handle = self._connection.adbc_connection
        handle.set_autocommit(False)
        self._is_in_transaction = True
        try:
            with _told("store.statement"):
                yield
                handle.commit()
        except BaseException:
            handle.rollback()
            raise
        finally:
            self._is_in_transaction = False
            handle.set_autocommit(True)

    def run(self, sql: str, parameters: Sequence[Cell] = ()) -> None:
        """Carry out one statement; parameters are ``$1``, ``$2`` … in the order they first appear."""
        with _told("store.statement"), self._connection.cursor() as cursor:
            cursor.execute(sql, tuple(parameters) or None)

    def rows(self, sql: str, parameters: Sequence[Cell] = ()) -> list[tuple[Cell, ...]]:
        """All rows of a statement that answers few."""
        with _told("store.statement"), self._connection.cursor() as cursor:
            cursor.execute(sql, tuple(parameters) or None)
            return [tuple(row) for row in cursor.fetchall()]

    @contextmanager
    def reader(self, sql: str, parameters: Sequence[Cell] = ()) -> Iterator[pa.RecordBatchReader]:
        """A query's answer as a stream; our columns are text but for the ids, hashes and runs."""
        with _told("store.statement"), self._connection.cursor() as cursor:
            cursor.execute(sql, tuple(parameters) or None)
            yield _typed(cursor.fetch_record_batch())

    def append(
        self, table: str, rows: pa.RecordBatchReader | pa.Table, constants: Mapping[str, str | int] | None = None
    ) -> None:
        """Add rows to a table; the columns are found by name, and ``constants`` are those that are alike in every row.

        SQLite is handed each cell by itself, and takes a sixth less time where it need not be handed the constants.
        """
        with _told("store.statement"), self._connection.cursor() as cursor:
            if not constants:
                cursor.adbc_ingest(table, rows, mode="append")
            elif self.is_sqlite:
                cursor.adbc_statement.set_sql_query(_insert(table, rows.schema.names, constants))
                cursor.adbc_statement.bind_stream(rows if isinstance(rows, pa.RecordBatchReader) else rows.to_reader())
                cursor.adbc_statement.execute_update()
            else:
                cursor.adbc_ingest(table, _with_constants(rows, constants), mode="append")

    @contextmanager
    def filling(self, table: str) -> Iterator[None]:
        """Call inside a transaction around an append: an empty table gets its indexes made once it is full.

        In SQLite, where that takes half the time. PostgreSQL would let nobody even read the table meanwhile.
        """
        indexes: list[tuple[str, str]] = []
        if self.is_sqlite and not self.rows(f"SELECT 1 AS number FROM {quoted(table)} LIMIT 1"):
            told = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = $1 AND sql <> ''"
            indexes = [(str(name), str(sql)) for name, sql in self.rows(told, [table])]
        for name, _ in indexes:
            self.run(f"DROP INDEX {quoted(name)}")
        yield
        for _, statement in indexes:
            self.run(statement)

    def temporary(self, rows: pa.RecordBatchReader | pa.Table) -> str:
        """Put rows into a temporary table of this connection and return its name."""
        name = self.new_temporary_name()
        with _told("store.statement"), self._connection.cursor() as cursor:
            cursor.adbc_ingest(name, rows, mode="create", temporary=True)
        return name

    def new_temporary_name(self) -> str:
        """A name that no temporary table of this connection has."""
        self._temporaries += 1
        return f"incoming_{self._temporaries}"

    def drop(self, name: str) -> None:
        """Drop a temporary table."""
        self.run(f"DROP TABLE {quoted(name)}")


def _insert(table: str, names: Sequence[str], constants: Mapping[str, str | int]) -> str:
    columns = ", ".join(quoted(name) for name in (*names, *constants))
    bound = (f"?{place}" for place, _ in enumerate(names, start=1))
    alike = (str(each) if isinstance(each, int) else "'" + each.replace("'", "''") + "'" for each in constants.values())
    return f"INSERT INTO {quoted(table)} ({columns}) VALUES ({', '.join((*bound, *alike))})"


def _with_constants(rows: pa.RecordBatchReader | pa.Table, constants: Mapping[str, str | int]) -> pa.RecordBatchReader:
    alike = {name: pa.scalar(each) for name, each in constants.items()}
    schema = pa.schema([*rows.schema, *(pa.field(name, each.type) for name, each in alike.items())])
    batches = rows if isinstance(rows, pa.RecordBatchReader) else rows.to_reader()
    return pa.RecordBatchReader.from_batches(
        schema,
        (
            pa.RecordBatch.from_arrays(
                [*batch.columns, *(pa.repeat(each, batch.num_rows) for each in alike.values())], schema=schema
            )
            for batch in batches
        ),
    )


def _typed(reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """SQLite has no types to tell: an answer without rows calls every column a number."""
    wanted = pa.schema(
        [pa.field(each.name, pa.int64() if each.name in _WHOLE else pa.string()) for each in reader.schema]
    )
    if reader.schema.equals(wanted):
        return reader
    return pa.RecordBatchReader.from_batches(wanted, (_cast(batch, wanted) for batch in reader))


_IDS: Final = ("id", "person_id", "account_id", "student_id", "parent_id", "group_id", "other_connection_id")
_WHOLE: Final = frozenset((*NUMBERS, *_IDS, "active", "people", "number", "print", "rank"))


def _cast(batch: pa.RecordBatch, wanted: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [column.cast(field.type) for column, field in zip(batch.columns, wanted, strict=True)], schema=wanted
    )


@contextmanager
def _told(code: str) -> Iterator[None]:
    """A driver's error quotes data, so only its kind goes on."""
    try:
        yield
    except AdbcError as fault:
        kind = type(fault).__name__
        state = f" ({fault.sqlstate})" if fault.sqlstate else ""
        raise DatabaseFault(
            code,
            f"The roster database refused a statement: {kind}{state}{_cause(str(fault))}.",
            todo="See that the database runs, has space left and may be written, then run again.",
            retry_after=60.0,
        ) from None


def _cause(text: str) -> str:
    """The few causes worth naming; the text itself may quote a row."""
    for word in ("disk is full", "No space left", "database is locked", "disk I/O error", "readonly database"):
        if word in text:
            return f", {word}"
    return ""
