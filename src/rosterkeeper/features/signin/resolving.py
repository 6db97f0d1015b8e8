"""Whom a provider's claims mean. Keys are tried from the strongest to the weakest, all within one district:

| key | what must be equal | counts |
|---|---|---|
| tenant | the provider's tenant or hosted domain, and that of one district | always, first |
| sourced_id | the sourcedId of a source record | before all others |
| directory_id | the id by which the school's directory names the account (SCIM) | |
| remembered | issuer and user id, as at an earlier sign-in | unless a stronger key leads to somebody else |
| username | the account's username | |
| email | the account's e-mail address, where the provider vouches for it | where no stronger key speaks against it |

Two at one key are nobody: the visitor is refused. Nothing here makes an account or reads a role.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.people.models import DirectoryAccount, Person, Record
from rosterkeeper.features.signin.claims import Claims
from rosterkeeper.features.signin.models import Provider, Remembered, Served
from rosterkeeper.features.signin.presets import CLASSLINK
from rosterkeeper.features.signin.standing import SignedIn, account_of, objection
from rosterkeeper.features.signin.words import Refused
from rosterkeeper.matching.keys import lookup_key
from rosterkeeper.matching.tables import Origin, Status


@dataclass(frozen=True, slots=True)
class Found:
    """Who it is, and by which key they were found."""

    signed_in: SignedIn
    key: str


@dataclass(slots=True)
class _Search:
    """One search in one district: what is looked for, and by which connections' records."""

    provider: Provider
    claims: Claims
    district: int
    connections: frozenset[int]
    remembered: Remembered | None = field(default=None)


def resolve(provider: Provider, claims: Claims) -> Found:
    """The person whom the claims mean, who may be signed in now; else Refused, which says why to administrators."""
    search = _search(provider, claims)
    person, key = _person(search)
    account = account_of(person)
    code = objection(provider, person, account)
    if code or account is None:
        raise Refused(code or "signin.no_account", person=person.uid, district=person.district_id)
    _remember(search, person, account, key)
    return Found(SignedIn(person, account, provider), key)


def district_of(provider: Provider, tenant: str) -> tuple[int, frozenset[int]]:
    """The one district that the tenant belongs to, and those of its connections whose sourcedIds the provider names.

    Refused where there is none, or more than one.
    """
    found = []
    for served in Served.objects.filter(provider=provider):
        connections = connections_of(served.district_id)
        named = [str(each) for each in served.tenants]
        if not named and provider.preset == CLASSLINK:
            of_tenant = {number for number, own in connections.items() if own and own == tenant}
            if of_tenant:
                found.append((served.district_id, frozenset(of_tenant)))
        elif lookup_key(tenant) in map(lookup_key, named) or not (named or provider.known.needs_tenant):
            found.append((served.district_id, _spoken_of(provider, connections, tenant)))
    if len(found) != 1:
        raise Refused("signin.unknown_tenant")
    return found[0]


def connections_of(district: int) -> dict[int, str]:
    """The district's connections, removed ones too, for their people stay; each with its own tenant id, '' for none."""
    rows = Connection.objects.filter(district_id=district)
    return {each.pk: str(each.settings.get("tenant_id", "")) for each in rows.only("pk", "settings")}


def _spoken_of(provider: Provider, connections: dict[int, str], tenant: str) -> frozenset[int]:
    """Those of the connections whose ids a tenant's claims speak of: its own where there are any, else all."""
    own = {number for number, stated in connections.items() if stated and stated == tenant}
    return frozenset(own if own and provider.preset == CLASSLINK else connections)


def _search(provider: Provider, claims: Claims) -> _Search:
    district, connections = district_of(provider, claims.tenant)
    rows = Remembered.objects.filter(provider=provider, district_id=district)
    kept = rows.filter(issuer=claims.issuer, user_id=claims.user_id).first()
    return _Search(provider, claims, district, connections, kept)


