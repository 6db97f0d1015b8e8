"""restore: the change set that leads from the live roster back to a kept snapshot.

It is applied like any other, so what came after the snapshot is marked tobedeleted and keeps its data.
"""

from rosterkeeper.engine.changes import change_columns, change_table, fingerprint_of, gone_table
from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.oneroster.fields import ENTITIES, Entity
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.store.artifacts import Artifacts
from rosterkeeper.store.chains import snapshot_relation
from rosterkeeper.store.live import StoredRoster


def plan_restore(scratch: Scratch, live: StoredRoster, artifacts: Artifacts, snapshot: str) -> str:
    """Make the change relations; returns the fingerprint of the change that would undo the restore."""
    folder = artifacts.folder(snapshot)
    if not snapshot or not folder.is_dir():
        raise RunRefused(
            "restore.no_snapshot",
            "The run has no snapshot any more; the last thirty are kept.",
            todo="`snapshots NAME` lists those that are.",
        )
    touched = [
        _plan_entity(scratch, live, entity, snapshot_relation(artifacts, snapshot, entity)) for entity in ENTITIES
    ]
    return fingerprint_of(scratch, " UNION ALL ".join(touched))


def _plan_entity(scratch: Scratch, live: StoredRoster, entity: Entity, kept: str | None) -> str:
    now = f"now_{entity.table}"
    scratch.land(
        f"CREATE TABLE {now} AS SELECT sourced_id::VARCHAR AS sourced_id, row_hash::BIGINT AS row_hash,"
        " active::BIGINT AS active FROM incoming",
        live.hashes(entity),
    )
    snapshot = f"then_{entity.table}"
    columns = ", ".join(f"t.{quoted(column)}" for column in change_columns(entity))
    scratch.run(f"CREATE TABLE {snapshot} AS SELECT * FROM {kept or _nothing(entity)} WHERE status = 'active'")
    scratch.run(
        f"""
        CREATE TABLE {change_table(entity)} AS
        SELECT CASE WHEN n.sourced_id IS NULL THEN 'add' WHEN n.active = 0 THEN 'restore' ELSE 'update' END AS op,
            {columns}
        FROM {snapshot} t LEFT JOIN {now} n ON n.sourced_id = t.sourced_id
        WHERE n.sourced_id IS NULL OR n.active = 0 OR n.row_hash <> t.row_hash
        """
    )
    gone = scratch.reader(
        f"SELECT sourced_id FROM {now} ANTI JOIN {snapshot} USING (sourced_id) WHERE active = 1"
    ).read_all()
    scratch.land(f"CREATE TABLE {gone_table(entity)} AS SELECT * FROM incoming", live.rows(entity, gone))
    return (
        f"SELECT '{entity.name}' AS entity, n.sourced_id, n.row_hash FROM {now} n WHERE n.active = 1"
        f" AND n.sourced_id IN (SELECT sourced_id FROM {change_table(entity)}"
        f" UNION ALL SELECT sourced_id FROM {gone_table(entity)})"
        f" UNION ALL SELECT '{entity.name}', c.sourced_id, -1::BIGINT FROM {change_table(entity)} c"
        f" WHERE c.op IN ('add', 'restore')"
    )


def _nothing(entity: Entity) -> str:
    """An entity that the snapshot holds no records of."""
    cells = ", ".join(f"''::VARCHAR AS {quoted(column)}" for column in change_columns(entity)[:-1])
    return f"(SELECT {cells}, 0::BIGINT AS row_hash WHERE false)"
