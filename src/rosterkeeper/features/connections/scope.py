"""Which districts and connections, and which rows that belong to a connection, the reader of a page or call may see.

No page and no call looks up one of these otherwise: another district's number is answered like an unknown one.
"""

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from rosterkeeper.features.accounts import scope
from rosterkeeper.features.connections.models import Connection, District

Row = TypeVar("Row", bound=Model)


def districts_seen(request: HttpRequest) -> QuerySet[District]:
    """The districts in sight, by name."""
    return scope.within(request, District.objects.order_by("name"), "id")


def connections_seen(request: HttpRequest) -> QuerySet[Connection]:
    """The connections in use of the districts in sight, with their districts, by district and name."""
    return connections_ever(request).filter(removed_at=None)


def connections_ever(request: HttpRequest) -> QuerySet[Connection]:
    """As `connections_seen`, with those that were removed: their people and runs are still there (L39)."""
    rows = Connection.objects.select_related("district").order_by("district__name", "name", "id")
    return scope.within(request, rows)


def connection_of(request: HttpRequest, number: int) -> Connection:
    """The connection in use of that number, if it is in sight; Http404 else."""
    return get_object_or_404(connections_seen(request), id=number)


def numbers_seen(request: HttpRequest) -> frozenset[int] | None:
    """The numbers of the connections in sight, removed ones too; None for all."""
    mine = scope.districts_of(request)
    if mine is None:
        return None
    return frozenset(Connection.objects.filter(district_id__in=mine).values_list("id", flat=True))


def of_connections(request: HttpRequest, rows: QuerySet[Row], column: str = "connection_id") -> QuerySet[Row]:
    """Those of the rows that belong to a connection in sight; ``column`` holds its number."""
    mine = scope.districts_of(request)
    if mine is None:
        return rows
    return rows.filter(**{f"{column}__in": Connection.objects.filter(district_id__in=mine).values("id")})
