"""What a run changed, record by record: from its before-images and the live rows, a bounded page at a time.

A page looks at no more than so many touched records, whatever is asked for; one that found too few says where to go on.
"""

from dataclasses import dataclass
from typing import Final

from django.db import connection as database

from rosterkeeper.engine.belonging import PERSON_COLUMN, SCHOOL_COLUMN
from rosterkeeper.features.runs.lease import state_of
from rosterkeeper.features.runs.models import AppliedRun, Run
from rosterkeeper.job.words import Action, Item
from rosterkeeper.oneroster.fields import BY_NAME, ENTITIES, Entity
from rosterkeeper.store.schema import CATALOG_PERSON, before_table

PAGE: Final = 50
# Touched records that one page looks at: a twentieth of a second of either database.
_WINDOW: Final = 3000
OPS: Final = ("add", "update", "remove", "restore")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records: '' means any operation or school; ``after`` is the id after which the page begins."""

    entity: str
    op: str = ""
    school: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of records; ``following`` is the id after which the next begins, '' where nothing follows."""

    items: list[Item]
    following: str


def is_kept(run: Run) -> bool:
    """Whether what the run changed can be read here: only of a connection's last change are before-images kept."""
    applied = AppliedRun.objects.filter(run_id=run.pk).first()
    return (
        applied is not None
        and applied.action != Action.PURGE
        and applied.state_version == state_of(run.connection_id).version
    )


def applied_changes(run: Run, wanted: Wanted, *, limit: int = PAGE) -> Page:
    """A page of what the run changed; `is_kept` must hold."""
    entity = BY_NAME[wanted.entity]
    first = AppliedRun.objects.filter(run_id=run.pk, is_first=1).exists()
    query = _first_load(entity) if first else _touched(entity)
    keys: list[str | int] = [run.connection_id, wanted.after]
    if not first:
        keys.insert(0, run.pk)
    tests, values = _tests(entity, wanted)
    with database.cursor() as cursor:
        cursor.execute(f"SELECT count(*), max(sourced_id) FROM ({query.window}) w", [*keys, _WINDOW])
        looked_at, last = cursor.fetchone()
        cursor.execute(
            f"SELECT * FROM ({query.rows.format(window=query.window)}) c WHERE op IS NOT NULL{tests}"
            " ORDER BY sourced_id LIMIT %s",
            [*keys, _WINDOW, *values, limit + 1],
        )
        names = [each[0] for each in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    items = [_item(entity, row) for row in found[:limit]]
    if len(found) > limit:
        return Page(items, items[-1].sourced_id)
    return Page(items, last if looked_at == _WINDOW else "")


def entities_touched(counts: dict[str, dict[str, int]]) -> list[tuple[str, dict[str, int]]]:
    """The entities of which records were touched, in load order, each with its numbers by operation."""
    found = [(entity.name, {op: counts.get(entity.name, {}).get(op, 0) for op in OPS}) for entity in ENTITIES]
    return [(name, numbers) for name, numbers in found if any(numbers.values())]


@dataclass(frozen=True, slots=True)
class _Query:
    """The window of touched records, and what is told of each of them; ``{window}`` stands for the former."""

    window: str
    rows: str


def _touched(entity: Entity) -> _Query:
    columns = _columns(entity)
    window = (
        f"SELECT * FROM {before_table(entity)} WHERE run_id = %s AND connection_id = %s AND sourced_id > %s"
        " ORDER BY sourced_id LIMIT %s"
    )
    told = ", ".join(f'b."{each}" AS "before_{each}", l."{each}" AS "after_{each}"' for each in columns)
    op = (
        "CASE WHEN b.existed = 1 AND b.status = 'active'"
        " THEN CASE WHEN l.status = 'active' THEN 'update' ELSE 'remove' END"
        " WHEN l.status = 'active' THEN CASE WHEN b.existed = 1 THEN 'restore' ELSE 'add' END END"
    )
    return _Query(
        window,
        f"SELECT b.sourced_id AS sourced_id, b.connection_id AS connection_id, {op} AS op, {told} FROM ({{window}}) b"
        f" LEFT JOIN {entity.table} l ON l.connection_id = b.connection_id AND l.sourced_id = b.sourced_id",
    )


def _first_load(entity: Entity) -> _Query:
    """Before a first load there was nothing, so it leaves no before-images: all that is live was added."""
    window = f"SELECT * FROM {entity.table} WHERE connection_id = %s AND sourced_id > %s ORDER BY sourced_id LIMIT %s"
    told = ", ".join(f'\'\' AS "before_{each}", l."{each}" AS "after_{each}"' for each in _columns(entity))
    op = "CASE WHEN l.status = 'active' THEN 'add' END"
    return _Query(
        window,
        f"SELECT l.sourced_id AS sourced_id, l.connection_id AS connection_id, {op} AS op, {told} FROM ({{window}}) l",
    )


def _tests(entity: Entity, wanted: Wanted) -> tuple[str, list[str]]:
    tests, values = "", []
    if wanted.op:
        tests += " AND op = %s"
        values.append(wanted.op)
    if wanted.school and entity.name == "orgs":
        tests += " AND sourced_id = %s"
        values.append(wanted.school)
    elif wanted.school and entity.name in SCHOOL_COLUMN:
        column = SCHOOL_COLUMN[entity.name]
        tests += f' AND ("before_{column}" = %s OR "after_{column}" = %s)'
        values += [wanted.school] * 2
    elif wanted.school and entity.name in PERSON_COLUMN:
        # The catalog knows each person's schools; people and what is theirs name none themselves.
        owner = PERSON_COLUMN[entity.name]
        person = (
            "c.sourced_id" if owner == "sourced_id" else f"""coalesce(nullif("after_{owner}", ''), "before_{owner}")"""
        )
        tests += (
            f" AND EXISTS (SELECT 1 FROM {CATALOG_PERSON} p WHERE p.connection_id = c.connection_id"
            f" AND p.sourced_id = {person} AND p.schools LIKE %s)"
        )
        values.append(f'%"{_escaped(wanted.school)}"%')
    return tests, values


def _item(entity: Entity, row: dict[str, object]) -> Item:
    op = str(row["op"])
    sides = {}
    for side in ("before", "after"):
        cells = {name: str(row[f"{side}_{name}"] or "") for name in _columns(entity)}
        sides[side] = {name: cell for name, cell in cells.items() if cell}
    if op == "remove":
        sides["after"] = {}
    elif op == "add":
        sides["before"] = {}
    return Item(op, str(row["sourced_id"]), sides["before"], sides["after"])


def _columns(entity: Entity) -> list[str]:
    return [*(field.column for field in entity.content_fields), "metadata"]


def _escaped(text: str) -> str:
    """The text inside a LIKE pattern; ids with a sign of it are rare, and then a few more are found."""
    return text.replace("\\", "_").replace("%", "_")
