"""validate, second part: what points at what.

A reference resolves to a record of this pull that was not kept out, to a live record that stays, or to one of the
district's other connections. What a record cannot do without rejects it; any other dangling link is ignored.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from rosterkeeper.engine.forms import literal
from rosterkeeper.engine.live import LiveRoster
from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.oneroster.fields import BY_NAME, DEMOGRAPHICS, ENTITIES, Entity, Kind, Need, snake
from rosterkeeper.oneroster.findings import CODES, Severity
from rosterkeeper.scratch import Scratch, ScratchFault, quoted
from rosterkeeper.sources.contract import Collection, Fetched, Mode


@dataclass(frozen=True, slots=True)
class Link:
    """A field that points at another entity's records."""

    csv: str
    column: str
    target: str
    must: bool
    many: bool = False


def links(entity: Entity) -> list[Link]:
    """Every reference of the entity; a demographics record is about the user whose id it has."""
    found = [
        Link(field.csv, field.column, field.target, field.need is Need.MUST, field.kind is Kind.REFS)
        for field in entity.stored_fields
        if field.target
    ]
    if entity is DEMOGRAPHICS:
        found.append(Link("sourcedId", "sourced_id", "users", must=True))
    return found


# What is pointed at: only these need their ids at hand.
TARGETS: Final = frozenset(link.target for entity in ENTITIES for link in links(entity))


def live_table(entity: Entity) -> str:
    """The scratch table of the entity's live hashes: sourced_id, row_hash, active."""
    return f"live_{snake(entity.name)}"


def rejected_table(entity: Entity) -> str:
    """The scratch table of the ids kept out of the entity: sourced_id."""
    return f"rejected_{snake(entity.name)}"


def kept_out_table(entity: Entity) -> str:
    """The scratch table of the canonical rows that were kept out; it is there only where there are some."""
    return f"kept_out_{snake(entity.name)}"


def land_live(scratch: Scratch, live: LiveRoster) -> None:
    """Pull the live hashes of every entity: references need them before diff does."""
    for entity in ENTITIES:
        making = (
            f"CREATE TABLE {live_table(entity)} AS SELECT sourced_id::VARCHAR AS sourced_id,"
            " row_hash::BIGINT AS row_hash, active::BIGINT AS active FROM"
        )
        query = live.hashed(entity)
        if query is not None:
            # What is behind it may be put away at any moment; the hashes themselves are always to be had.
            with suppress(ScratchFault):
                scratch.run(f"{making} ({query})")
                continue
        scratch.land(f"{making} incoming", live.hashes(entity))


def reject(scratch: Scratch, entity: Entity) -> None:
    """Take the records with an error out of the canonical table, and remember their ids."""
    errors = [code for code in told_codes(scratch, entity) if CODES[code].severity is Severity.ERROR]
    scratch.run(f"CREATE TABLE {rejected_table(entity)} (sourced_id VARCHAR)")
    if not errors:
        return
    told = f"FROM finding WHERE entity = '{entity.name}' AND code IN ({', '.join(map(literal, errors))})"
    scratch.run(f"INSERT INTO {rejected_table(entity)} SELECT DISTINCT sourced_id {told} AND sourced_id <> ''")
    if scratch.has_relation(norm_table(entity)):
        bad = f"FROM {norm_table(entity)} WHERE (row, sourced_id) IN (SELECT row, sourced_id {told})"
        scratch.run(f"CREATE TABLE {kept_out_table(entity)} AS SELECT * {bad}")
        scratch.run(f"DELETE {bad}")


def told_codes(scratch: Scratch, entity: Entity) -> list[str]:
    """The codes of the findings about the entity's records so far.

    Most have none, and then nothing else has to be asked of them: a small run's time goes into its statements.
    """
    rows = scratch.rows("SELECT DISTINCT code FROM finding WHERE entity = ? ORDER BY code", [entity.name])
    return [str(code) for (code,) in rows]


