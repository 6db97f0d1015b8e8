"""What a matching tells outside: one event with the numbers of the accounts' life, and one where it is held.

Numbers and codes alone: nobody's name leaves by this way.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rosterkeeper.features.connections.models import District
from rosterkeeper.features.people.holding import told
from rosterkeeper.features.people.models import PeopleSettings
from rosterkeeper.features.publish.models import Event
from rosterkeeper.features.publish.outbox import meant, put
from rosterkeeper.matching.held import WAITING, read_held

ACCOUNTS: Final = "people.accounts"
HELD: Final = "people.held"
# In the order in which an event lists them; the words are those of matching.lifecycle.LifeNumbers.
_LINES: Final = {
    "created": gettext_noop("Accounts made: %(number)s"),
    "updated": gettext_noop("Accounts brought up to the roster: %(number)s"),
    "suspended": gettext_noop("Accounts suspended: %(number)s"),
    "restored": gettext_noop("Accounts restored: %(number)s"),
    "purged": gettext_noop("Accounts erased: %(number)s"),
}


@transaction.atomic
def matched(district: int) -> None:
    """Tell what the district's last matching did to accounts, where it did something; call once after it."""
    made = PeopleSettings.objects.filter(district_id=district).first()
    name = District.objects.filter(pk=district).values_list("name", flat=True).first()
    if made is None or name is None or not made.matched_at:
        return
    life = json.loads(made.counts).get("life", {})
    at = datetime.fromisoformat(made.matched_at)
    lines = _lines(life)
    if lines:
        _put(Event(word=ACCOUNTS, at=at, district=district, title=_titled(name), lines=lines))
    held = read_held(made.held)
    # It is told by the matching that came to it, and not by each that comes to the same again.
    if held is not None and held.state == WAITING and held.since == made.matched_at:
        title = _("%(district)s: a change of accounts waits for approval") % {"district": name}
        says = [told(each).says for each in held.reasons]
        asked = _("No account was made, changed or suspended. Look at it, then approve or discard it.")
        _put(Event(word=HELD, at=at, district=district, title=title, lines=[*says, asked]))


def _titled(district: str) -> str:
    return _("%(district)s: accounts were changed by matching") % {"district": district}


def _lines(life: Mapping[str, object]) -> list[str]:
    return [_(text) % {"number": life[word]} for word, text in _LINES.items() if life.get(word)]


def _put(event: Event) -> None:
    put(event, meant(event))
