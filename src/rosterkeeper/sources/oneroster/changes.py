"""Asking a server for what changed since a time, and believing it only as far as it can be shown to be right.

Servers refuse the filter, ignore it, or answer it with nothing. So the question reaches back further than the mark, and
the answer must hold the record that was the last one to change before it, none from long before, and no more than
there are. Otherwise the collection is pulled whole. What was removed without a word about it no answer shows; whoever
knows the roster compares the totals.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.sources.contract import Mark, Mode
from rosterkeeper.sources.http.paging import NotShared, Proof, Pulled, Request
from rosterkeeper.sources.oneroster import urls
from rosterkeeper.sources.oneroster.landing import RawShelf

# A day, because clocks and time zones are wrong by hours and records become visible late; and one hour more.
OVERLAP: Final = timedelta(hours=25)
# A server may go by whole days, or by its own time of day; one that ignores the question gives years.
_LENIENCE: Final = timedelta(days=1)
REFUSED: Final = "vendor.filter_refused"
IGNORED: Final = "vendor.filter_ignored"
INCOMPLETE: Final = "vendor.changes_incomplete"
# What a server may answer to a filter that it does not understand, beside a plain refusal.
_MISUNDERSTOOD: Final = frozenset(
    {"source.server_error", "source.not_json", "source.not_oneroster", "source.incomplete", "source.timeout"}
)


@dataclass(frozen=True, slots=True)
class Got:
    """One collection as it came, all or what changed: the mark that it leaves, and what was wrong with the changes."""

    pulled: Pulled
    mode: Mode
    mark: Mark
    code: str = ""


class _Unusable(Exception):
    """What the server gave as changes cannot be used; ``whole``: because it was all there is."""

    def __init__(self, code: str, whole: Pulled | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.whole = whole


class Collecting:
    """Pulls one collection at ``endpoint`` onto ``shelf``; ``request`` is for all of it, ``pull`` carries one out."""

    def __init__(self, endpoint: str, request: Request, shelf: RawShelf, pull: Callable[[Request], Pulled]) -> None:
        self._endpoint = endpoint
        self._request = request
        self._shelf = shelf
        self._pull = pull

    def get(self, mark: Mark | None, now: datetime) -> Got:
        """What changed since ``mark``, where there is one and the server can be believed; else all. ``now`` is UTC.

        Raises what a pull of all raises.
        """
        code, pulled = "", None
        if mark is not None:
            try:
                return self._changes(mark, now)
            except _Unusable as fault:
                code, pulled = fault.code, fault.whole
        pulled = pulled or self._pull(self._request)
        latest, undated = self._shelf.dates()
        until = instant(min(latest, now)) if latest and not undated else ""
        total = pulled.rows if pulled.proof is Proof.TOTAL else -1
        if code == INCOMPLETE and mark is not None:
            return Got(pulled, Mode.BULK, Mark(until, total, by_day=mark.by_day, misses=mark.misses + 1), code)
        return Got(pulled, Mode.BULK, Mark(until, total, doubt=code), code)

    def _changes(self, mark: Mark, now: datetime) -> Got:
        bound = datetime.fromisoformat(mark.until) - OVERLAP
        pulled, by_day = self._filtered(bound, by_day=mark.by_day)
        total = self._total()
        if self._shelf.before(instant(bound - _LENIENCE)):
            raise _Unusable(IGNORED, pulled if total == pulled.rows else None)
        latest, _ = self._shelf.dates()
        # The last record that changed before the mark lies in the overlap, and must be among them.
        if latest is None or 0 <= total < pulled.rows:
            raise _Unusable(INCOMPLETE)
        until = max(min(latest, now), datetime.fromisoformat(mark.until))
        return Got(pulled, Mode.DELTA, Mark(instant(until), total, mark.strangers, by_day))

    def _filtered(self, bound: datetime, *, by_day: bool) -> tuple[Pulled, bool]:
        """What changed after ``bound``, and whether the server had to be asked by the day."""
        # Whether a day is over at its beginning or at its end is the server's own idea: the day before is safe.
        day = (bound - timedelta(days=1)).date().isoformat()
        for text in (day,) if by_day else (instant(bound), day):
            try:
                return self._asked(f"dateLastModified>'{text}'"), text == day
            except NotShared:
                continue
            except RosterkeeperError as fault:
                if fault.code in _MISUNDERSTOOD:
                    break
                raise
        raise _Unusable(REFUSED)

    def _asked(self, where: str) -> Pulled:
        def address(offset: int, limit: int) -> str:
            return urls.page_address(self._endpoint, offset, limit, where=where)

        return self._pull(replace(self._request, address=address))

    def _total(self) -> int:
        """How many records the collection has, unfiltered; -1 where the server does not say."""
        answer = self._request.get(urls.page_address(self._endpoint, 0, 1), False)
        said = answer.headers.get("X-Total-Count", "").strip()
        return int(said) if answer.ok and said.isascii() and said.isdigit() and len(said) < 16 else -1


def instant(moment: datetime) -> str:
    """A moment in UTC as RFC 3339, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
