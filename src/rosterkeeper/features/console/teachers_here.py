"""Whether a person teaches in a school: an active record with the role teacher that belongs to it (N29)."""

from collections.abc import Collection
from typing import Final

from rosterkeeper.features.console.schools import School
from rosterkeeper.features.people.models import Person, Record
from rosterkeeper.features.roster.listing import strings
from rosterkeeper.features.roster.models import CatalogPerson

TEACHER: Final = "teacher"


def places_of(person: Person) -> dict[int, set[str]]:
    """The orgs that the person's active records belong to, by connection."""
    found: dict[int, set[str]] = {}
    for row in _active(person):
        found.setdefault(row.connection_id, set()).update(strings(row.schools))
    return found


def teaches_in(person: Person, schools: Collection[School]) -> bool:
    """Whether the person is an active teacher of one of the schools."""
    if person.status != "active":
        return False
    wanted = {(each.connection, each.sourced_id) for each in schools}
    teaching = (row for row in _active(person) if TEACHER in strings(row.roles))
    return any((row.connection_id, org) in wanted for row in teaching for org in strings(row.schools))


def _active(person: Person) -> list[CatalogPerson]:
    found: dict[int, list[str]] = {}
    for connection, sourced_id in Record.objects.filter(person_id=person.pk).values_list("connection_id", "sourced_id"):
        found.setdefault(connection, []).append(sourced_id)
    rows = CatalogPerson.objects.filter(status="active").only("connection_id", "roles", "schools")
    return [
        row for connection, ids in found.items() for row in rows.filter(connection_id=connection, sourced_id__in=ids)
    ]
