"""What other features tell beside a person of the roster, such as whose account is theirs.

Those features are rooms above this one, so they say it themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Beside:
    """One line beside a person: its label, what it says, and where it leads ('' for nowhere)."""

    label: str
    says: str
    url: str = ""


# From a request and a source record (connection, sourcedId) to the lines that its reader may see.
Teller = Callable[[HttpRequest, int, str], list[Beside]]

_TELLERS: Final[list[Teller]] = []


def tell_by(teller: Teller) -> None:
    """Let a feature tell something beside each person; called once, when its app is ready."""
    _TELLERS.append(teller)


def beside(request: HttpRequest, connection: int, sourced_id: str) -> list[Beside]:
    """Every line beside a person."""
    return [line for teller in _TELLERS for line in teller(request, connection, sourced_id)]
