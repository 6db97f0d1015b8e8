"""A district whose people are matched in this very process, on a real database; no Django.

The roster's tables are written as a run would leave them, the directory's as an upload would.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import msgspec
import pyarrow as pa

from rosterkeeper.matching.accounts import ACCOUNT_COLUMNS
from rosterkeeper.matching.keys import lookup_key, sort_key
from rosterkeeper.matching.match import MatchNumbers, match_district
from rosterkeeper.oneroster.fields import BY_NAME
from rosterkeeper.scratch import Cell, Scratch
from rosterkeeper.store.artifacts import Artifacts
from rosterkeeper.store.database import Database
from rosterkeeper.store.schema import live_columns
from tests.installation import Installation

DISTRICT = 1
NORTH, SOUTH = 1, 2
NOW = "2026-10-02T06:00:00.000Z"
TODAY = "2026-10-02"
_NUMBERS = (
    "connection_id",
    "district_id",
    "row_hash",
    "changed_run",
    "id",
    "account_id",
    "other_connection_id",
    "by_id",
)


@dataclass
class Ground:
    """One district with two connections; `match` is what the worker's child does."""

    database: Database
    folder: Path
    district: int = DISTRICT
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def user(self, sourced_id: str, role: str = "student", *, connection: int = NORTH, **cells: str) -> None:
        """A live user with one role; ``role`` '' for none. Other cells are columns of users."""
        given = {"given_name": sourced_id.title(), "family_name": "Field", "enabled_user": "true", **cells}
        self.row("users", sourced_id, connection=connection, **given)
        if role:
            self.row("roles", f"{sourced_id}-{role}", connection=connection, user_sourced_id=sourced_id, role=role)

    def row(self, entity: str, sourced_id: str, *, connection: int = NORTH, **cells: str) -> None:
        """Any live record; one of the same id is replaced."""
        table = BY_NAME[entity].table
        self.database.run(f"DELETE FROM {table} WHERE connection_id = $1 AND sourced_id = $2", [connection, sourced_id])
        made: dict[str, Cell] = dict.fromkeys(live_columns(BY_NAME[entity]), "")
        made |= {"connection_id": connection, "sourced_id": sourced_id, "district_id": self.district, "row_hash": 0}
        self.insert(table, [made | {"changed_run": 1, "status": "active"} | cells])

    def removes(self, sourced_id: str, *, connection: int = NORTH) -> None:
        """The source no longer has the user: a run marks the user and the roles, and keeps them."""
        for entity, column in (("users", "sourced_id"), ("roles", "user_sourced_id")):
            self.database.run(
                f"UPDATE {BY_NAME[entity].table} SET status = 'tobedeleted', removed_at = '{NOW}'"
                f" WHERE connection_id = $1 AND {column} = $2",
                [connection, sourced_id],
            )

    def account(self, number: int, *, origin: str = "csv", **cells: str) -> None:
        """A directory account; its keys are made of its values."""
        made: dict[str, Cell] = dict.fromkeys(ACCOUNT_COLUMNS, "")
        made |= {"id": number, "uid": f"uid-{number}", "district_id": self.district, "origin": origin}
        made |= {"status": "active", "created_at": NOW, "changed_at": NOW, **cells}
        text = {name: str(value) for name, value in made.items()}
        made["email_key"], made["username_key"] = lookup_key(text["email"]), lookup_key(text["username"])
        made["sort_key"] = sort_key(*(text[e] for e in ("family_name", "given_name", "display_name", "username")))
        self.insert("people_account", [made])

    def ruling(self, word: str, sourced_id: str, *, connection: int = NORTH, **cells: Cell) -> None:
        """Somebody's decision about a record."""
        made: dict[str, Cell] = {"id": next(self._numbers), "district_id": self.district, "word": word, "account_id": 0}
        made |= {"connection_id": connection, "sourced_id": sourced_id, "other_connection_id": 0}
        made |= {"other_sourced_id": "", "by_id": 0, "made_at": NOW, "ended_at": ""}
        self.insert("people_ruling", [made | cells])

    def settings(self, *, mode: str = "match", rules: object = None, options: object = None) -> None:
        """The district's settings of people."""
        self.database.run("DELETE FROM people_settings WHERE district_id = $1", [self.district])
        texts = [msgspec.json.encode(each or {}).decode() for each in (rules, options)]
        self.database.run(
            "INSERT INTO people_settings (district_id, mode, rules, options) VALUES"
            f" ({self.district}, '{mode}', '{texts[0]}', '{texts[1]}')"
        )

    def match(self, *, now: str = NOW, today: str = TODAY) -> MatchNumbers:
        """One matching."""
        with Scratch(self.folder / f"scratch-{next(self._numbers)}", threads=1) as scratch:
            artifacts = Artifacts(self.folder / "artifacts")
            return match_district(self.database, scratch, artifacts, self.district, now=now, today=today)

    def links(self) -> dict[str, tuple[str, str, int]]:
        """Result, reason and account of every record's person, by ``connection:sourcedId``."""
        rows = self.database.rows(
            "SELECT r.connection_id, r.sourced_id, p.result, p.reason, p.account_id"
            " FROM people_record r JOIN people_person p ON p.id = r.person_id"
        )
        return {f"{row[0]}:{row[1]}": (str(row[2]), str(row[3]), int(row[4] or 0)) for row in rows}

    def persons(self) -> dict[str, int]:
        """The person of every record, by ``connection:sourcedId``."""
        rows = self.database.rows("SELECT connection_id, sourced_id, person_id FROM people_record")
        return {f"{row[0]}:{row[1]}": int(row[2] or 0) for row in rows}

    def candidates(self) -> set[tuple[str, int, str]]:
        """Whom a disputed person might be: the record, the account and the rule."""
        rows = self.database.rows(
            "SELECT r.connection_id, r.sourced_id, c.account_id, c.rule FROM people_candidate c"
            " JOIN people_record r ON r.person_id = c.person_id"
        )
        return {(f"{row[0]}:{row[1]}", int(row[2] or 0), str(row[3])) for row in rows}

    def insert(self, table: str, rows: Sequence[Mapping[str, Cell]]) -> None:
        """Rows of any table."""
        columns = {
            name: pa.array([row[name] for row in rows], pa.int64() if name in _NUMBERS else pa.string())
            for name in rows[0]
        }
        self.database.append(table, pa.table(columns))


@contextmanager
def grounded(installation: Installation) -> Iterator[Ground]:
    """A district with two connections and nobody in it."""
    with Database(installation.configuration.database_url) as database:
        made = Ground(database, installation.data_dir)
        database.run(f"INSERT INTO connections_district (id, name) VALUES ({DISTRICT}, 'North') ON CONFLICT DO NOTHING")
        for number in (NORTH, SOUTH):
            database.run(
                "INSERT INTO connections_connection (id, name, kind, settings, secret, limits, options, created_at,"
                f" district_id) VALUES ({number}, 'c{number}', 'csv', '{{}}', '', '{{}}', '{{}}',"
                f" '2026-01-01T00:00:00Z', {DISTRICT})"
            )
            database.run(f"INSERT INTO runs_state (connection_id) VALUES ({number})")
        yield made
