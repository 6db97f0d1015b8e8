"""Which groups the reader of a page or call may see: those of the districts in sight, and of the schools in sight.

A group that belongs to no single school holds people of several, so it is for those who see all schools.
"""

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from rosterkeeper.features.accounts.scope import schools_of, within
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.connections.scope import districts_seen
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import Person
from rosterkeeper.features.roster.listing import strings
from rosterkeeper.features.roster.models import CatalogPerson


def groups_seen(request: HttpRequest) -> QuerySet[Group]:
    """The groups in sight, ended ones too."""
    rows = within(request, Group.objects.all())
    schools = schools_of(request)
    if schools is None:
        return rows
    mine = Q(pk__in=())
    for connection in {number for number, _ in schools}:
        orgs = [org for number, org in schools if number == connection]
        mine |= Q(connection_id=connection, school_sourced_id__in=orgs)
    return rows.filter(mine)


def group_of(request: HttpRequest, uid: str) -> Group:
    """The group of that uid, if it is in sight; Http404 else."""
    return get_object_or_404(groups_seen(request), uid=uid)


def person_of(request: HttpRequest, uid: str) -> Person:
    """The person of that uid, if they are in sight; Http404 else."""
    schools = schools_of(request)
    found = get_object_or_404(within(request, Person.objects.all()), uid=uid)
    if schools is not None:
        row = CatalogPerson.objects.filter(connection_id=found.connection_id, sourced_id=found.sourced_id).first()
        theirs = {(found.connection_id, org) for org in strings(row.schools)} if row else set()
        if theirs.isdisjoint(schools):
            return get_object_or_404(Person.objects.none())
    return found


def district_of(request: HttpRequest, number: int) -> District:
    """The district of that number, if it is in sight; Http404 else."""
    return get_object_or_404(districts_seen(request), id=number)
