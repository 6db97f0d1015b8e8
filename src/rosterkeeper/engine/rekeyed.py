"""The same records under new ids: which old id became which new one, worked out of a change set that waits.

Read are the change relations (`changes.py`); made are two tables:

  rekey_map      entity, old_id, new_id, same_in (the columns that they share)
  rekey_unsure   entity, old_id, same_in, old_number, new_number: so many old and new records share those columns

An old record and a new one are the same where one key after the other finds exactly one of each; what a record points
at is compared by what it was renamed to. A stronger key that disagrees leaves a person unsure, whatever else is equal.
"""

from dataclasses import dataclass
from typing import Final

from rosterkeeper.engine.changes import change_table, gone_table
from rosterkeeper.engine.references import links
from rosterkeeper.oneroster.fields import ENTITIES, USERS, Entity
from rosterkeeper.scratch import Scratch, quoted

MAP: Final = "rekey_map"
UNSURE: Final = "rekey_unsure"
# The strongest first. The first column of each must be filled in.
KEYS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "orgs": (("identifier", "type"), ("name", "type")),
    "academicSessions": (("title", "type", "start_date", "end_date"), ("start_date", "end_date", "type")),
    "courses": (
        ("course_code", "title", "org_sourced_id"),
        ("course_code", "org_sourced_id"),
        ("title", "org_sourced_id"),
    ),
    "classes": (
        ("class_code", "title", "school_sourced_id"),
        ("class_code", "school_sourced_id"),
        ("title", "school_sourced_id", "course_sourced_id", "periods"),
    ),
    "users": (("user_master_identifier",), ("identifier",), ("username",), ("email", "given_name", "family_name")),
    "userProfiles": (("user_sourced_id", "profile_type", "vendor_id", "application_id"),),
    "roles": (
        ("user_sourced_id", "org_sourced_id", "role", "role_type", "begin_date"),
        ("user_sourced_id", "org_sourced_id", "role"),
    ),
    "demographics": (("sourced_id",),),
    "enrollments": (
        ("user_sourced_id", "class_sourced_id", "role", "begin_date"),
        ("user_sourced_id", "class_sourced_id", "role"),
    ),
}


@dataclass(frozen=True, slots=True)
class Recognised:
    """Of one entity: how many would go and come, how many of them are the same, of how many it is unsure."""

    gone: int
    come: int
    same: int
    unsure: int


def propose(scratch: Scratch) -> None:
    """Make `rekey_map` and `rekey_unsure` of the change set."""
    begin(scratch)
    scratch.run(
        f"CREATE OR REPLACE TABLE {UNSURE}"
        " (entity VARCHAR, old_id VARCHAR, same_in VARCHAR, old_number BIGINT, new_number BIGINT)"
    )
    for entity in ENTITIES:
        if _has_both(scratch, entity):
            _make_sides(scratch, entity)
            for place, key in enumerate(KEYS[entity.name]):
                _match(scratch, entity, key, KEYS[entity.name][:place])
            _keep_unsure(scratch, entity)


def begin(scratch: Scratch) -> None:
    """Make an empty `rekey_map`."""
    scratch.run(f"CREATE OR REPLACE TABLE {MAP} (entity VARCHAR, old_id VARCHAR, new_id VARCHAR, same_in VARCHAR)")


def numbers(scratch: Scratch) -> dict[str, Recognised]:
    """What was recognised, by entity; entities of which nothing goes or comes are left out."""
    found = {}
    for entity in ENTITIES:
        gone, come = (
            scratch.count(f"SELECT count(*) FROM ({side})") if side else 0
            for side in (old_ids(scratch, entity), new_ids(scratch, entity))
        )
        if gone or come:
            same = scratch.count(f"SELECT count(*) FROM {MAP} WHERE entity = '{entity.name}'")
            unsure = scratch.count(f"SELECT count(*) FROM {UNSURE} WHERE entity = '{entity.name}'")
            found[entity.name] = Recognised(gone, come, same, unsure)
    return found


def old_ids(scratch: Scratch, entity: Entity) -> str:
    """A query for the ids that would go; '' where none would."""
    table = gone_table(entity)
    return f"SELECT sourced_id FROM {table}" if scratch.has_relation(table) else ""


def new_ids(scratch: Scratch, entity: Entity) -> str:
    """A query for the ids that would come; '' where none would."""
    table = change_table(entity)
    return f"SELECT sourced_id FROM {table} WHERE op IN ('add', 'restore')" if scratch.has_relation(table) else ""


