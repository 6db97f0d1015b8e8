"""Which ways to sign in a visitor is offered: of the districts that a provider is for, the visitor's own."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from rosterkeeper.features.accounts.ways import Way
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.signin.models import Provider, Served
from rosterkeeper.matching.keys import lookup_key

# What brings a visitor back as.
PERSON = "person"
ACCOUNT = "account"
CONNECT = "connect"


@dataclass(frozen=True, slots=True)
class Offered:
    """What the page shows: districts to choose among, or the buttons of one (0 for all)."""

    districts: list[District]
    district: int
    ways: list[Way]


def offered(request: HttpRequest, next_url: str) -> Offered:
    """The ways for people of the roster; ``district`` or ``domain`` of the address narrow them down."""
    served = list(
        Served.objects.filter(provider__is_enabled=True).select_related("provider").order_by("provider__name")
    )
    named = [each for each in served if each.provider.kinds]
    districts = list(District.objects.filter(pk__in={each.district_id for each in named}).order_by("name"))
    chosen = _chosen(request, named, [each.pk for each in districts])
    if len(districts) > 1 and not chosen:
        return Offered(districts, 0, [])
    providers = {each.provider.pk: each.provider for each in named if not chosen or each.district_id == chosen}
    ways = [_way(each, next_url, request.GET.get("login_hint", "")) for each in providers.values()]
    return Offered(districts, chosen, ways)


def buttons_beside_password(request: HttpRequest) -> Iterator[Way]:
    """The ways of the page where administrators sign in: those for accounts, and one for everybody else."""
    for each in Provider.objects.filter(is_enabled=True, for_administrators=True).order_by("name"):
        asked = {"as": ACCOUNT, "next": request.GET.get("next", "")}
        yield Way(f"{_start(each)}?{urlencode(asked)}", _label(each))
    if Served.objects.filter(provider__is_enabled=True).exists():
        yield Way(reverse("signin"), _("I am a teacher, student or parent"))


def _chosen(request: HttpRequest, served: list[Served], districts: list[int]) -> int:
    asked = request.GET.get("district", "")
    if asked in map(str, districts):
        return int(asked)
    domain = lookup_key(request.GET.get("domain", "") or request.GET.get("login_hint", "").rpartition("@")[2])
    of_domain = {each.district_id for each in served if domain and domain in map(lookup_key, map(str, each.tenants))}
    return of_domain.pop() if len(of_domain) == 1 else 0


def _way(provider: Provider, next_url: str, hint: str) -> Way:
    asked = {name: value for name, value in (("next", next_url), ("login_hint", hint)) if value}
    return Way(f"{_start(provider)}?{urlencode(asked)}" if asked else _start(provider), _label(provider))


def _start(provider: Provider) -> str:
    return reverse("signin_start", args=[provider.slug])


def _label(provider: Provider) -> str:
    return _("Sign in with %(provider)s") % {"provider": provider.name}
