"""Which targets and events the reader of a page or call may see: their districts', with all also the installation's."""

from collections.abc import Sequence

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from rosterkeeper.features.accounts.managed import check_given
from rosterkeeper.features.accounts.scope import districts_of, within
from rosterkeeper.features.connections.scope import connections_seen
from rosterkeeper.features.publish.models import Delivery, DeliveryState, Event, Target
from rosterkeeper.oneroster.errors import RunRefused


def targets_seen(request: HttpRequest) -> QuerySet[Target]:
    """The targets in sight, by name."""
    return within(request, Target.objects.order_by("name"), "district")


def target_of(request: HttpRequest, number: int) -> Target:
    """The target of that number, if it is in sight; Http404 else."""
    return get_object_or_404(targets_seen(request), id=number)


def events_seen(request: HttpRequest) -> QuerySet[Event]:
    """The events in sight, the newest first, each with its tellings to targets in sight."""
    told = Delivery.objects.filter(target__in=targets_seen(request).order_by().values("id")).select_related("target")
    rows = within(request, Event.objects.order_by("-id"), "district")
    return rows.prefetch_related(Prefetch("deliveries", queryset=told.order_by("id")))


def unsent(request: HttpRequest) -> QuerySet[Delivery]:
    """What could not be told to targets in sight."""
    return within(request, Delivery.objects.filter(state=DeliveryState.GIVEN_UP, is_trial=False), "target__district")


def district_given(request: HttpRequest, stated: int | None) -> int | None:
    """Whose a new target is: the district that is stated, else the reader's only one, else the installation's.

    SettingsError where that is out of sight.
    """
    mine = districts_of(request)
    if stated is None and mine is not None and len(mine) == 1:
        return next(iter(mine))
    check_given(request, [] if stated is None else [stated])
    return stated


def check_connections(request: HttpRequest, stated: Sequence[int]) -> None:
    """RunRefused where a connection is stated that is not in sight."""
    for number in sorted(set(stated) - set(connections_seen(request).values_list("id", flat=True))):
        raise RunRefused("connection.unknown", f"There is no connection {number}.", todo="List the connections first.")
