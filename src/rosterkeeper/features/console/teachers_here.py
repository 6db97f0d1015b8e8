"""Whether a person teaches in a school: an active record with the role teacher that belongs to it (N29).

The catalog counts a child's schools as its parents'; nobody teaches in a school for having a child there.
"""

from collections.abc import Collection
from typing import Final

from django.db.models.query import RawQuerySet

from rosterkeeper.features.console.schools import School
from rosterkeeper.features.people.models import Person, Record
from rosterkeeper.features.roster.listing import strings
from rosterkeeper.features.roster.models import LIVE, CatalogPerson
from rosterkeeper.oneroster.fields import CLASSES, ENROLLMENTS, ROLES

TEACHER: Final = "teacher"
FAMILY: Final = frozenset(("guardian", "parent", "relative"))
_STUDENT: Final = "student"
# Written out: Django takes longer to put such a question together than a database to answer it.
_ACTIVE: Final = f"""
    SELECT c."rank", c.connection_id, c.roles, c.schools, c.role_ids, c.seat_ids
    FROM {Record._meta.db_table} r JOIN {CatalogPerson._meta.db_table} c
        ON c.connection_id = r.connection_id AND c.sourced_id = r.sourced_id
    WHERE r.person_id = %s AND c.status = 'active'
"""


def places_of(person: Person) -> dict[int, set[str]]:
    """The orgs that the person's active records belong to, by connection."""
    found: dict[int, set[str]] = {}
    for row in _active(person):
        found.setdefault(row.connection_id, set()).update(works_in(row))
    return found


def teaches_in(person: Person, schools: Collection[School]) -> bool:
    """Whether the person is an active teacher of one of the schools."""
    if person.status != "active":
        return False
    wanted = {(each.connection, each.sourced_id) for each in schools}
    teaching = (row for row in _active(person) if TEACHER in strings(row.roles))
    return any((row.connection_id, org) in wanted for row in teaching for org in works_in(row))


def works_in(row: CatalogPerson) -> set[str]:
    """The orgs that somebody who works there belongs to by their roles and enrollments."""
    schools = set(strings(row.schools))
    if FAMILY.isdisjoint(strings(row.roles)):
        return schools
    here = {"connection_id": row.connection_id, "status": "active"}
    roles = LIVE[ROLES.name]._default_manager.filter(sourced_id__in=strings(row.role_ids), **here)
    seats = LIVE[ENROLLMENTS.name]._default_manager.filter(sourced_id__in=strings(row.seat_ids), **here)
    classes = seats.exclude(role=_STUDENT).values_list("class_sourced_id", flat=True)
    taught = LIVE[CLASSES.name]._default_manager.filter(sourced_id__in=list(classes), **here)
    held = roles.exclude(role__in=(*FAMILY, _STUDENT)).values_list("org_sourced_id", flat=True)
    return schools & {*held, *taught.values_list("school_sourced_id", flat=True)}


def _active(person: Person) -> "RawQuerySet[CatalogPerson]":
    """The active ones of the person's records as the catalog has them; asked with every click of every console."""
    return CatalogPerson.objects.raw(_ACTIVE, [person.pk])
