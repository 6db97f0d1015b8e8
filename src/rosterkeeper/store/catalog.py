"""The catalog: what the roster browser looks things up in, made of one connection's roster and beside it.

It holds each person's words and facets in the order of names, the ids of what belongs to each person and class, the
numbers of each school and term, and data health. It is made whole in DuckDB and compared with what is there, so that
whatever has become of the roster, only the difference is written: after an undo or a restore just as after a sync.

Several may make it at once: each takes a token and writes only while it has the newest.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.oneroster.fields import (
    ACADEMIC_SESSIONS,
    CLASSES,
    ENROLLMENTS,
    ORGS,
    ROLES,
    USER_PROFILES,
    USERS,
    Entity,
    snake,
)
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.store.apply import state_version
from rosterkeeper.store.catalog_classes import CLASS_COLUMNS, SEATS_COLUMNS, make_classes, make_places
from rosterkeeper.store.catalog_people import PERSON_COLUMNS, make_people, place_people
from rosterkeeper.store.database import Database
from rosterkeeper.store.health import take_health, write_health
from rosterkeeper.store.schema import CATALOG, CATALOG_CLASS, CATALOG_PERSON, CATALOG_PLACE, CATALOG_SEATS

# Rows a transaction: interactive writers wait for one, not for all.
_BATCH: Final = 100_000
# A class with all of its seats is a hundred times a person.
_BATCH_OF_SEATS: Final = 5_000
_LANDED: Final[tuple[tuple[Entity, tuple[str, ...]], ...]] = (
    (ORGS, ("type", "name")),
    (ACADEMIC_SESSIONS, ()),
    (CLASSES, ("title", "class_code", "course_sourced_id", "school_sourced_id", "term_sourced_ids", "row_hash")),
    (
        USERS,
        (
            *("username", "user_ids", "given_name", "family_name", "middle_name", "identifier", "email"),
            *("agent_sourced_ids", "grades", "user_master_identifier", "preferred_given_name", "preferred_family_name"),
            "row_hash",
        ),
    ),
    (USER_PROFILES, ("user_sourced_id",)),
    (ROLES, ("user_sourced_id", "role", "org_sourced_id")),
    (ENROLLMENTS, ("class_sourced_id", "user_sourced_id", "role")),
)


def refresh_catalog(database: Database, scratch: Scratch, connection: int, *, now: str) -> int:
    """Bring the connection's catalog up to its roster; returns the state version that it is of from then on.

    RunRefused ``catalog.overtaken`` where another has begun since. ``now`` is RFC 3339 in UTC.
    """
    token = _begin(database, connection, now)
    version = state_version(database, connection)
    writer = _Writer(database, scratch, connection, token)
    for entity, columns in _LANDED:
        names = ", ".join(quoted(each) for each in ("sourced_id", "status", *columns))
        with database.reader(f"SELECT {names} FROM {entity.table} WHERE connection_id = {connection}") as rows:
            scratch.land(f"CREATE TABLE landed_{snake(entity.name)} AS SELECT * FROM incoming", rows)
    _land_known(database, scratch, CATALOG_PERSON, connection, "catalogued", "sourced_id, print, rank")
    _land_known(database, scratch, CATALOG_CLASS, connection, "known_class", "sourced_id, print")
    make_people(scratch)
    place_people(scratch, connection)
    with ThreadPoolExecutor(1) as beside:
        # Until this is done the database is the other thread's alone.
        written = beside.submit(
            writer.exchange, CATALOG_PERSON, "person", ("rank", *PERSON_COLUMNS, "words"), scratch.beside()
        )
        _make_classes(scratch)
        written.result()
    writer.exchange(CATALOG_SEATS, "class", SEATS_COLUMNS, scratch, batch=_BATCH_OF_SEATS)
    writer.exchange(CATALOG_CLASS, "class", CLASS_COLUMNS, scratch)
    writer.finish(version, now)
    return version


def _make_classes(scratch: Scratch) -> None:
    """Make what of classes, places and data health is to be written."""
    make_classes(scratch)
    make_places(scratch)
    scratch.run("CREATE TABLE class_fresh AS SELECT * FROM class ANTI JOIN known_class USING (sourced_id, print)")
    scratch.run(
        "CREATE TABLE class_stale AS SELECT sourced_id FROM known_class ANTI JOIN class USING (sourced_id, print)"
    )
    take_health(scratch)


class _Writer:
    """Writes what is different, in transactions that each begin with a look at the token."""

    def __init__(self, database: Database, scratch: Scratch, connection: int, token: int) -> None:
        self._database = database
        self._scratch = scratch
        self._connection = connection
        self._token = token

    def exchange(
        self, table: str, name: str, columns: tuple[str, ...], scratch: Scratch, *, batch: int = _BATCH
    ) -> None:
        """Take the rows of ``<name>_stale`` out and put those of ``<name>_fresh`` in."""
        database = self._database
        fresh = scratch.count(f"SELECT count(*) FROM {name}_fresh")
        stale = scratch.count(f"SELECT count(*) FROM {name}_stale")
        if stale:
            with database.transaction():
                self._fence()
                ids = database.temporary(scratch.reader(f"SELECT sourced_id FROM {name}_stale"))
                database.run(
                    f"DELETE FROM {table} WHERE connection_id = {self._connection}"
                    f" AND sourced_id IN (SELECT sourced_id FROM {quoted(ids)})"
                )
                database.drop(ids)
        listed = ", ".join(columns)
        for start in range(0, fresh, batch):
            part = f"SELECT {listed} FROM {name}_fresh WHERE rowid >= {start} AND rowid < {start + batch}"
            with database.transaction():
                self._fence()
                # By one statement: FTS5 writes out what it has gathered before each, and the driver sends one a row.
                rows = database.temporary(scratch.reader(part))
                database.run(
                    f"INSERT INTO {table} (connection_id, {listed}) SELECT {self._connection}, {listed}"
                    f" FROM {quoted(rows)} ORDER BY {columns[0]}"
                )
                database.drop(rows)

    def finish(self, version: int, now: str) -> None:
        """Write the numbers, and say which state the catalog is of."""
        database, scratch = self._database, self._scratch
        with database.transaction():
            self._fence()
            database.run(f"DELETE FROM {CATALOG_PLACE} WHERE connection_id = $1", [self._connection])
            database.append(
                CATALOG_PLACE, scratch.reader(f"SELECT {self._connection}::BIGINT AS connection_id, * FROM place")
            )
            write_health(database, scratch, self._connection, version=version, now=now)
            grades, roles = (_listed(scratch, column) for column in ("grades", "roles"))
            database.run(
                f"UPDATE {CATALOG} SET version = $1, built_at = $2, started_at = '', grades = $3, roles = $4"
                " WHERE connection_id = $5",
                [version, now, grades, roles, self._connection],
            )
        if not database.is_sqlite:
            # PostgreSQL judges a word's rarity by statistics, and without any it reads everybody.
            for table in (CATALOG_PERSON, CATALOG_CLASS, CATALOG_SEATS):
                database.run(f"ANALYZE {table}")

    def _fence(self) -> None:
        taken = self._database.rows(
            f"UPDATE {CATALOG} SET token = token WHERE connection_id = $1 AND token = $2 RETURNING token",
            [self._connection, self._token],
        )
        if not taken:
            raise RunRefused(
                "catalog.overtaken",
                "Another process has begun to make this catalog since.",
                todo="Nothing is to be done: that one finishes it.",
            )


def _begin(database: Database, connection: int, now: str) -> int:
    database.run(f"INSERT INTO {CATALOG} (connection_id) VALUES ($1) ON CONFLICT DO NOTHING", [connection])
    rows = database.rows(
        f"UPDATE {CATALOG} SET token = token + 1, started_at = $1 WHERE connection_id = $2 RETURNING token",
        [now, connection],
    )
    return int(rows[0][0] or 0)


def _land_known(database: Database, scratch: Scratch, table: str, connection: int, name: str, columns: str) -> None:
    with database.reader(f"SELECT {columns} FROM {table} WHERE connection_id = {connection}") as rows:
        scratch.land(f"CREATE TABLE {name} AS SELECT * FROM incoming", rows)


def _listed(scratch: Scratch, column: str) -> str:
    """The different values of a list of the live people, as a JSON array."""
    rows = scratch.rows(
        f"SELECT coalesce(to_json(list_sort(list(DISTINCT value)))::VARCHAR, '[]') FROM (SELECT"
        f" unnest({column}::JSON::VARCHAR[]) AS value FROM person WHERE {column} <> '' AND status = 'active')"
    )
    return str(rows[0][0])
