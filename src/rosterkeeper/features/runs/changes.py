"""What a run changed, record by record: from its before-images and the live rows, a bounded page at a time.

A page looks at no more than so many touched records, whatever is asked for; one that found too few says where to go on.
"""

from dataclasses import dataclass
from typing import Final

from django.db import connection as database
from django.db.models import Model

from rosterkeeper.engine.belonging import PERSON_COLUMN, SCHOOL_COLUMN
from rosterkeeper.features.roster.models import BEFORE, LIVE
from rosterkeeper.features.runs.lease import state_of
from rosterkeeper.features.runs.models import AppliedRun, Run
from rosterkeeper.job.words import Action, Item
from rosterkeeper.oneroster.fields import BY_NAME, ENTITIES, Entity
from rosterkeeper.store.schema import CATALOG_PERSON, before_table

PAGE: Final = 50
# Touched records that one page looks at: a twentieth of a second of either database.
_WINDOW: Final = 2000
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
            f"SELECT sourced_id, op FROM ({query.rows}) c WHERE op IS NOT NULL{tests} ORDER BY sourced_id LIMIT %s",
            [*keys, _WINDOW, *values, limit + 1],
        )
        found: list[tuple[str, str]] = cursor.fetchall()
    items = _items(run, entity, found[:limit])
    if len(found) > limit:
        return Page(items, items[-1].sourced_id)
    return Page(items, last if looked_at == _WINDOW else "")


def entities_touched(counts: dict[str, dict[str, int]]) -> list[tuple[str, dict[str, int]]]:
    """The entities of which records were touched, in load order, each with its numbers by operation."""
    found = [(entity.name, {op: counts.get(entity.name, {}).get(op, 0) for op in OPS}) for entity in ENTITIES]
    return [(name, numbers) for name, numbers in found if any(numbers.values())]


@dataclass(frozen=True, slots=True)
class _Query:
    """The window of touched records, and what was done to each of them: only the columns that are judged by."""

    window: str
    rows: str


def _touched(entity: Entity) -> _Query:
    window = _window(before_table(entity), f"existed, status{_listed(_judged(entity))}", "run_id = %s AND ")
    told = "".join(f', b."{each}" AS "before_{each}", l."{each}" AS "after_{each}"' for each in _judged(entity))
    op = (
        "CASE WHEN b.existed = 1 AND b.status = 'active'"
        " THEN CASE WHEN l.status = 'active' THEN 'update' ELSE 'remove' END"
        " WHEN l.status = 'active' THEN CASE WHEN b.existed = 1 THEN 'restore' ELSE 'add' END END"
    )
    return _Query(
        window,
        f"SELECT b.sourced_id AS sourced_id, b.connection_id AS connection_id, {op} AS op{told} FROM ({window}) b"
        f" LEFT JOIN {entity.table} l ON l.connection_id = b.connection_id AND l.sourced_id = b.sourced_id",
    )


def _first_load(entity: Entity) -> _Query:
    """Before a first load there was nothing, so it leaves no before-images: all that is live was added."""
    window = _window(entity.table, f"status{_listed(_judged(entity))}", "")
    told = "".join(f', \'\' AS "before_{each}", l."{each}" AS "after_{each}"' for each in _judged(entity))
    op = "CASE WHEN l.status = 'active' THEN 'add' END"
    return _Query(
        window,
        f"SELECT l.sourced_id AS sourced_id, l.connection_id AS connection_id, {op} AS op{told} FROM ({window}) l",
    )


def _window(table: str, columns: str, of_run: str) -> str:
    return (
        f"SELECT connection_id, sourced_id, {columns} FROM {table} WHERE {of_run}connection_id = %s"
        " AND sourced_id > %s ORDER BY sourced_id LIMIT %s"
    )


def _judged(entity: Entity) -> list[str]:
    """The columns that say to which school or person a record belongs."""
    named = (SCHOOL_COLUMN.get(entity.name, ""), PERSON_COLUMN.get(entity.name, ""))
    return sorted({each for each in named if each and each != "sourced_id"})


def _listed(columns: list[str]) -> str:
    return "".join(f', "{each}"' for each in columns)


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


def _items(run: Run, entity: Entity, found: list[tuple[str, str]]) -> list[Item]:
    """The found records whole, as they were and as they are."""
    ids = [key for key, _op in found]
    before = _rows(BEFORE[entity.name], entity, ids, run_id=run.pk, connection_id=run.connection_id, existed=1)
    after = _rows(LIVE[entity.name], entity, ids, connection_id=run.connection_id)
    return [
        Item(op, key, {} if op == "add" else before.get(key, {}), {} if op == "remove" else after.get(key, {}))
        for key, op in found
    ]


def _rows(model: type[Model], entity: Entity, ids: list[str], **of: int) -> dict[str, dict[str, str]]:
    columns = _columns(entity)
    rows = model._default_manager.filter(sourced_id__in=ids, **of).values_list("sourced_id", *columns)
    return {key: {column: cell for column, cell in zip(columns, cells, strict=True) if cell} for key, *cells in rows}


def _columns(entity: Entity) -> list[str]:
    return [*(field.column for field in entity.content_fields), "metadata"]


def _escaped(text: str) -> str:
    """The text inside a LIKE pattern; ids with a sign of it are rare, and then a few more are found."""
    return text.replace("\\", "_").replace("%", "_")
