"""The API of the audit log, for administrators; it lies below this room, so its operations stand here."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.accounts.trail import seen
from rosterkeeper.features.api.calls import HIGHEST, Given, answers, group
from rosterkeeper.features.api.paging import DEFAULT, After, Limit, Page, newest_first
from rosterkeeper.features.audit import finding
from rosterkeeper.features.audit.models import Entry

router = group("audit log")


class EntryShown(Schema):
    """One thing that was done; `account` is 0 where it was the program itself."""

    id: int
    at: datetime
    account: int
    actor: str
    origin: str
    action: str
    about: str
    keys: list[str]
    details: dict[str, Any]
    previous: str
    digest: str = Field(description="The hash of the entry and of `previous`, the digest of the entry before it.")


class EntriesWanted(Given):
    """Which entries are listed; what is left out is any."""

    action: str = Field("", max_length=100, description="`account.` is all that is about accounts.")
    account: int = Field(0, ge=0, le=HIGHEST)
    key: str = Field("", max_length=300, description="A record, such as user:5:S-17.")
    since: datetime | None = None
    until: datetime | None = Field(None, description="Without a zone: of UTC.")


@router.get("/audit", response=answers(Page[EntryShown]), operation_id="listAuditEntries")
@needs(Right.ACCOUNTS)
def entries(
    request: HttpRequest,
    wanted: Query[EntriesWanted],
    limit: Limit = DEFAULT,
    after: After = 0,
) -> dict[str, Any]:
    """What was done, by whom, from where and to which records, the newest first."""
    rows = seen(
        request,
        finding.Wanted(
            action=wanted.action,
            account=wanted.account,
            key=wanted.key,
            since=_aware(wanted.since),
            until=_aware(wanted.until),
        ),
    )
    return newest_first(rows, after, limit, shown=_entry)


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _entry(entry: Entry) -> EntryShown:
    return EntryShown(**{name: getattr(entry, name) for name in EntryShown.model_fields})
