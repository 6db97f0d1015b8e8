"""The thresholds beyond which a change set waits for approval (defaults: requirements/reliability)."""

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Percentages are of the live rows; counts, by entity, are off where not named.

    ``floor`` records or fewer never hold by percentage.
    """

    remove_percent: float = 10.0
    school_remove_percent: float = 50.0
    update_percent: float = 75.0
    reject_percent: float = 10.0
    floor: int = 5
    remove_count: dict[str, int] = {}
    update_count: dict[str, int] = {}
