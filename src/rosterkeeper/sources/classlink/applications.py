"""ClassLink's list of districts: which one is ours, whether it shares, and by which bearer.

The list comes in pages without a total, so that only an empty page, or one that brings nothing new, ends it. Of the
three ids in a row one is the path of the district's data, and it arrives percent-escaped: it is used as it is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import msgspec

from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.sources.classlink import refusals
from rosterkeeper.sources.http import faults
from rosterkeeper.sources.http.retry import Session

_PAGE: Final = 1000
# Far more districts than there are; a server that never ends its list is stopped here.
_MOST_PAGES: Final = 200
# One segment of a path (RFC 3986, section 3.3), its percent-escapes whole.
_SEGMENT: Final = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2}){1,500}")
_DOTS: Final = frozenset({".", ".."})

Row = Mapping[str, object]


class _List(msgspec.Struct):
    applications: list[dict[str, object]]


@dataclass(frozen=True, slots=True)
class District:
    """A district that shares its roster: the segment of its path, and the bearer that opens it."""

    segment: str
    bearer: str = field(repr=False)


class Directory:
    """Finds one tenant in the list at ``proxy``; ``key`` opens a district that has no bearer of its own."""

    def __init__(self, session: Session, proxy: str, tenant_id: str, key: str) -> None:
        self._session = session
        self._proxy = proxy
        self._tenant_id = tenant_id
        self._key = key

    def find(self) -> District:
        """The district; a refusal of its own for each reason why there is none."""
        rows = self._rows()
        if not rows:
            raise refusals.empty_list()
        own = [row for row in rows if _text(row.get("tenant_id")) == self._tenant_id]
        if not own:
            raise refusals.unknown_tenant()
        enabled = [row for row in own if _text(row.get("enabled")).lower() == "true"]
        if not enabled:
            raise refusals.not_enabled()
        active = [row for row in enabled if _text(row.get("tenant_status")).lower() == "active"]
        if not active:
            raise refusals.tenant_inactive()
        found = {self._district(row) for row in active}
        if len(found) > 1:
            raise refusals.two_applications()
        return found.pop()

    def _district(self, row: Row) -> District:
        segment = _text(row.get("oneroster_application_id")) or _text(row.get("oneroster_applications_id"))
        bearer = _text(row.get("bearer")) or self._key
        if not _SEGMENT.fullmatch(segment) or segment in _DOTS or not (bearer.isascii() and bearer.isprintable()):
            raise refusals.no_list()
        return District(segment, bearer)

    def _rows(self) -> list[Row]:
        rows: list[Row] = []
        seen: set[bytes] = set()
        for _ in range(_MOST_PAGES):
            fresh = [row for row in self._page(len(rows)) if msgspec.json.encode(row) not in seen]
            seen.update(map(msgspec.json.encode, fresh))
            if not fresh:
                return rows
            rows += fresh
        raise refusals.no_list()

    def _page(self, offset: int) -> Sequence[Row]:
        query = urlencode({"limit": _PAGE, "offset": offset})
        try:
            answer = self._session.get(f"{self._proxy}/applications?{query}")
        except RosterkeeperError as fault:
            raise refusals.wrong_key() if fault.code == faults.refused_credentials().code else fault from None
        if answer.status == 403:
            raise refusals.wrong_key()
        if not answer.ok:
            raise faults.of_status(answer.status).error
        try:
            return msgspec.json.decode(answer.body, type=_List).applications
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise refusals.no_list() from None


def _text(value: object) -> str:
    """A cell as text; ids and booleans come as either."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() if isinstance(value, str | int) else ""
