"""Of which custom groups a school may be said to have them: those whose students are all its own.

A custom group is of no school by itself. It may be opened where nobody in it is another school's child; one without
students where its owners work.
"""

from collections.abc import Collection, Mapping

from rosterkeeper.features.console.schools import School
from rosterkeeper.features.groups.members import Place, places_in
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import Person, Record
from rosterkeeper.features.roster.listing import strings
from rosterkeeper.features.roster.models import CatalogPerson
from rosterkeeper.matching.tables import Member


def of_schools(groups: Collection[Group], schools: Collection[School]) -> set[int]:
    """Those of the custom groups that are of the schools together, in a handful of queries for all of them."""
    if not groups:
        return set()
    counting = {group: _counting(places) for group, places in places_in(groups).items()}
    everybody = {person for some in counting.values() for person in some}
    here = set(Person.objects.filter(pk__in=everybody, status="active").values_list("pk", flat=True))
    at = _schools_of(here)
    wanted = {(each.connection, each.sourced_id) for each in schools}
    found = set()
    for group, some in counting.items():
        # Who has left is in no group any more.
        left = some & here
        if left and all(at.get(person, set()) & wanted for person in left):
            found.add(group)
    return found


def _counting(places: Mapping[int, Place]) -> set[int]:
    children = {person for person, place in places.items() if place.role != Member.OWNER}
    return children or set(places)


def _schools_of(persons: Collection[int]) -> dict[int, set[tuple[int, str]]]:
    """The schools of the persons' active records, by person."""
    records: dict[int, dict[str, int]] = {}
    rows = Record.objects.filter(person_id__in=persons).values_list("connection_id", "sourced_id", "person_id")
    for connection, sourced_id, person in rows:
        records.setdefault(connection, {})[sourced_id] = person
    made: dict[int, set[tuple[int, str]]] = {}
    for connection, ids in records.items():
        active = CatalogPerson.objects.filter(connection_id=connection, sourced_id__in=list(ids), status="active")
        for sourced_id, told in active.values_list("sourced_id", "schools"):
            made.setdefault(ids[sourced_id], set()).update((connection, org) for org in strings(told))
    return made
