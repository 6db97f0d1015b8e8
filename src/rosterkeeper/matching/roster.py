"""A live roster as columns: from the snapshot of its state, or else from the database.

The snapshot of the present state version holds the same rows as the database and is read many times faster, and by the
columns that are asked for alone. Where none is kept, the rows are read from the database.
"""

from collections.abc import Sequence

from rosterkeeper.oneroster.fields import ENTITIES, Entity
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.store.apply import state_version
from rosterkeeper.store.artifacts import Artifacts
from rosterkeeper.store.chains import parents_of, snapshot_relation
from rosterkeeper.store.database import Database
from rosterkeeper.store.parquet import part
from rosterkeeper.store.snapshots import snapshot_of


class Roster:
    """The rosters of several connections, as SQL relations of the scratch database."""

    def __init__(self, database: Database, scratch: Scratch, artifacts: Artifacts, connections: Sequence[int]) -> None:
        self._database = database
        self._scratch = scratch
        self._artifacts = artifacts
        self._connections = tuple(connections)
        self._snapshots = {each: self._snapshot(each) for each in self._connections}

    def rows(self, entity: Entity, columns: Sequence[str], *, only: str = "true") -> str:
        """A query for the entity's columns, ``connection_id`` before them, where ``only`` (SQL) holds."""
        listed = ", ".join(quoted(each) for each in columns)
        parts = [self._part(each, entity, listed, only) for each in self._connections]
        nothing = ", ".join(f"'' AS {quoted(each)}" for each in columns)
        return " UNION ALL ".join(parts) or f"SELECT 0::BIGINT AS connection_id, {nothing} WHERE false"

    def _part(self, connection: int, entity: Entity, listed: str, only: str) -> str:
        snapshot = self._snapshots[connection]
        relation = snapshot_relation(self._artifacts, snapshot, entity) if snapshot else None
        if relation is not None:
            return f"SELECT connection_id, {listed} FROM {relation} WHERE {only}"
        name = f"stored_{self._database.new_temporary_name()}"
        sql = f"SELECT connection_id, {listed} FROM {entity.table} WHERE connection_id = {connection} AND {only}"
        with self._database.reader(sql) as rows:
            self._scratch.land(f"CREATE TABLE {name} AS SELECT * FROM incoming", rows)
        return f"SELECT connection_id, {listed} FROM {name}"

    def _snapshot(self, connection: int) -> str:
        """The name of a snapshot of the present state that is there whole; '' for none."""
        name = snapshot_of(self._database, connection, state_version(self._database, connection))
        each = name
        while each:
            folder = self._artifacts.folder(each)
            if not folder.is_dir() or not any(part(folder, entity).exists() for entity in ENTITIES):
                return ""
            each = parents_of(folder)
        return name
