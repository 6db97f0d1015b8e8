"""To which pages whoever signs in as a person of the roster may come back: those for people, and nowhere else."""

from typing import Final

from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

_ROUTES: Final = ["signin_me"]


def lead_back_to(route: str) -> None:
    """Say that the pages below a route are for people, too; called once, when a feature's app is ready."""
    if route not in _ROUTES:
        _ROUTES.append(route)


def own_page(url: str) -> str:
    """The address, where it is one of the pages of people; '' for any other: nobody is sent elsewhere."""
    is_here = url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if is_here and url.startswith(tuple(map(reverse, _ROUTES))) else ""
