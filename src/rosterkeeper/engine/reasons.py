"""Why a change set is held, as a value: apart from the guard, so that whoever only tells of it needs no DuckDB."""

import msgspec


class Reason(msgspec.Struct, frozen=True):
    """Why something is held: a stable code, plain words, and the numbers behind them.

    ``school`` is an org's sourcedId, '' where the reason is about the whole run.
    """

    code: str
    says: str
    entity: str = ""
    school: str = ""
    number: int = 0
    of: int = 0
