"""Giving live records their new ids: a change set that renames, and the mapping as a CSV.

The CSV has the columns entity, old and new, as one downloads it, mends it and uploads it again. The change set adds
each record under its new id as it was, changes what points at it, and takes the old ids out of the table altogether:
to whoever reads the roster nobody came and nobody left.
"""

from pathlib import Path

from rosterkeeper.engine.changes import change_table, gone_table
from rosterkeeper.engine.normalize import row_hash_of
from rosterkeeper.engine.references import Link, links
from rosterkeeper.engine.rekeyed import MAP, new_ids, old_ids
from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.oneroster.fields import ENTITIES, Entity
from rosterkeeper.scratch import Scratch, ScratchFault, quoted
from rosterkeeper.store.apply import Ticket
from rosterkeeper.store.database import Database
from rosterkeeper.store.live import StoredRoster


def write_csv(scratch: Scratch, path: Path) -> None:
    """Write the mapping: entity, old, new; by entity and old id."""
    scratch.run(
        f"COPY (SELECT entity, old_id AS old, new_id AS new FROM {MAP} ORDER BY entity, old_id)"
        f" TO '{_escaped(path)}' (FORMAT csv, HEADER)"
    )


def read_csv(scratch: Scratch, path: Path) -> None:
    """Make the mapping of a CSV that somebody uploaded; RunRefused where it is none, or does not fit the change set."""
    try:
        scratch.run(
            f"CREATE OR REPLACE TABLE {MAP} AS SELECT entity::VARCHAR AS entity, old::VARCHAR AS old_id,"
            f" new::VARCHAR AS new_id, 'uploaded' AS same_in FROM read_csv('{_escaped(path)}', header = true,"
            " all_varchar = true, null_padding = false, delim = ',', quote = '\"', escape = '\"')"
            " WHERE coalesce(old, '') <> '' OR coalesce(new, '') <> ''"
        )
    except ScratchFault:
        raise RunRefused(
            "rekey.not_csv",
            "The file is not a mapping of ids.",
            todo="Upload a CSV in UTF-8 with the columns entity, old and new, such as the one to download.",
        ) from None
    _check(scratch)


def _check(scratch: Scratch) -> None:
    """RunRefused where an id stands twice, or is not one that would go, or come."""
    twice = " + ".join(
        f"(SELECT count(*) FROM (SELECT 1 FROM {MAP} GROUP BY entity, {side} HAVING count(*) > 1))"
        for side in ("old_id", "new_id")
    )
    unknown = scratch.count(
        f"SELECT count(*) FROM {MAP} WHERE coalesce(entity, '') NOT IN ({_names()})"
        " OR coalesce(old_id, '') = '' OR coalesce(new_id, '') = ''"
    )
    for entity in ENTITIES:
        for side, ids in (("old_id", old_ids(scratch, entity)), ("new_id", new_ids(scratch, entity))):
            known = f"ANTI JOIN ({ids}) k ON k.sourced_id = m.{side}" if ids else ""
            unknown += scratch.count(f"SELECT count(*) FROM {MAP} m {known} WHERE m.entity = '{entity.name}'")
    number = unknown + scratch.count(f"SELECT {twice}")
    if number:
        raise RunRefused(
            "rekey.does_not_fit",
            f"{number} lines of the mapping name an id twice, or one that would not go or come.",
            todo="Old ids are those that the held run would remove, new ids those that it would add; each once.",
        )


def plan_rekey(scratch: Scratch, live: StoredRoster) -> dict[str, int]:
    """Make the change relations that rename; returns how many records are touched, by entity."""
    touched = {}
    for entity in ENTITIES:
        for relation in (change_table(entity), gone_table(entity)):
            if scratch.has_relation(relation):
                scratch.run(f"DROP VIEW {relation}")
        touched[entity.name] = _plan_entity(scratch, live, entity)
    return {name: number for name, number in touched.items() if number}