def make_target(scratch: Scratch, live: LiveRoster, fetched: Fetched, entity: Entity) -> None:
    """Make `target_<entity>`, the ids that a reference may point at; call it once the entity's own errors are out."""
    parts = [f"SELECT sourced_id FROM {live_table(entity)} WHERE active = 1 AND {_stays(fetched, entity)}"]
    if entity.name in fetched.collections:
        parts.append(f"SELECT sourced_id FROM {norm_table(entity)} WHERE status = 'active'")
    parts.append("SELECT sourced_id::VARCHAR FROM incoming")
    union = " UNION ALL ".join(parts)
    scratch.land(f"CREATE TABLE {target_table(entity.name)} AS {union}", live.elsewhere(entity))


def _stays(fetched: Fetched, entity: Entity) -> str:
    """Which live rows are still there after this run."""
    collection = fetched.collections.get(entity.name)
    rejected = f"sourced_id IN (SELECT sourced_id FROM {rejected_table(entity)})"
    if collection is None or not collection.rows:
        return "true"
    if collection.mode is Mode.BULK:
        return rejected
    gone = f"SELECT sourced_id FROM {norm_table(entity)} WHERE status = 'tobedeleted'"
    return f"({rejected} OR sourced_id NOT IN ({gone}))"


def check_references(scratch: Scratch, entity: Entity, collection: Collection) -> None:
    """Write findings for the entity's dangling references, and blank those it can do without.

    Needs the targets of every entity it points at; a link to its own kind is checked by `check_own_links`.
    """
    for link in links(entity):
        if link.target != entity.name:
            _check(scratch, entity, collection, link)


def check_own_links(scratch: Scratch, entity: Entity, collection: Collection) -> None:
    """The same for links to the entity's own kind: parents and agents, none of which a record needs."""
    for link in links(entity):
        if link.target == entity.name:
            _check(scratch, entity, collection, link)


def target_table(name: str) -> str:
    """The scratch table of the ids that a reference to the entity may point at: sourced_id."""
    return f"target_{snake(name)}"


def _check(scratch: Scratch, entity: Entity, collection: Collection, link: Link) -> None:
    table, column = norm_table(entity), quoted(link.column)
    pointed = f"unnest({column}::JSON::VARCHAR[])" if link.many else column
    dangling = (
        f"SELECT * FROM (SELECT row, sourced_id, {pointed} AS pointed FROM {table}"
        f" WHERE status = 'active' AND {column} <> '') made"
        f" ANTI JOIN {target_table(link.target)} aim ON aim.sourced_id = made.pointed"
    )
    if not scratch.count(f"CREATE OR REPLACE TEMP TABLE dangling AS {dangling}"):
        return
    scratch.run(
        f"""
        INSERT INTO finding
        SELECT CASE WHEN NOT ? THEN 'reference.dropped'
                    WHEN pointed IN (SELECT sourced_id FROM {rejected_table(BY_NAME[link.target])})
                    THEN 'reference.rejected' ELSE 'reference.missing' END,
            ?, row, ?, sourced_id, ?
        FROM (SELECT row, sourced_id, first(pointed) AS pointed FROM dangling GROUP BY row, sourced_id)
        """,
        [link.must, collection.place, entity.name, link.csv],
    )
    if not link.must:
        drop_links(scratch, table, link)


def drop_links(scratch: Scratch, table: str, link: Link) -> None:
    """Blank the links of `dangling` (row, sourced_id, pointed) in the canonical table."""
    column = quoted(link.column)
    if not link.many:
        scratch.run(f"UPDATE {table} SET {column} = '', row_hash = NULL WHERE row IN (SELECT row FROM dangling)")
        return
    scratch.run(
        f"""
        UPDATE {table} SET {column} = better.kept, row_hash = NULL
        FROM (
            SELECT n.row, coalesce(nullif(to_json(list_filter(n.{column}::JSON::VARCHAR[],
                lambda item: NOT list_contains(d.lost, item)))::VARCHAR, '[]'), '') AS kept
            FROM {table} n JOIN (SELECT row, list(pointed) AS lost FROM dangling GROUP BY row) d ON d.row = n.row
            WHERE n.{column} <> ''
        ) better
        WHERE better.row = {table}.row
        """
    )
