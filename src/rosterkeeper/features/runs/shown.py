"""Records of a change set as a page shows them: under their names, with the fields that differ, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise

from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.features.runs.models import Finding, Run
from rosterkeeper.features.runs.wording import why
from rosterkeeper.job.words import Item
from rosterkeeper.oneroster.fields import BY_NAME, Entity, Kind
from rosterkeeper.oneroster.findings import CODES

# The columns that a record is called by, the first that says anything.
_NAMES: Final = {
    "orgs": (("name",),),
    "academicSessions": (("title",),),
    "courses": (("title", "course_code"),),
    "classes": (("title", "class_code"),),
    "users": (("given_name", "family_name"), ("username",)),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field before and after; ``*_name`` is what a record is called that the field points at."""

    field: str
    before: str
    after: str
    before_name: str
    after_name: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One record: what it is called, what was done to it and why, and its fields that differ."""

    sourced_id: str
    name: str
    op: str
    why: str | Promise
    differences: list[Difference]


def shown(run: Run | None, connection_id: int, entity_name: str, items: Sequence[Item]) -> list[Shown]:
    """The records of one page; without a run, of a comparison, there is no reason to tell."""
    entity = BY_NAME[entity_name]
    names = _names_pointed_at(connection_id, entity, items)
    reasons = _reasons(run, entity, [item.sourced_id for item in items]) if run else {}
    return [
        Shown(
            item.sourced_id,
            _called(entity, item, names),
            item.op,
            (reasons.get(item.sourced_id) or why(run.action, item.op)) if run else "",
            _differences(entity, item, names),
        )
        for item in items
    ]


def name_in(entity: str, cells: dict[str, str]) -> str:
    """What a record with these columns is called; '' where it has no name of its own."""
    for columns in _NAMES.get(entity, ()):
        told = " ".join(cells[column] for column in columns if cells.get(column))
        if told:
            return told
    return ""


def org_names(connection_id: int, orgs: Iterable[str]) -> dict[str, str]:
    """What orgs are called, by id."""
    return _names_of(connection_id, "orgs", {each for each in orgs if each})


def _called(entity: Entity, item: Item, names: dict[tuple[str, str], str]) -> str:
    cells = item.after or item.before
    own = name_in(entity.name, cells)
    if own:
        return own
    if entity.name == "demographics":
        return names.get(("users", item.sourced_id), "")
    # A role or an enrollment is called by whom and what it joins.
    pointed = [
        names.get((field.target, cells.get(field.column, "")), "")
        for field in entity.content_fields
        if field.kind is Kind.REF and cells.get(field.column)
    ]
    return " · ".join(each for each in (*pointed[::-1], cells.get("role", "")) if each)


def _differences(entity: Entity, item: Item, names: dict[tuple[str, str], str]) -> list[Difference]:
    found = []
    for field in entity.content_fields:
        before, after = item.before.get(field.column, ""), item.after.get(field.column, "")
        if before != after:
            target = field.target if field.kind is Kind.REF else ""
            found.append(
                Difference(field.csv, before, after, names.get((target, before), ""), names.get((target, after), ""))
            )
    if item.before.get("metadata", "") != item.after.get("metadata", ""):
        found.append(Difference("metadata", item.before.get("metadata", ""), item.after.get("metadata", ""), "", ""))
    return found


def _names_pointed_at(connection_id: int, entity: Entity, items: Sequence[Item]) -> dict[tuple[str, str], str]:
    """What the records are called that these point at, by entity and id: one query an entity."""
    wanted: dict[str, set[str]] = {}
    for field in entity.content_fields:
        if field.kind is Kind.REF and field.target in _NAMES:
            ids = {side.get(field.column, "") for item in items for side in (item.before, item.after)}
            wanted.setdefault(field.target, set()).update(ids - {""})
    if entity.name == "demographics":
        wanted["users"] = {item.sourced_id for item in items}
    return {
        (name, key): told for name, ids in wanted.items() for key, told in _names_of(connection_id, name, ids).items()
    }


def _names_of(connection_id: int, entity: str, ids: set[str]) -> dict[str, str]:
    if not ids:
        return {}
    columns = sorted({column for group in _NAMES[entity] for column in group})
    rows = LIVE[entity]._default_manager.filter(connection_id=connection_id, sourced_id__in=ids)
    return {
        key: name_in(entity, dict(zip(columns, cells, strict=True)))
        for key, *cells in rows.values_list("sourced_id", *columns)
    }


def _reasons(run: Run, entity: Entity, ids: Sequence[str]) -> dict[str, str]:
    """What the run's options or findings say about these records, where they say anything."""
    rows = Finding.objects.filter(run_id=run.pk, entity=entity.name, sourced_id__in=ids, code__startswith="option.")
    return {key: CODES[code].says for key, code in rows.values_list("sourced_id", "code") if code in CODES}
