"""Which runs and orders the reader of a page or call may see: those of the connections in sight."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.scope import connections_ever, of_connections
from rosterkeeper.features.runs.models import Order, Run


def runs_seen(request: HttpRequest) -> QuerySet[Run]:
    """The runs in sight."""
    return of_connections(request, Run.objects.all())


def run_of(request: HttpRequest, number: int) -> Run:
    """The run of that number, if it is in sight; Http404 else."""
    return get_object_or_404(runs_seen(request), id=number)


def order_of(request: HttpRequest, number: int) -> Order:
    """The order of that number, if it is in sight; Http404 else."""
    return get_object_or_404(of_connections(request, Order.objects.all()), id=number)


def connection_behind(request: HttpRequest, found: Run | Order) -> Connection:
    """The connection of a run or an order, removed or not."""
    return get_object_or_404(connections_ever(request), id=found.connection_id)
