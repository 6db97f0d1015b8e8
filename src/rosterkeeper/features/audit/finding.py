"""Looking things up in the audit log: by action, account, time, and what an entry is about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from rosterkeeper.features.audit.models import About, Entry

# What hands out a whole connection's roster, so that it is about each record in it.
WHOLE: Final = ("roster.exported", "roster.served")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; blank and 0 for any. ``key`` names a record, such as ``user:5:S-17``."""

    action: str = ""
    account: int = 0
    key: str = ""
    since: datetime | None = None
    until: datetime | None = None


def entries(wanted: Wanted) -> QuerySet[Entry]:
    """The entries that are wanted, the newest first."""
    rows = Entry.objects.order_by("-id")
    if wanted.action:
        # "account." is all that is about accounts.
        end = wanted.action.endswith(".")
        rows = rows.filter(action__startswith=wanted.action) if end else rows.filter(action=wanted.action)
    if wanted.account:
        rows = rows.filter(account=wanted.account)
    if wanted.key:
        rows = rows.filter(_about(wanted.key))
    if wanted.since:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(at__lt=wanted.until)
    return rows


def actions(rows: QuerySet[Entry]) -> list[str]:
    """Every action that the entries have."""
    return list(rows.order_by("action").values_list("action", flat=True).distinct())


def _about(key: str) -> Q:
    named = Q(about=key) | Q(id__in=About.objects.filter(key=key).values("entry_id"))
    kind, _, rest = key.partition(":")
    connection, _, record = rest.partition(":")
    if kind != "connection" and record:
        named |= Q(about=f"connection:{connection}", action__in=WHOLE)
    return named
