"""Which lessons the caller of the API may see: those of the districts in sight, and of the schools in sight.

One of a group that belongs to no single school is for those who see all schools, like the group itself.
"""

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from rosterkeeper.features.accounts.scope import schools_of, within
from rosterkeeper.features.connections.scope import districts_seen
from rosterkeeper.features.console.models.lessons import Lesson
from rosterkeeper.features.console.schools import School, served


def lessons_seen(request: HttpRequest) -> "QuerySet[Lesson]":
    """The lessons in sight."""
    rows = within(request, Lesson.objects.all())
    schools = schools_of(request)
    if schools is None:
        return rows
    mine = Q(pk__in=())
    for connection in {number for number, _ in schools}:
        mine |= Q(connection_id=connection, school__in=[org for number, org in schools if number == connection])
    return rows.filter(mine)


def lesson_seen(request: HttpRequest, uid: str) -> Lesson:
    """The lesson of that uid, if it is in sight; Http404 else."""
    return get_object_or_404(lessons_seen(request), uid=uid)


def schools_seen(request: HttpRequest) -> list[tuple[int, School]]:
    """The schools whose classes consoles can start, those in sight, each with its district: by district and name."""
    allowed = schools_of(request)
    return [
        (district.pk, school)
        for district in districts_seen(request)
        for school in served(district.pk)
        if allowed is None or (school.connection, school.sourced_id) in allowed
    ]
