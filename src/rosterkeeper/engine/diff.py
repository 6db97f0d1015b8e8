"""diff: canonical rows against live rows, by sourcedId and row hash.

Absence is removal only in a bulk collection that came whole and holds something; a record that was kept out, and
what refers to it, is never removed (OneRoster CSV binding 1.2, bulk; spec notes section 1).
"""

import msgspec
import pyarrow as pa

from rosterkeeper.engine.changes import change_columns, change_table, counted, gone_table
from rosterkeeper.engine.following import follow_users
from rosterkeeper.engine.live import LiveRoster
from rosterkeeper.engine.normalize import norm_table, row_hash_of
from rosterkeeper.engine.references import links, live_table, rejected_table
from rosterkeeper.oneroster.fields import BY_NAME, ENTITIES, ROLES, USERS, Entity
from rosterkeeper.oneroster.findings import ERROR_CODES
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.sources.contract import Collection, Fetched, Mode, Watch


class EntityDiff(msgspec.Struct):
    """One entity's share of a change set, in numbers.

    ``live`` is how many active rows there were before; ``delta`` says that the source gave only what changed.
    """

    add: int = 0
    update: int = 0
    remove: int = 0
    restore: int = 0
    unchanged: int = 0
    rejected: int = 0
    held: int = 0
    live: int = 0
    emptied: bool = False
    delta: bool = False


def diff(scratch: Scratch, live: LiveRoster, fetched: Fetched, watch: Watch) -> dict[str, EntityDiff]:
    """Make the change relations of every collection; returns the numbers by entity name, in load order."""
    numbers: dict[str, EntityDiff] = {}
    for done, entity in enumerate(ENTITIES):
        collection = fetched.collections.get(entity.name)
        if collection is None:
            continue
        watch.check()
        watch.progress("diff", entity.name, done, len(ENTITIES))
        numbers[entity.name] = _diff_entity(scratch, live, fetched, entity, collection)
    if follow_users(scratch, live, fetched):
        known = scratch.count(f"SELECT count(*) FROM {live_table(ROLES)} WHERE active = 1")
        each, ops = numbers.setdefault(ROLES.name, EntityDiff(live=known)), counted(scratch, ROLES)
        each.remove, each.restore = ops["remove"], ops["restore"]
    return numbers


def _diff_entity(
    scratch: Scratch, live: LiveRoster, fetched: Fetched, entity: Entity, collection: Collection
) -> EntityDiff:
    alive = scratch.count(f"SELECT count(*) FROM {live_table(entity)} WHERE active = 1")
    known = scratch.count(f"SELECT count(*) FROM {live_table(entity)}")
    hashed = f"coalesce(row_hash, {row_hash_of(entity)})"
    columns = ", ".join(f"n.{quoted(column)}" for column in change_columns(entity)[:-1])
    if known:
        _compare(scratch, entity, hashed, bulk=collection.mode is Mode.BULK)
        scratch.run(
            f"CREATE TABLE {change_table(entity)} AS SELECT d.op, {columns}, d.hashed AS row_hash"
            f" FROM {norm_table(entity)} n JOIN differing d ON d.place = n.rowid"
        )
    else:
        scratch.run(
            f"CREATE VIEW {change_table(entity)} AS SELECT 'add' AS op, {columns}, {hashed} AS row_hash"
            f" FROM {norm_table(entity)} n WHERE status = 'active'"
        )
    emptied = alive > 0 and not collection.rows and collection.mode is Mode.BULK
    if alive and collection.rows:
        _find_gone(scratch, live, fetched, entity, collection)
    active = scratch.count(f"SELECT count(*) FROM {norm_table(entity)} WHERE status = 'active'")
    ops = counted(scratch, entity)
    return EntityDiff(
        **ops,
        unchanged=active - ops["add"] - ops["update"] - ops["restore"],
        rejected=scratch.count(
            f"SELECT count(*) FROM (SELECT DISTINCT row, sourced_id FROM finding f"
            f" WHERE f.entity = '{entity.name}' AND f.row > 0 AND f.code IN ({ERROR_CODES}))"
        ),
        live=alive,
        emptied=emptied,
        delta=collection.mode is Mode.DELTA,
    )


