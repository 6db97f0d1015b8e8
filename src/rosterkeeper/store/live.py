"""The live roster of one connection, as the engine asks for it."""

from collections.abc import Iterator, Sequence
from functools import cached_property

import pyarrow as pa

from rosterkeeper.oneroster.fields import BY_NAME, ROLES, USERS, Entity
from rosterkeeper.scratch import quoted
from rosterkeeper.store.artifacts import Artifacts
from rosterkeeper.store.database import Database
from rosterkeeper.store.present import present_relations
from rosterkeeper.store.schema import live_columns


class StoredRoster:
    """Fills the engine's `LiveRoster` seam from the database.

    With ``beside``, the artifacts and the state version that a run goes by, from the snapshot of that state, too.
    """

    complete = True

    def __init__(
        self, database: Database, *, district: int, connection: int, beside: tuple[Artifacts, int] | None = None
    ) -> None:
        self._database = database
        self._district = district
        self._connection = connection
        self._beside = beside

    def hashes(self, entity: Entity) -> pa.RecordBatchReader:
        """Every row ever seen: sourced_id, row_hash, active (1 or 0)."""
        return self._stream(
            "SELECT sourced_id, row_hash, CASE WHEN status = 'active' THEN 1 ELSE 0 END AS active"
            f" FROM {entity.table} WHERE connection_id = {self._connection}"
        )

    def hashed(self, entity: Entity) -> str | None:
        """A query for the same over the snapshot of the present state; None where none can be believed."""
        if self._present is None:
            return None
        relation = self._present.get(entity.name)
        if relation is None:
            return "SELECT '' AS sourced_id, 0 AS row_hash, 0 AS active WHERE false"
        return f"SELECT sourced_id, row_hash, CASE WHEN status = 'active' THEN 1 ELSE 0 END AS active FROM {relation}"

    @cached_property
    def _present(self) -> dict[str, str] | None:
        if self._beside is None:
            return None
        artifacts, version = self._beside
        return present_relations(self._database, artifacts, self._connection, version)

    def rows(self, entity: Entity, ids: pa.Table) -> pa.RecordBatchReader | pa.Table:
        """The rows with the given ids, all live columns."""
        name = self._database.temporary(ids.rename_columns(["wanted_id"]))
        return self._stream(
            f"SELECT {_columns(entity)} FROM {quoted(name)} w JOIN {entity.table} l"
            f" ON l.connection_id = {self._connection} AND l.sourced_id = w.wanted_id"
        )

    def roles_of(self, users: pa.Table) -> pa.RecordBatchReader | pa.Table:
        """The active roles of the given users.

        One scan of the roles with the users at hand: SQLite would join the other way round, a scan for each user.
        """
        name = self._database.temporary(users.rename_columns(["wanted_id"]))
        return self._stream(
            f"SELECT {_columns(ROLES)} FROM {ROLES.table} l WHERE l.connection_id = {self._connection}"
            f" AND l.status = 'active' AND l.user_sourced_id IN (SELECT wanted_id FROM {quoted(name)})"
        )

    def roles_left_with(self, users: pa.Table) -> pa.RecordBatchReader | pa.Table:
        """The removed roles of the given removed users that the same run removed, which the time tells."""
        name = self._database.temporary(users.rename_columns(["wanted_id"]))
        return self._stream(
            f"SELECT {_columns(ROLES)} FROM {ROLES.table} l JOIN {USERS.table} u"
            f" ON u.connection_id = l.connection_id AND u.sourced_id = l.user_sourced_id"
            f" WHERE l.connection_id = {self._connection} AND l.status <> 'active' AND l.removed_at = u.removed_at"
            f" AND u.status <> 'active' AND l.user_sourced_id IN (SELECT wanted_id FROM {quoted(name)})"
        )

    def school_sizes(self) -> pa.RecordBatchReader:
        """How many people have an active role in each org."""
        return self._stream(
            f"SELECT org_sourced_id, count(DISTINCT user_sourced_id) AS people FROM {ROLES.table}"
            f" WHERE connection_id = {self._connection} AND status = 'active' GROUP BY org_sourced_id"
        )

    def members(self, org: str) -> pa.RecordBatchReader | pa.Table:
        """Who has an active role in the org."""
        return self._stream(
            f"SELECT DISTINCT user_sourced_id FROM {ROLES.table}"
            f" WHERE connection_id = {self._connection} AND status = 'active' AND org_sourced_id = $1",
            [org],
        )

    def elsewhere(self, entity: Entity) -> pa.RecordBatchReader | pa.Table:
        """The active ids of the district's other connections."""
        others = [
            str(row[0])
            for row in self._database.rows(
                "SELECT id FROM connections_connection WHERE district_id = $1 AND id <> $2",
                [self._district, self._connection],
            )
        ]
        if not others:
            return pa.table({"sourced_id": pa.array([], pa.string())})
        return self._stream(
            f"SELECT sourced_id FROM {BY_NAME[entity.name].table} WHERE status = 'active'"
            f" AND connection_id IN ({', '.join(others)})"
        )

    def everything(self, entity: Entity, *, active_only: bool) -> pa.RecordBatchReader:
        """All rows of an entity, all live columns."""
        columns = ", ".join(quoted(column) for column in live_columns(entity))
        only = " AND status = 'active'" if active_only else ""
        return self._stream(f"SELECT {columns} FROM {entity.table} WHERE connection_id = {self._connection}{only}")

    def _stream(self, sql: str, parameters: Sequence[str] = ()) -> pa.RecordBatchReader:
        """A reader whose cursor lives until the last batch was taken."""
        held = self._database.reader(sql, parameters)
        reader = held.__enter__()

        def batches() -> Iterator[pa.RecordBatch]:
            yield from reader
            held.__exit__(None, None, None)

        return pa.RecordBatchReader.from_batches(reader.schema, batches())


def _columns(entity: Entity) -> str:
    return ", ".join(f"l.{quoted(each)}" for each in live_columns(entity))
