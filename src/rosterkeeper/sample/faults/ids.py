"""Faults of ids: numbers, strange letters, the same in another case, repeated, or all of them new overnight."""

import hashlib
from collections.abc import Callable
from typing import Final

from rosterkeeper.sample.answers import Answer, Asked
from rosterkeeper.sample.faults.play import Fault, Go, Json, Layer, Turn, closed, opened, paged_anew

_SINGULARS: Final = {
    "academicSessions": "academicSession",
    "orgs": "org",
    "courses": "course",
    "classes": "class",
    "users": "user",
    "enrollments": "enrollment",
}
_PEOPLE: Final = frozenset({"user"})
_ALL_KINDS: Final = frozenset(_SINGULARS.values())


def every_id(kinds: frozenset[str], rename: Callable[[str], object]) -> Layer:
    """A layer that renames the records of some entities (by singular), wherever they are named."""

    def changed(value: object) -> object:
        if isinstance(value, list):
            return [changed(item) for item in value]
        if not isinstance(value, dict):
            return value
        inside = {name: changed(item) for name, item in value.items()}
        if value.get("type") in kinds and "href" in value:
            inside["sourcedId"] = rename(str(value["sourcedId"]))
        return inside

    def layer(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
        answer = go(asked)
        found = opened(answer)
        if found is None:
            return answer
        name, rows = found
        # A user's demographics have the user's own id.
        owner = "user" if name == "demographics" else _SINGULARS[name]
        made: list[Json] = []
        for row in rows:
            record = {member: changed(item) for member, item in row.items()}
            if owner in kinds:
                record["sourcedId"] = rename(str(row["sourcedId"]))
            made.append(record)
        return closed(answer, name, made)

    return layer


def number_of(sourced_id: str) -> int:
    """The number that stands for an id where ids are numbers."""
    return int.from_bytes(hashlib.sha256(sourced_id.encode()).digest()[:6])


def _odd(sourced_id: str) -> str:
    return f"{sourced_id}|:_ /é%2F'\"\\"


def rekeyed(sourced_id: str) -> str:
    """Another id for the same record, the same each time."""
    return hashlib.sha256(sourced_id.encode()).hexdigest()[:20]


def repeat_rows(asked: Asked, go: Go, turn: Turn) -> Answer:
    """Some records stand twice in the collection, one after the other, and count twice."""

    def repeated(rows: list[Json]) -> list[Json]:
        return [row for row in rows for _ in range(2 if number_of(str(row["sourcedId"])) % 100 < turn.amount else 1)]

    return paged_anew(asked, go, repeated)


def twin_in_other_case(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """Beside the first record another, alike, whose id differs in case alone."""

    def doubled(rows: list[Json]) -> list[Json]:
        return [*rows, rows[0] | {"sourcedId": str(rows[0]["sourcedId"]).swapcase()}] if rows else rows

    return paged_anew(asked, go, doubled)


FAULTS: Final = (
    Fault("ids-staff", ("aeries-ids",), "writes TCH_ before every person's id", every_id(_PEOPLE, "TCH_{}".format)),
    Fault("ids-numbers", ("numeric-ids",), "ids as numbers", every_id(_ALL_KINDS, number_of)),
    Fault(
        "ids-digits", ("numeric-ids",), "the same ids as text", every_id(_ALL_KINDS, lambda old: str(number_of(old)))
    ),
    Fault("ids-odd", ("id-charset",), "ids with blanks, bars, slashes and quotes", every_id(_ALL_KINDS, _odd)),
    Fault("id-twin", ("id-case",), "an id beside one that differs in case alone", twin_in_other_case, on=("orgs",)),
    Fault(
        "rekeyed",
        ("rekey-event",),
        "gives every person a new id",
        every_id(_PEOPLE, rekeyed),
    ),
    Fault("rows-twice", ("skyward-dupes",), "so many percent of the records stand twice", repeat_rows, "20"),
)
