"""Finding providers: those that a visitor may go to, and those that an administrator may see and change.

An administrator who is limited to districts sees a provider only where it is for no other district and for no
administrators: who sets where it leads could come in as anybody whom it lets in.
"""

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from rosterkeeper.features.accounts.models import Account
from rosterkeeper.features.accounts.scope import districts_of, within
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.signin.models import AccountLink, Attempt, Provider, Served


def named(slug: str) -> Provider | None:
    """The provider of that name, switched on or not; None where there is none."""
    return Provider.objects.filter(slug=slug).first()


def visited(slug: str) -> Provider:
    """The provider that an address names; Http404 where there is none."""
    found = named(slug)
    if found is None:
        raise Http404
    return found


def seen(request: HttpRequest) -> QuerySet[Provider]:
    """The providers that the reader may change."""
    rows, mine = Provider.objects.prefetch_related("served").order_by("name"), districts_of(request)
    if mine is None:
        return rows
    elsewhere = Served.objects.exclude(district_id__in=mine).values("provider_id")
    own = Served.objects.filter(district_id__in=mine).values("provider_id")
    return rows.filter(pk__in=own, for_administrators=False).exclude(pk__in=elsewhere)


def one(request: HttpRequest, number: int) -> Provider:
    """One of them; Http404 where it is out of sight."""
    found = seen(request).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def districts_served(number: int) -> list[int]:
    """The districts that the provider of that number is for."""
    return list(Served.objects.filter(provider_id=number).values_list("district_id", flat=True))


def districts(request: HttpRequest) -> list[District]:
    """The districts that a provider of the reader's can be for."""
    return list(within(request, District.objects.order_by("name"), "pk"))


def attempts(request: HttpRequest) -> QuerySet[Attempt]:
    """The sign-ins and refusals of districts in sight, and at the providers in sight those of no district."""
    rows, mine = Attempt.objects.order_by("-pk"), districts_of(request)
    if mine is None:
        return rows
    of_none = Q(district_id=0, provider_id__in=seen(request).order_by().values("pk"))
    return rows.filter(Q(district_id__in=mine) | of_none)


def for_accounts() -> list[Provider]:
    """The providers by which administrators may come in."""
    return list(Provider.objects.filter(is_enabled=True, for_administrators=True).order_by("name"))


def links_of(account: Account) -> dict[int, AccountLink]:
    """The account's own links, by the provider's number."""
    return {each.provider_id: each for each in AccountLink.objects.filter(account=account)}


def unlink(account: Account, number: int) -> bool:
    """Take a link of the account's own away; False where there was none."""
    return bool(AccountLink.objects.filter(account=account, provider_id=number).delete()[0])
