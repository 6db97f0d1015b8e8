"""What a preview of a matching tells: plain words, so that whoever only asks or reads needs no DuckDB."""

from enum import StrEnum

import msgspec

from rosterkeeper.engine.reasons import Reason


class Shift(StrEnum):
    """What becomes of a person whom a matching would treat otherwise than the one before."""

    LINKED = "linked"
    CREATED = "created"
    MOVED = "moved"
    UNLINKED = "unlinked"
    DISPUTED = "disputed"
    UNDISPUTED = "undisputed"


class Stated(msgspec.Struct, kw_only=True, frozen=True):
    """The settings of a district that are tried, as `people_settings` holds them."""

    district: int
    mode: str
    rules: dict[str, object] = {}
    options: dict[str, object] = {}


class Shifted(msgspec.Struct, frozen=True):
    """One person of whom something would change, by the leading record; accounts are numbers, 0 for none.

    ``account`` is 0, too, where it would be made.
    """

    shift: str
    kind: str
    connection: int
    sourced_id: str
    was_result: str
    was_reason: str
    was_account: int
    result: str
    reason: str
    account: int


class Preview(msgspec.Struct, kw_only=True):
    """What would come of it: active persons by kind and result before and after, and by shift; a few of each shift.

    ``without_person`` are accounts that nobody of the roster would have; ``accounts`` counts what would become of
    accounts (created, updated, suspended, restored, purged); ``reasons`` say what of it would be held.
    """

    before: dict[str, dict[str, int]] = {}
    after: dict[str, dict[str, int]] = {}
    shifts: dict[str, int] = {}
    samples: list[Shifted] = []
    without_person_before: int = 0
    without_person: int = 0
    accounts: dict[str, int] = {}
    reasons: list[Reason] = []
