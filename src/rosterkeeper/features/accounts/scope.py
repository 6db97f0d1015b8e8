"""Whose people the reader of a page or call may see: everybody's, or those of some schools."""

from collections.abc import Callable, Iterable
from typing import Final

from django.http import HttpRequest

from rosterkeeper.features.accounts.models import Account, ApiToken
from rosterkeeper.features.accounts.rights import Role

# A school: the connection that it comes from, and its org's sourcedId.
School = tuple[int, str]
Offer = Callable[[], Iterable[tuple[School, str]]]

_OFFERS: Final[list[Offer]] = []


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


def offered() -> list[tuple[str, str]]:
    """Every school that can be chosen, as a form's choices (``CONNECTION:ORG`` and its name)."""
    return [(written(school), name) for offer in _OFFERS for school, name in offer()]


def written(school: School) -> str:
    """A school as a form's value."""
    return f"{school[0]}:{school[1]}"


def read(value: str) -> School:
    """The school that a form's value names; ValueError where it names none."""
    connection, _, org = value.partition(":")
    return int(connection), org
