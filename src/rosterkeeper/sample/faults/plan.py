"""Fault plans: which faults a sample server plays, on which requests, from which seed.

A plan is a JSON or TOML file of this shape, or its short form on the command line (``clamp=500@users,no-total``):

    seed = 7
    [[faults]]
    name = "too-many"     one of the registry's
    value = "2"           the fault's own value if left out
    on = ["users"]        names of collections, ``token``, ``applications``, ``collections`` (any of them) or ``all``
    after = 2             so many such requests are answered well first
    times = 3             then so many are not; 0 or left out: all
    chance = 50           and of those so many in a hundred; left out: all
"""

import threading
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sample.answers import Answer, Asked
from rosterkeeper.sample.faults import envelopes, ids, pages, records, sharing, tokens, wire
from rosterkeeper.sample.faults.play import Fault, Go, Turn, is_on, place_of

FAMILIES: Final = {
    "pages": pages.FAULTS,
    "wire": wire.FAULTS,
    "envelopes": envelopes.FAULTS,
    "records": records.FAULTS,
    "ids": ids.FAULTS,
    "sharing": sharing.FAULTS,
    "tokens": tokens.FAULTS,
}
FAULTS: Final = {each.name: each for family in FAMILIES.values() for each in family}
# What these leave of an answer others could no longer change, so that they stand nearest to the caller in any case.
_PACKS: Final = frozenset({"gzip", "bomb"})
_WRAPS: Final = frozenset(each.name for each in envelopes.FAULTS)


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fault as a plan names it."""

    name: str
    value: str | int = ""
    on: tuple[str, ...] = ()
    after: int = 0
    times: int = 0
    chance: int = 100


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    seed: int = 1
    faults: tuple[Wanted, ...] = ()


@dataclass(slots=True)
class _Part:
    """One fault of a plan, and how many requests it has seen."""

    wanted: Wanted
    fault: Fault
    seen: int = field(default=0)


class Plan:
    """The faults that a server plays; the first named stands nearest to the caller. Usable from many threads.

    But before all others stand those that pack an answer, and then those that change what is around its records.
    """

    def __init__(self, wanted: tuple[Wanted, ...] = (), seed: int = 1) -> None:
        self._seed = seed
        parts = [_Part(each, _known(each.name)) for each in wanted]
        self._parts = sorted(parts, key=lambda part: (part.fault.name not in _PACKS, part.fault.name not in _WRAPS))
        self._lock = threading.Lock()

    def answer(self, asked: Asked, go: Go) -> Answer:
        """The answer to a request, spoiled as the plan has it."""
        return self._through(0, asked, go)

    def _through(self, at: int, asked: Asked, go: Go) -> Answer:
        if at == len(self._parts):
            return go(asked)
        part = self._parts[at]

        def further(changed: Asked) -> Answer:
            return self._through(at + 1, changed, go)

        turn = self._turn(part, asked)
        return further(asked) if turn is None else part.fault.layer(asked, further, turn)

    def _turn(self, part: _Part, asked: Asked) -> Turn | None:
        """The turn of a request that the fault is played on; None where it is left alone."""
        wanted, fault = part.wanted, part.fault
        if not is_on(wanted.on or fault.on, place_of(asked)):
            return None
        with self._lock:
            part.seen += 1
            number = part.seen - wanted.after
        chance = Random(f"{self._seed}/{fault.name}/{number}")  # noqa: S311 - a plan must play the same each time
        if number < 1 or (wanted.times and number > wanted.times) or chance.randrange(100) >= wanted.chance:
            return None
        return Turn(str(wanted.value) if wanted.value != "" else fault.value, number, chance)


def read_plan(text: str) -> Plan:
    """A plan from a file's path or from its short form; SettingsError where it is neither."""
    path = Path(text)
    if path.suffix in (".json", ".toml"):
        written = _from_file(path)
        return Plan(written.faults, written.seed)
    return Plan(tuple(_short(part) for part in text.split(",") if part.strip()))


def _short(text: str) -> Wanted:
    """One fault as ``name=value@place``; the last two may be left out."""
    said, _, place = text.partition("@")
    name, _, value = said.partition("=")
    return Wanted(name.strip(), value.strip(), on=(place.strip(),) if place.strip() else ())


def _from_file(path: Path) -> _Written:
    try:
        if path.suffix == ".toml":
            return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _Written)
        return msgspec.json.decode(path.read_bytes(), type=_Written)
    except (OSError, UnicodeError, tomllib.TOMLDecodeError, msgspec.DecodeError):
        raise SettingsError(
            "sample.faults",
            "The fault plan cannot be read, or is not one.",
            todo="Write it as docs/faults.md shows.",
        ) from None


def _known(name: str) -> Fault:
    if name not in FAULTS:
        raise SettingsError(
            "sample.faults", "The fault plan names a fault that is not known.", todo="Choose from docs/faults.md."
        )
    return FAULTS[name]
