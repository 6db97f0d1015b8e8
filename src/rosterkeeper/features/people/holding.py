"""What a matching held for somebody to look at, and deciding about it.

The core says why, in codes and numbers (matching/held.py); here it is told in the reader's language, approved or
discarded. Either way the district is matched anew within seconds: approved, it happens, if it is still the same.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rosterkeeper.engine.reasons import Reason
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.people.hand import raise_inputs
from rosterkeeper.features.people.models import PeopleSettings
from rosterkeeper.matching.held import DISCARDED, Held, read_held
from rosterkeeper.oneroster.errors import RunRefused

_SAYS: Final = {
    "hold.people_leave": gettext_noop("%(number)s of %(of)s people with an account would leave at once."),
    "hold.people_unlink": gettext_noop("%(number)s of %(of)s people would lose their account."),
    "hold.people_create": gettext_noop("%(number)s accounts would be made beside the %(of)s that the sync has made."),
    "hold.people_purge": gettext_noop("%(number)s of the %(of)s accounts that the sync made would be erased."),
}
_TODO: Final = {
    "hold.people_leave": gettext_noop(
        "Look whether the roster lost a school or a grade. Approve where it is right, as at the end of a school year."
    ),
    "hold.people_unlink": gettext_noop(
        "Look whether ids or e-mail addresses changed at the source, or the rules. Approve where it is right."
    ),
    "hold.people_create": gettext_noop(
        "Look whether these people have accounts that the rules miss. Approve where all of them are new."
    ),
    "hold.people_purge": gettext_noop("Look whether the retention time is as you want it. What is erased is gone."),
}


@dataclass(frozen=True, slots=True)
class Why:
    """One reason in the reader's language, with the next step."""

    code: str
    says: str
    todo: str
    number: int
    of: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a district's matching waits with: no account is made, changed, suspended or erased meanwhile.

    ``fingerprint`` names just this decision. ``is_discarded``: somebody said that it is not to happen, and nobody is
    asked again until it is something else.
    """

    district: int
    fingerprint: str
    since: datetime
    reasons: list[Why]
    is_discarded: bool


def waiting(district: int) -> Waiting | None:
    """What waits in the district; None for nothing."""
    held = _held(district)
    if held is None:
        return None
    since = datetime.fromisoformat(held.since)
    reasons = [told(each) for each in held.reasons]
    return Waiting(district, held.fingerprint, since, reasons, held.state == DISCARDED)


def told(reason: Reason) -> Why:
    """A reason of the core's in the reader's language."""
    numbers = {"number": reason.number, "of": reason.of}
    says = _(_SAYS[reason.code]) % numbers if reason.code in _SAYS else reason.says
    todo = _(_TODO[reason.code]) if reason.code in _TODO else ""
    return Why(reason.code, says, todo, reason.number, reason.of)


def approve(district: int, fingerprint: str) -> None:
    """Let happen what waits; RunRefused ``people.not_held`` where just this does not wait any more."""
    with transaction.atomic():
        _locked(district, fingerprint)
        PeopleSettings.objects.filter(district_id=district).update(approved=fingerprint)
        raise_inputs(district)
        _record("people.life_approved", district, fingerprint)


def discard(district: int, fingerprint: str, *, by: int) -> None:
    """Let it not happen and ask no more until it is something else; RunRefused as with `approve`."""
    with transaction.atomic():
        held = _locked(district, fingerprint)
        put_by = msgspec.json.encode(msgspec.structs.replace(held, state=DISCARDED, by=by)).decode()
        PeopleSettings.objects.filter(district_id=district).update(held=put_by, approved="")
        raise_inputs(district)
        _record("people.life_discarded", district, fingerprint)


def _held(district: int) -> Held | None:
    text = PeopleSettings.objects.filter(district_id=district).values_list("held", flat=True).first()
    return read_held(text or "")


def _locked(district: int, fingerprint: str) -> Held:
    row = PeopleSettings.objects.select_for_update().filter(district_id=district).first()
    held = read_held(row.held if row else "")
    if held is None or held.fingerprint != fingerprint:
        raise RunRefused(
            "people.not_held",
            "This does not wait any more: the people were matched anew since.",
            todo="Look at what waits now.",
        )
    return held


def _record(action: str, district: int, fingerprint: str) -> None:
    record(action, about=f"district:{district}", details={"fingerprint": fingerprint})
