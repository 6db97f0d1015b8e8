"""How a fault takes part: it stands between a request and its answer, and may change either."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

import msgspec

from rosterkeeper.sample.answers import Answer, Asked

COLLECTIONS: Final = "collections"
TOKEN: Final = "token"  # noqa: S105 - a place
APPLICATIONS: Final = "applications"
ALL: Final = "all"

_COLLECTION: Final = re.compile(r"/v1p[12]/(\w+)")
_TOKEN_WORDS: Final = ("token", "login", "access_token")

Go = Callable[[Asked], Answer]
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Turn:
    """One request that a fault is played on: the fault's value, which such request it is (from 1), and its chance."""

    value: str
    number: int
    chance: Random = field(repr=False)

    @property
    def amount(self) -> int:
        """The value as a number."""
        return int(self.value)


Layer = Callable[[Asked, Go, Turn], Answer]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing a provider does: its name, the quirks it plays, where, and with which value if a plan gives none."""

    name: str
    quirks: tuple[str, ...]
    says: str
    layer: Layer
    value: str = ""
    on: tuple[str, ...] = (COLLECTIONS,)


def place_of(asked: Asked) -> str:
    """Where a request goes: a collection's name, ``token``, ``applications``, or ''."""
    last = asked.path.rstrip("/").rpartition("/")[2]
    if asked.method == "POST" and last in _TOKEN_WORDS:
        return TOKEN
    if asked.path.startswith("/applications"):
        return APPLICATIONS
    found = _COLLECTION.search(asked.path)
    return found[1] if found else ""


def is_on(places: tuple[str, ...], place: str) -> bool:
    """Whether a fault that is on ``places`` is played at ``place``."""
    if ALL in places or place in places:
        return True
    return COLLECTIONS in places and place not in ("", TOKEN, APPLICATIONS)


def asking(asked: Asked, **parameters: str | None) -> Asked:
    """The request with other parameters; None takes one away. What was signed stays as it was sent."""
    others = {name: value for name, value in asked.parameters.items() if name not in parameters}
    return replace(asked, parameters=others | {name: value for name, value in parameters.items() if value is not None})


def number(asked: Asked, name: str, default: int) -> int:
    """A parameter as a number."""
    text = asked.parameters.get(name, "")
    return int(text) if text.isdigit() else default


def without(answer: Answer, *names: str) -> Answer:
    """The answer without those headers."""
    gone = {name.lower() for name in names}
    return replace(answer, headers={name: text for name, text in answer.headers.items() if name.lower() not in gone})


def with_headers(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """The answer with those headers, and none of the same name beside them."""
    bare = without(answer, *headers)
    return replace(bare, headers=bare.headers | dict(headers))


def opened(answer: Answer) -> tuple[str, list[Json]] | None:
    """The wrapper's name and the records of a collection's page; None where the answer is not one."""
    if answer.status != 200:
        return None
    try:
        whole: Json = msgspec.json.decode(answer.body, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeError):
        return None
    for name, rows in whole.items():
        if isinstance(rows, list) and name != "statusInfoSet":
            return name, rows
    return None


def paged_anew(asked: Asked, go: Go, change: Callable[[list[Json]], list[Json]]) -> Answer:
    """The page as if the whole collection were another: counted anew, without links."""
    answer = go(asked)
    found = opened(go(asking(asked, offset="0", limit="1000000")))
    if found is None:
        return answer
    rows, offset = change(found[1]), number(asked, "offset", 0)
    if any(name.lower() == "x-total-count" for name in answer.headers):
        answer = with_headers(answer, {"X-Total-Count": str(len(rows))})
    return closed(without(answer, "Link"), found[0], rows[offset : offset + number(asked, "limit", 100)])


def closed(answer: Answer, name: str, rows: list[Json]) -> Answer:
    """The answer with other records; X-Count follows them."""
    changed = replace(answer, body=msgspec.json.encode({name: rows}))
    counted = any(each.lower() == "x-count" for each in answer.headers)
    return with_headers(changed, {"X-Count": str(len(rows))}) if counted else changed