def _compare(scratch: Scratch, entity: Entity, hashed: str, *, bulk: bool) -> None:
    """Make `differing`: the places of active rows that are not alive as they are; in bulk, live ids that are missing.

    By id and hash alone, because a district's whole rows do not fit beside what they are compared with.
    """
    scratch.run(
        f"""
        CREATE OR REPLACE TEMP TABLE differing AS
        SELECT CASE WHEN l.active IS NULL THEN 'add' WHEN n.place IS NULL THEN 'gone' WHEN l.active = 0 THEN 'restore'
            ELSE 'update' END AS op, n.place, n.hashed, l.sourced_id
        FROM (SELECT rowid AS place, sourced_id, {hashed} AS hashed FROM {norm_table(entity)} WHERE status = 'active') n
        {"FULL" if bulk else "LEFT"} JOIN {live_table(entity)} l ON l.sourced_id = n.sourced_id
        WHERE l.active IS NULL OR n.place IS NULL AND l.active = 1
            OR n.place IS NOT NULL AND (l.active = 0 OR l.row_hash <> n.hashed)
        """
    )


def _find_gone(scratch: Scratch, live: LiveRoster, fetched: Fetched, entity: Entity, collection: Collection) -> None:
    """Pull the live rows that this run would remove, less those that a kept-out record protects."""
    norm, rejected = norm_table(entity), rejected_table(entity)
    told = f"SELECT sourced_id FROM {norm} WHERE status IN ('tobedeleted', 'left_out')"
    if collection.mode is Mode.BULK:
        candidates = (
            "SELECT sourced_id FROM differing WHERE op = 'gone'"
            f" AND sourced_id NOT IN (SELECT sourced_id FROM {rejected})"
        )
        if _some_without_id(scratch, entity):
            candidates = f"SELECT sourced_id FROM ({candidates}) WHERE sourced_id IN ({told})"
    else:
        candidates = f"SELECT sourced_id FROM {live_table(entity)} WHERE active = 1 AND sourced_id IN ({told})"
        if entity is ROLES and fetched.nested_roles:
            _find_gone_roles(scratch, live)
            return
    ids = scratch.reader(f"SELECT sourced_id FROM ({candidates})").read_all()
    _land_gone(scratch, live, entity, ids)


def _some_without_id(scratch: Scratch, entity: Entity) -> bool:
    """A record without an id may be any live one, so absence proves nothing in its collection."""
    return bool(
        scratch.count("SELECT count(*) FROM finding WHERE code = 'row.missing_id' AND entity = ?", [entity.name])
    )


def _find_gone_roles(scratch: Scratch, live: LiveRoster) -> None:
    """A delta whose users carry their roles replaces all the roles of each user in it."""
    users = scratch.reader(f"SELECT sourced_id FROM {norm_table(USERS)}").read_all()
    scratch.land(f"CREATE TABLE {gone_table(ROLES)} AS SELECT * FROM incoming", live.roles_of(users))
    scratch.run(
        f"DELETE FROM {gone_table(ROLES)} WHERE sourced_id IN"
        f" (SELECT sourced_id FROM {norm_table(ROLES)} WHERE status = 'active')"
    )


def _land_gone(scratch: Scratch, live: LiveRoster, entity: Entity, ids: pa.Table) -> None:
    if not ids.num_rows:
        return
    gone = gone_table(entity)
    scratch.land(f"CREATE TABLE {gone} AS SELECT * FROM incoming", live.rows(entity, ids))
    for link in links(entity):
        if link.must:
            kept_out = rejected_table(BY_NAME[link.target])
            scratch.run(f"DELETE FROM {gone} WHERE {quoted(link.column)} IN (SELECT sourced_id FROM {kept_out})")
