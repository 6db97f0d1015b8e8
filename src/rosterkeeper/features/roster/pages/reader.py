"""What every page of the roster needs to know: whose people the reader sees, and of which connection the page is."""

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest
from django.utils.dateparse import parse_datetime

from rosterkeeper.features.accounts.scope import schools_of
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.scope import numbers_seen
from rosterkeeper.features.roster.fresh import freshness
from rosterkeeper.features.roster.scope import Scope


@dataclass(frozen=True, slots=True)
class Source:
    """A connection as the roster's pages show it: a removed one's people are unmanaged (L39)."""

    number: int
    name: str
    label: str
    district: str
    is_unmanaged: bool
    built_at: datetime | None
    is_current: bool


def scope_of(request: HttpRequest) -> Scope:
    """Whose people the reader sees."""
    return Scope(schools_of(request), numbers_seen(request))


def sources(scope: Scope) -> list[Source]:
    """The connections whose people the reader may see, those in use first."""
    every = Connection.objects.select_related("district").order_by("district__name", "name", "id")
    made = [_source(each) for each in every if scope.has(each.pk)]
    return sorted(made, key=lambda each: each.is_unmanaged)


def source(scope: Scope, number: int) -> Source:
    """One of those connections; there is no page of any other."""
    found = Connection.objects.select_related("district").filter(id=number).first()
    if found is None or not scope.has(number):
        raise Http404
    return _source(found)


def _source(connection: Connection) -> Source:
    stands = freshness(connection.pk)
    return Source(
        number=connection.pk,
        name=connection.name,
        label=connection.label,
        district=connection.district.name,
        is_unmanaged=connection.removed_at is not None,
        built_at=parse_datetime(stands.built_at) if stands.built_at else None,
        is_current=stands.is_current,
    )
