"""Adding and changing providers: what is stated is checked as a whole, the secret sealed, the change written down."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction
from django.utils.text import slugify

from rosterkeeper.features.audit.log import record
from rosterkeeper.features.sealed.box import installed_box
from rosterkeeper.features.signin import wire
from rosterkeeper.features.signin.models import Provider, Remembered, Served
from rosterkeeper.features.signin.presets import CLASSLINK, PRESETS
from rosterkeeper.features.signin.words import Refused
from rosterkeeper.matching.keys import lookup_key
from rosterkeeper.oneroster.errors import SettingsError

# Names in addresses that lead to other pages.
_TAKEN: Final = ("out",)
_PLAIN: Final = (
    *("name", "issuer", "client_id", "scopes", "proves_email", "asks_userinfo", "for_administrators"),
    *("administrator_domains", "does_mfa", "hours", "student_hours", "is_enabled"),
)


@dataclass(frozen=True, slots=True)
class Stated:
    """What an administrator states of a provider. ``districts`` are those it is for, each with its tenants.

    ``secret`` is '' to keep the one there is.
    """

    name: str
    issuer: str
    client_id: str
    preset: str = "other"
    secret: str = field(default="", repr=False)
    scopes: str = "openid profile email"
    claims: Mapping[str, str] = field(default_factory=dict)
    proves_email: bool = False
    asks_userinfo: bool = True
    kinds: Collection[str] = ()
    districts: Mapping[int, Collection[str]] = field(default_factory=dict)
    for_administrators: bool = False
    administrator_domains: str = ""
    does_mfa: bool = False
    hours: int = 8
    student_hours: int = 2
    is_enabled: bool = True


def add(stated: Stated, *, everywhere: bool) -> Provider:
    """Make a provider; SettingsError where what was stated cannot be. ``everywhere``: by who sees every district."""
    made = Provider(preset=stated.preset if stated.preset in PRESETS else "other")
    with transaction.atomic():
        _check(made, stated, everywhere)
        made.slug = _slug(stated.name)
        _take_over(made, stated)
        record("signin.provider_added", about=f"provider:{made.pk}", details=_told(stated))
    return made


def change(provider: Provider, stated: Stated, *, everywhere: bool) -> None:
    """Change a provider; SettingsError as for `add`. With another issuer, nobody is remembered any more."""
    with transaction.atomic():
        _check(provider, stated, everywhere)
        if provider.issuer != stated.issuer.strip():
            Remembered.objects.filter(provider=provider).delete()
            provider.account_links.all().delete()
        _take_over(provider, stated)
        record("signin.provider_changed", about=f"provider:{provider.pk}", details=_told(stated))


def switch(provider: Provider, *, on: bool) -> None:
    """Switch a provider on or off; off, everybody who came by it is out with their next click."""
    with transaction.atomic():
        provider.is_enabled = on
        provider.save(update_fields=["is_enabled"])
        record("signin.provider_switched", about=f"provider:{provider.pk}", details={"on": on})


def delete(provider: Provider) -> None:
    """Delete a provider, whom it remembers, and the links of accounts to it."""
    with transaction.atomic():
        record("signin.provider_deleted", about=f"provider:{provider.pk}")
        provider.delete()


def _take_over(provider: Provider, stated: Stated) -> None:
    for name in _PLAIN:
        value = getattr(stated, name)
        setattr(provider, name, value.strip() if isinstance(value, str) else value)
    provider.claims = {meaning: names.strip() for meaning, names in stated.claims.items() if names.strip()}
    provider.kinds = sorted(stated.kinds)
    if stated.secret:
        provider.secret = installed_box().seal(stated.secret.strip())
    provider.save()
    Served.objects.filter(provider=provider).delete()
    Served.objects.bulk_create(
        Served(provider=provider, district_id=district, tenants=_tidy(tenants))
        for district, tenants in stated.districts.items()
    )


def _check(provider: Provider, stated: Stated, everywhere: bool) -> None:
    if Provider.objects.filter(name__iexact=stated.name.strip()).exclude(pk=provider.pk).exists():
        raise SettingsError(
            "signin.name_in_use", "There is a provider of this name already.", todo="Choose another name."
        )
    try:
        wire.check(stated.issuer.strip())
    except Refused:
        raise SettingsError(
            "signin.bad_issuer",
            "The issuer is not an https address.",
            todo="Copy it from the provider; a host of your own without https is listed in"
            " ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS first.",
        ) from None
    if (stated.for_administrators or provider.for_administrators) and not everywhere:
        raise SettingsError(
            "signin.not_everywhere",
            "Only an administrator of every district may let administrators in by a provider.",
            todo="Ask one of them, or leave administrators out.",
        )
    if not stated.districts and not stated.for_administrators:
        raise SettingsError(
            "signin.no_district", "The provider is for no district.", todo="Choose at least one district."
        )
    _check_tenants(provider, stated)


def _check_tenants(provider: Provider, stated: Stated) -> None:
    kept = {district: _tidy(tenants) for district, tenants in stated.districts.items()}
    lacking = [district for district, tenants in kept.items() if not tenants]
    needs = provider.known.needs_tenant and provider.preset != CLASSLINK
    if lacking and (needs or (len(kept) > 1 and provider.preset != CLASSLINK)):
        raise SettingsError(
            "signin.tenant_needed",
            "A district says no tenant or domain, so that whoever the provider knows would be taken for its own.",
            todo="Enter the district's tenant ids or hosted domains at the provider.",
        )
    named = [lookup_key(each) for tenants in kept.values() for each in tenants]
    if len(named) != len(set(named)):
        raise SettingsError(
            "signin.tenant_twice",
            "One tenant or domain is entered for two districts.",
            todo="Enter each with the one district that it belongs to.",
        )


def _tidy(tenants: Collection[str]) -> list[str]:
    return list(dict.fromkeys(each.strip() for each in tenants if each.strip()))


def _slug(name: str) -> str:
    wanted = slugify(name)[:40] or "provider"
    taken = {*_TAKEN, *Provider.objects.values_list("slug", flat=True)}
    free = (each for number in range(1, len(taken) + 2) if (each := f"{wanted}-{number}" if number > 1 else wanted))
    return next(each for each in free if each not in taken)


def _told(stated: Stated) -> dict[str, object]:
    return {
        "kinds": sorted(stated.kinds),
        "districts": sorted(stated.districts),
        "administrators": stated.for_administrators,
        "does_mfa": stated.does_mfa,
        "on": stated.is_enabled,
    }
