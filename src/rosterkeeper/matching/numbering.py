"""Numbers for new rows, taken from the table's own sequence before the rows are written.

Sets made in DuckDB refer to each other by them. A number that is not used stays unused.
"""

from collections.abc import Callable
from typing import Final

from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.store.database import Database

# Makes `number` with so many numbers that nothing has.
TakeNumbers = Callable[[int], None]
# No table will ever come to these.
_PRETENDED: Final = 1 << 60


def take_numbers(database: Database, scratch: Scratch, table: str, many: int) -> None:
    """Make `number` (nth from 1, id) in the scratch database: ``many`` ids that nobody else will give in the table."""
    scratch.run("CREATE OR REPLACE TABLE number (nth BIGINT, id BIGINT)")
    if not many:
        return
    if not database.is_sqlite:
        sequence = f"nextval(pg_get_serial_sequence('{table}', 'id'))"
        with database.reader(f"SELECT {sequence} AS id FROM generate_series(1, {many})") as rows:
            scratch.land("INSERT INTO number SELECT row_number() OVER (ORDER BY id), id FROM incoming", rows)
        return
    with database.transaction():
        # The row of a table is there from its first insert on.
        database.run(
            "INSERT INTO sqlite_sequence (name, seq) SELECT $1, 0"
            " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = $1)",
            [table],
        )
        rows_after = database.rows(
            "UPDATE sqlite_sequence SET seq = max(seq, (SELECT coalesce(max(id), 0)"
            f" FROM {quoted(table)})) + {many} WHERE name = $1 RETURNING seq",
            [table],
        )
    last = int(rows_after[0][0] or 0)
    scratch.run(f"INSERT INTO number SELECT nth, {last - many} + nth FROM range(1, {many} + 1) r(nth)")


def pretend_numbers(scratch: Scratch, many: int) -> None:
    """Make `number` as `take_numbers` does, of numbers that are nobody's, for what is never written."""
    scratch.run(
        f"CREATE OR REPLACE TABLE number AS SELECT nth, {_PRETENDED} + nth AS id FROM range(1, {many} + 1) r(nth)"
    )
