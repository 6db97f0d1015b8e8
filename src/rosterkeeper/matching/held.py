"""What a matching holds, as a value: apart from the guard, so that whoever only tells of it needs no DuckDB."""

from typing import Final

import msgspec

from rosterkeeper.engine.reasons import Reason

WAITING: Final = "waiting"
DISCARDED: Final = "discarded"


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What `people_settings.held` says, as JSON: why, since when, of which decision, and what became of it.

    ``state`` is ``waiting``, or ``discarded`` by the account ``by``: then nobody is asked again about the same.
    """

    fingerprint: str
    since: str
    reasons: list[Reason]
    state: str = WAITING
    by: int = 0


def read_held(text: str) -> Held | None:
    """What is held; None for nothing."""
    return msgspec.json.decode(text, type=Held) if text else None
