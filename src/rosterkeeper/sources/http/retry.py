"""Tries again what may work later: reading only, at most so often, and never past its time."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from rosterkeeper.sources.http import faults
from rosterkeeper.sources.http.auth import Auth
from rosterkeeper.sources.http.client import Answer, Client
from rosterkeeper.sources.http.faults import TooHeavy, Trouble

# Answers that say something of the collection rather than of the moment; whoever asked decides what.
_TELLING: Final = frozenset({400, 403, 404, 405, 410, 422, 501})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on: tries, the bounds of the first and the longest wait, seconds for a request with its waits."""

    tries: int = 5
    first_wait: float = 1.0
    longest_wait: float = 60.0
    total_seconds: float = 900.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Time and chance, so that a test can hold both in its hand. ``wall`` is seconds since 1970 in UTC."""

    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = field(default=random.random)


class Session:
    """A client that signs, renews its proof once where a 401 says that it has ended, and tries again."""

    def __init__(self, client: Client, auth: Auth, patience: Patience, pace: Pace) -> None:
        self._client = client
        self._auth = auth
        self._patience = patience
        self._pace = pace

    def get(self, url: str, *, shrinkable: bool = False) -> Answer:
        """GET ``url``: a 200, or an answer that tells of the collection (400, 403, 404, 501, …).

        Everything else is SourceFailed or SourceRefused once the tries or the time are used up; with ``shrinkable``,
        an answer too heavy for the server is TooHeavy at once, so that fewer records can be asked for.
        """
        begun = self._pace.clock()
        for attempt in range(1, self._patience.tries + 1):
            try:
                return self._try(url)
            except Trouble as trouble:
                if trouble.heavy and shrinkable:
                    raise TooHeavy(trouble.error) from None
                if not trouble.passing or attempt == self._patience.tries:
                    raise trouble.error from None
                wait = self._wait(attempt, trouble)
                if self._pace.clock() - begun + wait > self._patience.total_seconds:
                    trouble.error.retry_after = wait
                    raise trouble.error from None
            self._pace.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _try(self, url: str) -> Answer:
        answer = self._send(url)
        if answer.ok or answer.status in _TELLING:
            self._auth.accepted()
            return answer
        raise faults.of_status(answer.status, self._told_wait(answer.headers))

    def _send(self, url: str) -> Answer:
        used: list[Mapping[str, str]] = []

        def sign(final: str) -> Mapping[str, str]:
            used.append(self._auth.headers(final))
            return used[-1]

        answer = self._client.get(url, sign)
        if answer.status == faults.UNAUTHORIZED and self._auth.renew(used[-1]):
            answer = self._client.get(url, sign)
        return answer

    def _wait(self, attempt: int, trouble: Trouble) -> float:
        """As long as the server said; else exponential with full jitter, so that clients do not come back as one."""
        if trouble.wait is not None:
            return trouble.wait
        bound = min(self._patience.longest_wait, self._patience.first_wait * 2.0 ** (attempt - 1))
        return self._pace.chance() * bound

    def _told_wait(self, headers: Mapping[str, str]) -> float | None:
        """Retry-After in seconds, from either of its forms (RFC 9110, section 10.2.3)."""
        told = headers.get("Retry-After", "").strip()
        if told.isascii() and told.isdigit() and len(told) < 10:
            return float(told)
        try:
            when = parsedate_to_datetime(told)
        except (ValueError, TypeError):
            return None
        aware = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (aware - datetime.fromtimestamp(self._pace.wall(), UTC)).total_seconds())
