"""The migrated database is what the field table says, on both databases."""

import io

from django.core.management import call_command
from django.db import connection

from rosterkeeper.oneroster.fields import ENTITIES
from rosterkeeper.store.schema import KEY, NUMBERS, before_columns, before_table, live_columns
from tests.installation import Installation

TABLES = [
    *((entity.table, live_columns(entity), KEY) for entity in ENTITIES),
    *((before_table(entity), before_columns(entity), ("run_id", *KEY)) for entity in ENTITIES),
]


def test_every_roster_table_has_the_field_tables_columns_in_order(opened: Installation) -> None:
    with connection.cursor() as cursor:
        described = {
            table: [each.name for each in connection.introspection.get_table_description(cursor, table)]
            for table, _, _ in TABLES
        }
    assert described == {table: list(columns) for table, columns, _ in TABLES}


def test_every_column_is_text_that_is_never_null_or_a_whole_number(opened: Installation) -> None:
    query = {
        "sqlite": 'SELECT name, lower(type), "notnull" FROM pragma_table_info(%s)',
        "postgresql": "SELECT column_name, data_type, CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END"
        " FROM information_schema.columns WHERE table_name = %s",
    }[opened.kind]
    with connection.cursor() as cursor:
        for table, columns, _ in TABLES:
            cursor.execute(query, [table])
            found = {name: (kind, notnull) for name, kind, notnull in cursor.fetchall()}
            for column in columns:
                kind = "smallint" if column == "existed" else "bigint" if column in NUMBERS else "text"
                assert found[column] == (kind, 1), f"{table}.{column}"


def test_the_key_is_the_only_constraint_and_the_only_index(opened: Installation) -> None:
    with connection.cursor() as cursor:
        for table, _, key in TABLES:
            constraints = connection.introspection.get_constraints(cursor, table).values()
            listed = [(each["primary_key"], tuple(each["columns"])) for each in constraints if each["columns"]]
            # PostgreSQL 18 counts NOT NULL among the constraints.
            kept = [each for each in listed if each[0] or len(each[1]) > 1]
            assert kept == [(True, key)], table
            assert not [each for each in constraints if each["foreign_key"]]


def test_an_absent_field_is_blank_text(opened: Installation) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO roster_org (connection_id, sourced_id, district_id, row_hash, changed_run)"
            " VALUES (1, 'a', 1, 1, 1)"
        )
        cursor.execute("SELECT name, metadata, removed_at FROM roster_org")
        assert cursor.fetchall() == [("", "", "")]


def test_the_models_have_no_change_that_no_migration_carries(opened: Installation) -> None:
    told = io.StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=told)
    assert "No changes detected" in told.getvalue()


def test_sqlite_waits_for_other_writers_and_lets_readers_read(sqlite: Installation) -> None:
    with sqlite.in_process(), connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone()[0] >= 30_000
