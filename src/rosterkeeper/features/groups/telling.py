"""Telling others that groups have changed: how many and which, by uid, and never whom.

Only targets that name this kind of event are told of it; who wants every notice does not mean every day's groups.
"""

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _

from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import PeopleSettings
from rosterkeeper.features.publish.models import Event
from rosterkeeper.features.publish.outbox import meant, put

WORD: Final = "groups.changed"
# More are asked for by GET /api/v1/groups?changed_since=.
_MOST: Final = 100


def tell(district: int, uids: Sequence[str], *, number: int = 0, since: str = "") -> None:
    """Put the change of these groups into the outbox; ``number`` where there are more, ``since`` to ask for them."""
    if not uids:
        return
    title = _("%(number)s class groups have changed") % {"number": number or len(uids)}
    more = [f"changed_since={since}"] if since else []
    lines = [*more, *sorted(uids)[:_MOST]]
    event = Event(word=WORD, district=district, title=title, lines=lines, path="/groups/")
    targets = [each for each in meant(event) if WORD in each.words]
    if targets:
        put(event, targets)


def matched(district: int) -> None:
    """Tell which groups the district's last matching changed; called after it, in the worker."""
    at = PeopleSettings.objects.filter(district_id=district).values_list("matched_at", flat=True).first()
    rows = Group.objects.filter(district_id=district, changed_at=at) if at else Group.objects.none()
    tell(
        district, list(rows.order_by("uid").values_list("uid", flat=True)[:_MOST]), number=rows.count(), since=at or ""
    )
