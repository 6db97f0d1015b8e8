"""What the reader of a page or call may see: every district or some, in them every school or some.

This is the one place where it is decided. Whoever looks up a connection, or anything that belongs to one, asks
`features.connections.scope`, which asks here; a feature whose rows carry a district asks `within`.
"""

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from rosterkeeper.features.accounts.models import Account, ApiToken
from rosterkeeper.features.accounts.rights import Role

# A school: the connection that it comes from, and its org's sourcedId.
School = tuple[int, str]
Row = TypeVar("Row", bound=Model)
# What can be chosen, each with its name: of the districts given, None for all.
Offer = Callable[[frozenset[int] | None], Iterable[tuple[School, str]]]
Districts = Callable[[], Iterable[tuple[int, str]]]

_OFFERS: Final[list[Offer]] = []
_DISTRICTS: Final[list[Districts]] = []


def districts_of(request: HttpRequest) -> frozenset[int] | None:
    """The districts that may be shown; None for all. Nobody signed in sees none."""
    user = request.user
    if not user.is_authenticated:
        return frozenset()
    # Asked for many times in a request; who has just signed in is another reader.
    known: tuple[int, frozenset[int] | None] | None = getattr(request, "districts_known", None)
    if known is None or known[0] != user.pk:
        token: ApiToken | None = getattr(request, "api_token", None)
        known = user.pk, narrowed(districts_of_account(user), token)
        request.districts_known = known  # type: ignore[attr-defined]
    return known[1]


def districts_of_account(account: Account) -> frozenset[int] | None:
    """The districts that an account is limited to; None where it is not."""
    return frozenset(each.district_id for each in account.districts.all()) or None


def narrowed(allowed: frozenset[int] | None, token: ApiToken | None) -> frozenset[int] | None:
    """What of the account's districts its token may see."""
    if token is None or not token.districts:
        return allowed
    named = frozenset(int(each) for each in token.districts)
    return named if allowed is None else named & allowed


def sees_all_districts(request: HttpRequest) -> bool:
    """Whether the reader is a vendor's, to whom what concerns the whole installation is open, too."""
    return districts_of(request) is None


def within(request: HttpRequest, rows: QuerySet[Row], column: str = "district_id") -> QuerySet[Row]:
    """Those of the rows that belong to a district in sight; ``column`` holds its number."""
    mine = districts_of(request)
    return rows if mine is None else rows.filter(**{f"{column}__in": mine})


def schools_of(request: HttpRequest) -> frozenset[School] | None:
    """The schools whose people may be shown; None for all. Nobody signed in sees those of no school."""
    if not request.user.is_authenticated:
        return frozenset()
    allowed = schools_of_account(request.user)
    token: ApiToken | None = getattr(request, "api_token", None)
    if token is None or not token.schools:
        return allowed
    named = frozenset((int(connection), str(org)) for connection, org in token.schools)
    return named if allowed is None else named & allowed


def schools_of_account(account: Account) -> frozenset[School] | None:
    """The schools that an account is limited to; None where it is not."""
    if account.role != Role.SCHOOL:
        return None
    return frozenset(account.schools.values_list("connection_id", "org"))


def offer_schools(offer: Offer) -> None:
    """Say where the schools that can be chosen come from: each with its name. Called once, when an app is ready."""
    _OFFERS.append(offer)


def offered(districts: frozenset[int] | None) -> list[tuple[str, str]]:
    """The schools that can be chosen, as a form's choices (``CONNECTION:ORG`` and its name)."""
    return [(written(school), name) for offer in _OFFERS for school, name in offer(districts)]


def offer_districts(offer: Districts) -> None:
    """Say where the districts come from: numbers and names, by name. Called once, when an app is ready."""
    _DISTRICTS.append(offer)


def offered_districts(districts: frozenset[int] | None) -> list[tuple[int, str]]:
    """The districts that can be chosen, with their names, by name."""
    found = [each for offer in _DISTRICTS for each in offer()]
    return [(number, name) for number, name in found if districts is None or number in districts]


def written(school: School) -> str:
    """A school as a form's value."""
    return f"{school[0]}:{school[1]}"


def read(value: str) -> School:
    """The school that a form's value names; ValueError where it names none."""
    connection, _, org = value.partition(":")
    return int(connection), org
