"""Telling others that groups have changed: how many and which, by uid, and never whom.

Only targets that name this kind of event are told of it; who wants every notice does not mean every day's groups.
"""

import json
from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _

from rosterkeeper.features.people.telling import taken, waiting
from rosterkeeper.features.publish.models import Event
from rosterkeeper.features.publish.outbox import meant, put
from rosterkeeper.matching.untold import CLASS_GROUPS, MOST_NAMED

WORD: Final = "groups.changed"


def tell(district: int, uids: Sequence[str], *, number: int = 0, since: str = "") -> None:
    """Put the change of these groups into the outbox; ``number`` where there are more, ``since`` to ask for them."""
    if not uids:
        return
    title = _("%(number)s class groups have changed") % {"number": number or len(uids)}
    more = [f"changed_since={since}"] if since else []
    lines = [*more, *sorted(uids)[:MOST_NAMED]]
    event = Event(word=WORD, district=district, title=title, lines=lines, path="/groups/")
    targets = [each for each in meant(event) if WORD in each.words]
    if targets:
        put(event, targets)


def tell_matched() -> None:
    """Tell which groups matchings have changed, of every district: each matching once, whoever died before."""
    for row in waiting(CLASS_GROUPS):
        with taken(row) as is_mine:
            if is_mine:
                told = json.loads(row.told)
                tell(row.district_id, told["uids"], number=told["number"], since=row.at)
