"""The scratch database: DuckDB behind a surface small enough to be typed whole.

DuckDB is partly untyped and its errors quote the data that broke them; both stop here.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import duckdb
import pyarrow as pa

from rosterkeeper.oneroster.findings import CODES, Finding

Cell = str | int | float | bool | None

_BATCH_ROWS: Final = 65_536
_MACHINE_FAULTS: Final = ("OutOfMemoryException", "IOException", "FatalException", "InternalException")

# What this process has read, whichever database it was for: nothing is bound yet. More texts than any run asks for.
_READ: Final[dict[str, duckdb.Statement | str]] = {}
_MOST_READ: Final = 2_000


class ScratchFault(Exception):
    """DuckDB could not carry out a statement; ``kind`` is its error class, the data stay out of the text."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.detail = detail

    @property
    def is_machine(self) -> bool:
        """Whether the machine, not what was to be read, is the reason."""
        return self.kind in _MACHINE_FAULTS


def quoted(name: str) -> str:
    """``name`` as an SQL identifier."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def warm_up() -> None:
    """Open a database for nothing: a process's first takes several times as long as those that follow."""
    duckdb.connect(":memory:").close()


class Scratch:
    """One run's scratch database in ``folder``; spills to it beyond ``memory_limit`` and leaves with the run."""

    def __init__(self, folder: Path, *, memory_limit: str = "1500MB", threads: int = 2) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        # In memory, spilling to the folder: a database file would be compressed at every step, at twice the cost.
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": memory_limit,
                "threads": threads,
                "temp_directory": str(folder / "spill"),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "preserve_insertion_order": True,
                # A database that nobody will open again needs no checkpoints.
                "checkpoint_threshold": "1TB",
            },
        )
        # A date-time with an offset must mean one instant on every machine.
        self.run("SET TimeZone = 'UTC'")
        self.run(
            "CREATE TABLE finding (code VARCHAR, file VARCHAR, row BIGINT, entity VARCHAR,"
            " sourced_id VARCHAR, field VARCHAR)"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def beside(self) -> "Scratch":
        """A second way into the same database, for one other thread; it closes with the first."""
        other = Scratch.__new__(Scratch)
        other.folder = self.folder
        other._connection = self._connection.cursor()
        # The setting belongs to the way in, not to the database.
        other.run("SET TimeZone = 'UTC'")
        return other

    @contextmanager
    def threads(self, count: int) -> Iterator[None]:
        """Let ``count`` threads in all carry out statements for a while, through whatever way in."""
        before = self.count("SELECT current_setting('threads')")
        self.run(f"SET threads TO {count}")
        try:
            yield
        finally:
            self.run(f"SET threads TO {before}")

    @contextmanager
    def unimproved(self) -> Iterator[None]:
        """Carry out statements as they are written for a while, through whatever way in.

        DuckDB looks for a better plan first, which takes longer than carrying out an easy one over a few rows.
        """
        self.run("SET enable_optimizer = false")
        try:
            yield
        finally:
            self.run("SET enable_optimizer = true")

    def close(self) -> None:
        """Drop the database and its folder."""
        self._connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, sql: str, parameters: Sequence[Cell] = ()) -> None:
        """Carry out one statement."""
        self._execute(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[Cell] = ()) -> list[tuple[Cell, ...]]:
        """All rows of a query that answers few."""
        return self._execute(sql, parameters).fetchall()

    def count(self, sql: str, parameters: Sequence[Cell] = ()) -> int:
        """The first cell of the first row as a whole number."""
        first = self.rows(sql, parameters)[0][0]
        return int(first) if first is not None else 0

    def ascends(self, relation: str, column: str) -> bool:
        """Whether each row's text is greater than that of the row before, so that none is there twice.

        Looking ends at the first that is not, and through to the end costs a tenth of sorting.
        """
        falls = f"SELECT {column} <= lag({column}) OVER () AS falls FROM {relation}"
        return not self.count(f"SELECT count(*) FROM (SELECT 1 FROM ({falls}) WHERE falls LIMIT 1)")

    def reader(self, sql: str) -> pa.RecordBatchReader:
        """A query's answer as a stream of record batches; no other statement may run until it is read."""
        try:
            return self._connection.sql(self._statement(sql)).to_arrow_reader(_BATCH_ROWS)
        except duckdb.Error as fault:
            raise ScratchFault(type(fault).__name__, str(fault)) from None

    def table(self, sql: str) -> pa.Table:
        """A query's answer, all of it at once."""
        try:
            return self._connection.sql(self._statement(sql)).to_arrow_table()
        except (duckdb.Error, pa.ArrowException) as fault:
            # What goes wrong while the answer is made may be told in Arrow's words.
            raise ScratchFault(type(fault).__name__, str(fault)) from None

    def land(self, statement: str, incoming: pa.RecordBatchReader | pa.Table) -> None:
        """Carry out ``statement``, in which the table ``incoming`` is the given Arrow data."""
        self._connection.register("incoming", incoming)
        try:
            self.run(statement)
        finally:
            self._connection.unregister("incoming")

    def find(self, findings: Iterable[Finding]) -> None:
        """Write findings that Python code made; the codes must be in the code table."""
        made = list(findings)
        if not made:
            return
        for finding in made:
            if finding.code not in CODES:
                raise KeyError(finding.code)
        table = pa.table(
            {
                "code": [finding.code for finding in made],
                "file": [finding.file for finding in made],
                "row": pa.array([finding.row for finding in made], pa.int64()),
                "entity": [finding.entity for finding in made],
                "sourced_id": [finding.sourced_id for finding in made],
                "field": [finding.field for finding in made],
            }
        )
        self.land("INSERT INTO finding SELECT * FROM incoming", table)

    def has_table(self, name: str) -> bool:
        """Whether the scratch database holds the table."""
        return bool(self.count("SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [name]))

    def has_relation(self, name: str) -> bool:
        """Whether the scratch database holds a table or a view of the name; not to be asked in a transaction."""
        # A run asks for some forty, and a look through DuckDB's own lists takes five times as long.
        try:
            self._connection.table(quoted(name))
        except duckdb.CatalogException:
            return False
        return True

    def _execute(self, sql: str, parameters: Sequence[Cell]) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(self._statement(sql), list(parameters))
        except duckdb.Error as fault:
            raise ScratchFault(type(fault).__name__, str(fault)) from None

    def _statement(self, sql: str) -> duckdb.Statement | str:
        """What DuckDB has read of the text, which is a third of a short question's cost; several stay a text."""
        known = _READ.get(sql)
        if known is None:
            read = self._connection.extract_statements(sql)
            known = read[0] if len(read) == 1 else sql
            if len(_READ) >= _MOST_READ:
                _READ.clear()
            _READ[sql] = known
        return known
