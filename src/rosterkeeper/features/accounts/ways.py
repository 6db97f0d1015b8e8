"""Other ways than the password to sign in, which features above offer; the sign-in page shows them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Way:
    """A way to sign in: where it begins, and what the button says."""

    url: str
    label: str


Offer = Callable[[HttpRequest], Iterable[Way]]

_OFFERS: Final[list[Offer]] = []


def offer(ways: Offer) -> None:
    """Say where ways to sign in come from; called once, when an app is ready."""
    _OFFERS.append(ways)


def offered(request: HttpRequest) -> list[Way]:
    """Every way there is now."""
    return [way for each in _OFFERS for way in each(request)]
