"""What a matching tells outside: one event with the numbers of the accounts' life, and one where it is held.

Numbers and codes alone: nobody's name leaves by this way.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rosterkeeper.features.connections.models import District
from rosterkeeper.features.people.holding import told
from rosterkeeper.features.people.models import Untold
from rosterkeeper.features.publish.models import Event
from rosterkeeper.features.publish.outbox import meant, put
from rosterkeeper.matching import untold
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


def waiting(word: str) -> list[Untold]:
    """What of that word no one has told yet, of every district, in the order in which it happened."""
    return list(Untold.objects.filter(word=word).order_by("id"))


@contextmanager
def taken(row: Untold) -> Iterator[bool]:
    """One transaction in which it is told: whether it is this caller's to tell, or another one has."""
    with transaction.atomic():
        yield bool(Untold.objects.filter(pk=row.pk).delete()[0])


def tell(district: int = 0) -> None:
    """Tell what matchings did to the accounts of the district, of all where it is 0: each once, whoever died before."""
    for row in waiting(untold.ACCOUNTS):
        if district in (0, row.district_id):
            with taken(row) as is_mine:
                if is_mine:
                    _tell(row)


def _tell(row: Untold) -> None:
    name = District.objects.filter(pk=row.district_id).values_list("name", flat=True).first()
    if name is None:
        return
    life = json.loads(row.told)
    at = datetime.fromisoformat(row.at)
    lines = _lines(life)
    if lines:
        _put(Event(word=ACCOUNTS, at=at, district=row.district_id, title=_titled(name), lines=lines))
    held = read_held(life.get("held", ""))
    # It is told by the matching that came to it, and not by each that comes to the same again.
    if held is not None and held.state == WAITING and held.since == row.at:
        title = _("%(district)s: a change of accounts waits for approval") % {"district": name}
        says = [told(each).says for each in held.reasons]
        asked = _("No account was made, changed or suspended. Look at it, then approve or discard it.")
        _put(Event(word=HELD, at=at, district=row.district_id, title=title, lines=[*says, asked]))


def _titled(district: str) -> str:
    return _("%(district)s: accounts were changed by matching") % {"district": district}


def _lines(life: Mapping[str, object]) -> list[str]:
    return [_(text) % {"number": life[word]} for word, text in _LINES.items() if life.get(word)]


def _put(event: Event) -> None:
    put(event, meant(event))
