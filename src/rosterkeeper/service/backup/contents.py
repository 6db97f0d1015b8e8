"""Whether a database has something in it that somebody would miss."""

from typing import Final

from django.db import connection

# Where none of these holds a row, the rest is what migrations and init put there.
_TELLING: Final = ("accounts_account", "connections_connection", "runs_run")


def holds_something() -> bool:
    """Whether the database holds connections, runs or accounts, whatever version set it up."""
    return has_rows(*_TELLING)


def has_rows(*tables: str) -> bool:
    """Whether one of these tables is there and holds a row."""
    with connection.cursor() as cursor:
        for table in sorted({*tables} & {*connection.introspection.table_names(cursor)}):
            cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")
            if cursor.fetchone():
                return True
    return False
