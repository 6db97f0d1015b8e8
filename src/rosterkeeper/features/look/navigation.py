"""The main menu: features add their entries, and each reader sees those that their rights open."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the menu: the name of its route, its label, icon and place, and who sees it."""

    route: str
    label: str | Promise
    icon: str
    place: int
    seen_by: Callable[[HttpRequest], bool]


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as one page shows it."""

    url: str
    label: str | Promise
    icon: str
    here: bool


_ENTRIES: Final[dict[str, Entry]] = {}


def add(entry: Entry) -> None:
    """Put an entry into the menu; called once, when the feature's app is ready."""
    _ENTRIES[entry.route] = entry


def menu(request: HttpRequest) -> list[Item]:
    """The entries that the reader of this page may open, in their order."""
    entries = sorted(_ENTRIES.values(), key=lambda entry: entry.place)
    urls = [(entry, reverse(entry.route)) for entry in entries if entry.seen_by(request)]
    longest = max((url for _, url in urls if request.path.startswith(url)), key=len, default="")
    return [Item(url, entry.label, entry.icon, url == longest) for entry, url in urls]
