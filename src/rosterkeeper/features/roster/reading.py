"""Reading the live roster: how many records there are, its schools, and one record whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.oneroster.fields import ENTITIES, ORGS, Entity

# A removed record keeps its data under the standard's other status, until it is purged.
_ACTIVE: Final = Q(status="active")


@dataclass(frozen=True, slots=True)
class Held:
    """How many records of one entity are live, and how many are removed but kept."""

    live: int
    removed: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its fields under their CSV names, in order, and when it was removed ('' while it is live)."""

    fields: Mapping[str, str]
    metadata: str
    removed_at: str


@dataclass(frozen=True, slots=True)
class School:
    """An org of type school."""

    sourced_id: str
    name: str


def schools(connection_id: int) -> list[School]:
    """The connection's live schools, by name."""
    rows = LIVE[ORGS.name]._default_manager.filter(_ACTIVE, connection_id=connection_id, type="school")
    return [School(*row) for row in rows.order_by("name", "sourced_id").values_list("sourced_id", "name")]


def school_choices(connection_id: int) -> list[tuple[str, str]]:
    """The ids and names of the connection's live schools, by name: what a list can be narrowed to."""
    return [(each.sourced_id, each.name) for each in schools(connection_id)]


def offered_schools(districts: frozenset[int] | None) -> Iterator[tuple[tuple[int, str], str]]:
    """The live schools of the districts (None: of all) as (connection, org) with their names, by name."""
    rows = LIVE[ORGS.name]._default_manager.filter(_ACTIVE, type="school").order_by("name", "connection_id")
    if districts is not None:
        rows = rows.filter(connection_id__in=Connection.objects.filter(district_id__in=districts).values("id"))
    for connection_id, sourced_id, name in rows.values_list("connection_id", "sourced_id", "name").iterator():
        yield (connection_id, sourced_id), name


def counts(connection_id: int) -> dict[str, Held]:
    """The connection's records by entity, under the entities' plural names."""
    return {entity.name: _count(entity, connection_id) for entity in ENTITIES}


def record(connection_id: int, entity: Entity, sourced_id: str) -> Record | None:
    """One record of the connection; None where there is none of that id."""
    columns = [field.column for field in entity.stored_fields]
    rows = LIVE[entity.name]._default_manager.filter(connection_id=connection_id, sourced_id=sourced_id)
    found = rows.values_list(*columns, "metadata", "removed_at").first()
    if found is None:
        return None
    *cells, metadata, removed_at = found
    names = [field.csv for field in entity.stored_fields]
    return Record(dict(zip(names, cells, strict=True)), metadata, removed_at)


def _count(entity: Entity, connection_id: int) -> Held:
    rows = LIVE[entity.name]._default_manager.filter(connection_id=connection_id)
    numbers = rows.aggregate(live=Count("sourced_id", _ACTIVE), removed=Count("sourced_id", ~_ACTIVE))
    return Held(numbers["live"], numbers["removed"])