def _person(search: _Search) -> tuple[Person, str]:
    steps: tuple[tuple[str, Callable[[_Search], list[Person]]], ...] = (
        ("sourced_id", _by_sourced_id),
        ("directory_id", _by_directory_id),
        ("remembered", _by_memory),
        ("username", _by_username),
        ("email", _by_email),
    )
    for key, step in steps:
        found = step(search)
        if len(found) > 1:
            raise Refused("signin.ambiguous", district=search.district)
        if found:
            return found[0], key
    raise Refused(_not_found(search), district=search.district)


def _by_sourced_id(search: _Search) -> list[Person]:
    """Of two connections with the same sourcedId, both have to mean the same person."""
    if not search.claims.sourced_id:
        return []
    records = Record.objects.filter(
        district_id=search.district, sourced_id=search.claims.sourced_id, connection_id__in=search.connections
    )
    # Asked apart: for one statement SQLite would go through all persons of the district.
    return _persons(search, Q(pk__in=set(records.values_list("person_id", flat=True))))


def _by_directory_id(search: _Search) -> list[Person]:
    if not search.claims.directory_id:
        return []
    # The origins are named for the index, which has them before the id.
    return _of_accounts(search, Q(origin__in=list(Origin), external_id=search.claims.directory_id))


def _by_memory(search: _Search) -> list[Person]:
    """The person, where there still is one, else whoever has the account now."""
    kept = search.remembered
    if kept is None:
        return []
    return _persons(search, Q(uid=kept.person_uid)) or _of_accounts(search, Q(uid=kept.account_uid))


def _by_username(search: _Search) -> list[Person]:
    key = lookup_key(search.claims.username)
    return _not_against(search, _of_accounts(search, Q(username_key=key))) if key else []


def _by_email(search: _Search) -> list[Person]:
    key = lookup_key(search.claims.email) if search.claims.is_email_verified else ""
    return _not_against(search, _of_accounts(search, Q(email_key=key))) if key else []


def _not_against(search: _Search, found: list[Person]) -> list[Person]:
    """Who was found by a weak key; Refused where the provider names an id that the person does not have.

    The id was looked for first and is nobody's, so the two speak of different people or of a change not told to both.
    """
    if len(found) != 1 or not search.claims.sourced_id:
        return found
    known = Record.objects.filter(person_id=found[0].pk, connection_id__in=search.connections)
    if known.exists():
        raise Refused("signin.disagrees", person=found[0].uid, district=search.district)
    return found


def _of_accounts(search: _Search, wanted: Q) -> list[Person]:
    """The persons of the district's accounts that are meant; Refused where an account is nobody's or several are."""
    accounts = DirectoryAccount.objects.filter(wanted, district_id=search.district).exclude(status=Status.PURGED)
    numbers = list(accounts.values_list("pk", flat=True)[:3])
    if len(numbers) > 1:
        raise Refused("signin.ambiguous", district=search.district)
    return _persons(search, Q(account_id__in=numbers)) if numbers else []


def _persons(search: _Search, wanted: Q) -> list[Person]:
    return _distinct(Person.objects.filter(wanted, district_id=search.district)[:3])


def _distinct(people: Iterable[Person]) -> list[Person]:
    return list({each.pk: each for each in people}.values())


def _not_found(search: _Search) -> str:
    """Whether an e-mail address that nobody vouches for is all that would have led to somebody."""
    key = lookup_key(search.claims.email)
    would = key and not search.claims.is_email_verified
    return "signin.email_unverified" if would and _of_accounts(search, Q(email_key=key)) else "signin.not_found"


def _remember(search: _Search, person: Person, account: DirectoryAccount, key: str) -> None:
    """Keep whom it was; what was kept of somebody else goes, for a stronger key has said otherwise."""
    kept = search.remembered
    if kept is not None and kept.person_uid == person.uid:
        rows = Remembered.objects.filter(pk=kept.pk)
        rows.update(account_uid=account.uid, used_at=timezone.now())
        return
    Remembered.objects.update_or_create(
        provider=search.provider,
        district_id=search.district,
        issuer=search.claims.issuer,
        user_id=search.claims.user_id,
        defaults={
            "person_uid": person.uid,
            "account_uid": account.uid,
            "key": kept.key if kept is not None and key == "remembered" else key,
            "made_at": timezone.now(),
            "used_at": timezone.now(),
        },
    )
