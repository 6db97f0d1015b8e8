"""Which groups the reader of a page or call may see: those of the districts in sight, and of the schools in sight.

A group that belongs to no single school holds people of several, so it is for those who see all schools.
"""

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from rosterkeeper.features.accounts.scope import schools_of, within
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.connections.scope import districts_seen
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import Person, Record
from rosterkeeper.features.roster.listing import strings
from rosterkeeper.features.roster.models import CatalogPerson
from rosterkeeper.features.roster.pages.reader import scope_of, source


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
    found = get_object_or_404(within(request, Person.objects.all()), uid=uid)
    schools = schools_of(request)
    if schools is not None:
        row = CatalogPerson.objects.filter(connection_id=found.connection_id, sourced_id=found.sourced_id).first()
        theirs = {(found.connection_id, org) for org in strings(row.schools)} if row else set()
        if theirs.isdisjoint(schools):
            raise Http404
    return found


def district_of(request: HttpRequest, number: int) -> District:
    """The district of that number, if it is in sight; Http404 else."""
    return get_object_or_404(districts_seen(request), id=number)


def person_of_record_seen(request: HttpRequest, number: int, sourced_id: str) -> Person | None:
    """The person of whom a source record in sight speaks; None where nobody was matched yet. Http404 out of sight."""
    scope = scope_of(request)
    source(scope, number)
    row = CatalogPerson.objects.filter(connection_id=number, sourced_id=sourced_id).first()
    if row is None or not scope.sees(number, strings(row.schools)):
        raise Http404
    record = Record.objects.filter(connection_id=number, sourced_id=sourced_id).first()
    return Person.objects.filter(pk=record.person_id).first() if record else None