def _plan_entity(scratch: Scratch, live: StoredRoster, entity: Entity) -> int:
    kept = f"rekey_live_{entity.table}"
    scratch.land(f"CREATE TABLE {kept} AS SELECT * FROM incoming", live.everything(entity, active_only=True))
    renamed, joins = {"sourced_id": "coalesce(me.new_id, l.sourced_id)"}, [_join("me", entity.name, "l.sourced_id")]
    for place, link in enumerate(each for each in links(entity) if each.column != "sourced_id"):
        alias = f"m{place}"
        if link.many:
            joins.append(f"LEFT JOIN ({_lists(kept, entity, link)}) {alias} ON {alias}.sourced_id = l.sourced_id")
            renamed[link.column] = f"coalesce({alias}.made, l.{quoted(link.column)})"
        else:
            joins.append(_join(alias, link.target, f"l.{quoted(link.column)}"))
            renamed[link.column] = f"coalesce({alias}.new_id, l.{quoted(link.column)})"
    cells = ", ".join(
        f"{renamed.get(column, f'l.{quoted(column)}')} AS {quoted(column)}"
        for column in (*(field.column for field in entity.stored_fields), "metadata")
    )
    differs = " OR ".join(f"{made} <> l.{quoted(column)}" for column, made in renamed.items())
    scratch.run(
        f"CREATE TABLE {change_table(entity)} AS SELECT CASE WHEN is_new THEN 'add' ELSE 'update' END AS op,"
        f" * EXCLUDE (is_new), {row_hash_of(entity)} AS row_hash FROM ("
        f"SELECT me.new_id IS NOT NULL AS is_new, {cells} FROM {kept} l {' '.join(joins)} WHERE {differs})"
    )
    scratch.run(
        f"CREATE TABLE {gone_table(entity)} AS SELECT l.* FROM {kept} l JOIN {MAP} me"
        f" ON me.entity = '{entity.name}' AND me.old_id = l.sourced_id"
    )
    scratch.run(f"DROP TABLE {kept}")
    return scratch.count(f"SELECT count(*) FROM {change_table(entity)}")


def _join(alias: str, target: str, column: str) -> str:
    return f"LEFT JOIN {MAP} {alias} ON {alias}.entity = '{target}' AND {alias}.old_id = {column}"


def _lists(kept: str, entity: Entity, link: Link) -> str:
    """The lists of ids in which one has a new name: sourced_id, made; in the order that the field's lists have."""
    column = quoted(link.column)
    is_ordered = next(field.ordered for field in entity.stored_fields if field.column == link.column)
    order = "place" if is_ordered else "coalesce(m.new_id, each)"
    return (
        f"SELECT e.sourced_id, to_json(list(coalesce(m.new_id, each) ORDER BY {order}))::VARCHAR AS made FROM ("
        f"SELECT sourced_id, unnest({column}::JSON::VARCHAR[]) AS each,"
        f" generate_subscripts({column}::JSON::VARCHAR[], 1) AS place FROM {kept} WHERE {column} <> '') e"
        f" LEFT JOIN {MAP} m ON m.entity = '{link.target}' AND m.old_id = each"
        " GROUP BY e.sourced_id HAVING count(m.new_id) > 0"
    )


def forget_old(database: Database, scratch: Scratch, ticket: Ticket) -> str:
    """Take the records with old ids out of the live tables, and return the mapping as a temporary table.

    Call it inside the transaction, after the change set was applied. The table has entity, old_id and new_id.
    """
    name = database.temporary(scratch.reader(f"SELECT entity, old_id, new_id FROM {MAP} ORDER BY entity, old_id"))
    # Looked up for each row of every table that follows.
    place = f"temp.{quoted(f'{name}_old')}" if database.is_sqlite else ""
    database.run(f"CREATE INDEX {place} ON {quoted(name)} (entity, old_id, new_id)")
    for entity in ENTITIES:
        database.run(
            f"DELETE FROM {entity.table} WHERE connection_id = {ticket.connection} AND sourced_id IN"
            f" (SELECT old_id FROM {quoted(name)} WHERE entity = '{entity.name}')"
        )
    return name


def _names() -> str:
    return ", ".join(f"'{entity.name}'" for entity in ENTITIES)


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")
