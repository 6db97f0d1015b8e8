"""Which district an entry concerns, from the keys of what it is about.

Whose records those are, the features say that know them; a key of a kind that nobody knows is of no district.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

# From the number in a key (5 in ``user:5:S-17``) to the districts of what it names; none: the installation's.
Find = Callable[[int], Iterable[int | None]]

_WAYS: Final[dict[str, Find]] = {}


def find_by(kinds: Collection[str], way: Find) -> None:
    """Say how the districts of keys of these kinds are found; called once a kind, when a feature's app is ready."""
    _WAYS.update(dict.fromkeys(kinds, way))


def districts_of(key: str) -> frozenset[int] | None:
    """The districts of what a key names; None where nobody knows the kind."""
    kind, _, rest = key.partition(":")
    number = rest.partition(":")[0]
    way = _WAYS.get(kind)
    return frozenset(each for each in way(int(number)) if each) if way and number.isdecimal() else None


def by_district(keys: Collection[str]) -> Mapping[int | None, list[str]]:
    """The keys, each in order, by the one district that they concern; under None those of several or of none."""
    parts: dict[int | None, list[str]] = {}
    known: dict[str, int | None] = {}
    for key in sorted(keys):
        # A page of people is of few connections: each is looked up once.
        group = ":".join(key.split(":", 2)[:2])
        if group not in known:
            known[group] = one(districts_of(key))
        parts.setdefault(known[group], []).append(key)
    return parts


def one(districts: frozenset[int] | None) -> int | None:
    """The district, where it is exactly one."""
    return next(iter(districts)) if districts is not None and len(districts) == 1 else None
