"""What hangs on the ids of records that were given new ones: persons, rulings, groups, accounts, choices of schools.

Written inside the transaction that renames the records; ``mapping`` is a table of entity, old_id and new_id.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from rosterkeeper.matching.tables import ACCOUNTS, GROUPS, PERSONS, RECORDS, RULINGS
from rosterkeeper.scratch import quoted
from rosterkeeper.store.database import Database

# Whose schools an account, a token of the API, and a connection's options name; see features/accounts and connections.
ACCOUNT_SCHOOLS: Final = "accounts_accountschool"
TOKENS: Final = "accounts_apitoken"
CONNECTIONS: Final = "connections_connection"


@dataclass(frozen=True, slots=True)
class _Place:
    """A column that holds ids of one entity, beside one that holds the connection's number."""

    table: str
    column: str
    entity: str
    connection: str = "connection_id"


_PLACES: Final = (
    _Place(RECORDS, "sourced_id", "users"),
    _Place(PERSONS, "sourced_id", "users"),
    _Place(RULINGS, "sourced_id", "users"),
    _Place(RULINGS, "other_sourced_id", "users", "other_connection_id"),
    _Place(GROUPS, "class_sourced_id", "classes"),
    _Place(GROUPS, "school_sourced_id", "orgs"),
    _Place(ACCOUNT_SCHOOLS, "org", "orgs"),
)


def follow(database: Database, mapping: str, *, district: int, connection: int, now: str) -> None:
    """Write the new ids wherever the old ones stood; ``now`` is RFC 3339 in UTC."""
    # What an earlier record of the new id left would stand in its way.
    database.run(
        f"DELETE FROM {RECORDS} WHERE connection_id = {connection} AND sourced_id IN"
        f" (SELECT new_id FROM {quoted(mapping)} WHERE entity = 'users')"
    )
    for place in _PLACES:
        database.run(
            f"UPDATE {place.table} SET {_renamed(mapping, place.table, place.column, place.entity)}"
            f" AND {place.connection} = {connection}"
        )
    # A directory that names people by the roster's ids means the same people.
    database.run(
        f"UPDATE {ACCOUNTS} SET changed_at = '{now}', {_renamed(mapping, ACCOUNTS, 'sourced_id', 'users')}"
        f" AND district_id = {district} AND id IN (SELECT p.account_id FROM {PERSONS} p"
        f" JOIN {RECORDS} r ON r.person_id = p.id WHERE r.connection_id = {connection})"
    )
    rows = database.rows(f"SELECT old_id, new_id FROM {quoted(mapping)} WHERE entity = 'orgs'")
    schools = {str(old): str(new) for old, new in rows}
    if schools:
        _follow_tokens(database, schools, connection)
        _follow_options(database, schools, connection)


def _renamed(mapping: str, table: str, column: str, entity: str) -> str:
    """The change of a column, and which rows have one; an index of the mapping serves both."""
    known = f"FROM {quoted(mapping)} WHERE entity = '{entity}'"
    return (
        f"{column} = (SELECT new_id {known} AND old_id = {table}.{column})"
        f" WHERE EXISTS (SELECT 1 {known} AND old_id = {table}.{column})"
    )


def _follow_tokens(database: Database, schools: dict[str, str], connection: int) -> None:
    def renamed(pairs: list[list[Any]]) -> list[list[Any]]:
        return [
            [number, schools.get(str(org), org)] if int(number) == connection else [number, org]
            for number, org in pairs
        ]

    _rewrite(database, TOKENS, "schools", "true", renamed)


def _follow_options(database: Database, schools: dict[str, str], connection: int) -> None:
    def renamed(options: dict[str, Any]) -> dict[str, Any]:
        left_out = options.get("excluded_schools")
        if not isinstance(left_out, list):
            return options
        return {**options, "excluded_schools": [schools.get(str(org), org) for org in left_out]}

    _rewrite(database, CONNECTIONS, "options", f"id = {connection}", renamed)


def _rewrite(database: Database, table: str, column: str, which: str, change: Callable[[Any], Any]) -> None:
    """Change a column of JSON, row by row: there are few of these."""
    cast = "$1" if database.is_sqlite else "CAST($1 AS jsonb)"
    for number, text in database.rows(f"SELECT id, CAST({column} AS TEXT) FROM {table} WHERE {which}"):
        before = json.loads(str(text))
        after = change(before)
        if after != before:
            database.run(f"UPDATE {table} SET {column} = {cast} WHERE id = {int(number or 0)}", [json.dumps(after)])