def _has_both(scratch: Scratch, entity: Entity) -> bool:
    return bool(old_ids(scratch, entity) and new_ids(scratch, entity))


def _make_sides(scratch: Scratch, entity: Entity) -> None:
    """Make `rekey_old` and `rekey_new`: the ids and key columns; what an old record points at by its new id."""
    columns = sorted({column for key in KEYS[entity.name] for column in key})
    targets = {link.column: link.target for link in links(entity) if not link.many}
    cells, joins = [], []
    for column in columns:
        if column in targets:
            alias = f"m_{column}"
            joins.append(
                f"LEFT JOIN {MAP} {alias} ON {alias}.entity = '{targets[column]}'"
                f" AND {alias}.old_id = g.{quoted(column)}"
            )
            cells.append(f"coalesce({alias}.new_id, g.{quoted(column)}) AS {_cell(column)}")
        else:
            cells.append(f"lower(trim(g.{quoted(column)})) AS {_cell(column)}")
    plain = [
        f"{quoted(column) if column in targets else f'lower(trim({quoted(column)}))'} AS {_cell(column)}"
        for column in columns
    ]
    scratch.run(
        f"CREATE OR REPLACE TABLE rekey_old AS SELECT g.sourced_id AS id, {', '.join(cells)}"
        f" FROM {gone_table(entity)} g {' '.join(joins)}"
    )
    scratch.run(
        f"CREATE OR REPLACE TABLE rekey_new AS SELECT sourced_id AS id, {', '.join(plain)}"
        f" FROM {change_table(entity)} WHERE op IN ('add', 'restore')"
    )


def _match(scratch: Scratch, entity: Entity, key: tuple[str, ...], stronger: tuple[tuple[str, ...], ...]) -> None:
    """Pair what one key finds once on each side, and is not paired yet."""
    left, right = (_keyed(side, entity, key) for side in ("old", "new"))
    contradicts = "false"
    if entity is USERS:
        tests = [
            f"(o.{_cell(c)} <> '' AND n.{_cell(c)} <> '' AND o.{_cell(c)} <> n.{_cell(c)})" for (c, *_) in stronger
        ]
        contradicts = " OR ".join(tests) or "false"
    scratch.run(
        f"""
        INSERT INTO {MAP}
        WITH l AS ({left}), r AS ({right})
        SELECT '{entity.name}', o.id, n.id, '{"+".join(key)}'
        FROM (SELECT key, min(id) AS id FROM l GROUP BY key HAVING count(*) = 1) a
            JOIN (SELECT key, min(id) AS id FROM r GROUP BY key HAVING count(*) = 1) b USING (key)
            JOIN rekey_old o ON o.id = a.id JOIN rekey_new n ON n.id = b.id
        WHERE NOT ({contradicts})
        """
    )


def _keep_unsure(scratch: Scratch, entity: Entity) -> None:
    """Keep the old records that are like new ones and were not paired, by the strongest key that they share."""
    parts = []
    for place, key in enumerate(KEYS[entity.name]):
        left, right = (_keyed(side, entity, key) for side in ("old", "new"))
        parts.append(
            f"SELECT {place} AS place, l.id, '{'+'.join(key)}' AS same_in,"
            " count(*) OVER (PARTITION BY key) AS old_number,"
            f" r.number AS new_number FROM ({left}) l"
            f" JOIN (SELECT key, count(*) AS number FROM ({right}) GROUP BY key) r USING (key)"
        )
    scratch.run(
        f"INSERT INTO {UNSURE} SELECT '{entity.name}', id, arg_min(same_in, place), arg_min(old_number, place),"
        f" arg_min(new_number, place) FROM ({' UNION ALL '.join(parts)}) GROUP BY id"
    )


def _keyed(side: str, entity: Entity, key: tuple[str, ...]) -> str:
    """A query for the records of one side that are not paired yet: id, and the key as one text."""
    cells = ", ".join(_cell(column) for column in key)
    paired = f"SELECT {side}_id AS id FROM {MAP} WHERE entity = '{entity.name}'"
    return (
        f"SELECT id, concat_ws(chr(31), {cells}) AS key FROM rekey_{side} ANTI JOIN ({paired}) USING (id)"
        f" WHERE {_cell(key[0])} <> ''"
    )


def _cell(column: str) -> str:
    return quoted(f"k_{column}")
