"""What a district wants of its accounts' life: who gets one, what becomes of leavers, and how much change is too much.

The options stand under ``life`` in ``people_settings.options``; the mode has a column of its own.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from rosterkeeper.matching.tables import Mode
from rosterkeeper.oneroster.errors import SettingsError

SECTION: Final = "life"


class LifeLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Beyond which share, in percent, a matching is held; ``floor`` people or fewer never hold.

    ``leave``: of those with an account who would leave; ``unlink``: of those who would lose theirs; ``create``: of the
    accounts the sync has made, free until it has made the first; ``purge``: of the same, who would be erased.
    """

    leave: float = 10.0
    unlink: float = 5.0
    create: float = 50.0
    purge: float = 25.0
    floor: int = 5


class LifeOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of leavers.

    ``retention_days``: so long after its suspension an account that the sync made is erased; 0 keeps it for good.
    ``suspend_linked``: accounts that were only linked are suspended, too, when their person leaves.
    ``disabled_leave``: a record that says enabledUser=false counts as one that has left.
    """

    retention_days: int = 365
    suspend_linked: bool = False
    disabled_leave: bool = False
    limits: LifeLimits = LifeLimits()


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """A district's wishes, with what is known of decisions that wait.

    ``held`` is `people_settings.held`, ``approved`` the print of the decision that somebody agreed to.
    """

    mode: Mode = Mode.MATCH
    options: LifeOptions = LifeOptions()
    held: str = ""
    approved: str = ""


def life_options(options: Mapping[str, object]) -> LifeOptions:
    """The options that a district's settings hold; SettingsError ``people.life_options`` where they make no sense."""
    try:
        made = msgspec.convert(options.get(SECTION, {}), LifeOptions)
    except msgspec.ValidationError as fault:
        raise _refused(str(fault)) from None
    if made.retention_days < 0 or made.limits.floor < 0:
        raise _refused("a number is negative")
    shares = (made.limits.leave, made.limits.unlink, made.limits.create, made.limits.purge)
    if not all(0 <= each <= 100 for each in shares):
        raise _refused("a share is not between 0 and 100")
    return made


def _refused(why: str) -> SettingsError:
    return SettingsError(
        "people.life_options",
        f"The options of the accounts' life cannot be read: {why}.",
        todo="Set them again on the district's matching page.",
    )
