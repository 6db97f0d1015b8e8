"""One exchange with a server: bounded in time and bytes, unpacked while it streams, never led to another host."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx2
from urllib3.exceptions import HTTPError

from rosterkeeper.sources.http import faults
from rosterkeeper.sources.http.charset import as_utf8
from rosterkeeper.sources.http.faults import Trouble
from rosterkeeper.sources.http.reach import Reach
from rosterkeeper.sources.http.sockets import Deadline
from rosterkeeper.sources.http.wire import BoundedTransport, plain_address

MEGABYTE: Final = 1024 * 1024
_MOST_HOPS: Final = 3
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# A server has no need to tell us more than this where the answer is not the data.
_SMALL_BODY: Final = MEGABYTE
_AGENT: Final = "rosterkeeper"

Sign = Callable[[str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one exchange may take: seconds to connect, between two bytes and in all; bytes of body after unpacking."""

    connect_seconds: float = 20.0
    idle_seconds: float = 60.0
    exchange_seconds: float = 300.0
    body_bytes: int = 256 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from ``url``: the status, the headers (any case), the unpacked body in UTF-8."""

    url: str
    status: int
    headers: httpx2.Headers
    body: bytearray = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status is 200."""
        return self.status == 200


class Client:
    """Talks to the server at ``url`` over at most ``connections`` connections; usable from as many threads.

    ``reach`` judges every address that is connected to; without one, only the public internet can be reached.
    SourceRefused ``source.unreachable`` where ``url`` names no host, such as 0177.0.0.1.
    """

    def __init__(
        self, url: str, limits: Limits, deadline: Deadline, *, connections: int = 4, reach: Reach | None = None
    ) -> None:
        try:
            origin = _parsed(url)
        except Trouble as trouble:
            raise trouble.error from None
        self._limits = limits
        self._deadline = deadline
        try:
            transport = BoundedTransport(
                deadline,
                origin,
                connections,
                reach or Reach(),
                idle_seconds=limits.idle_seconds,
                connect_seconds=limits.connect_seconds,
            )
        except (HTTPError, httpx2.InvalidURL, UnicodeError):
            raise faults.no_proxy() from None
        self._http = httpx2.Client(
            transport=transport,
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": _AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"},
        )

    def get(self, url: str, sign: Sign) -> Answer:
        """GET ``url`` with the headers that ``sign`` makes for exactly that address; raises Trouble.

        A redirect within the host is followed and signed anew; one that leads elsewhere, or from https to http, is
        Trouble, because the credentials would go with it.
        """
        here = _parsed(url)
        for _ in range(_MOST_HOPS + 1):
            answer = self._exchange("GET", here, sign(str(here)))
            if answer.status not in _REDIRECTS:
                return answer
            here = _next(here, answer.headers.get("Location", ""))
        raise faults.moved()

    def post_form(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """POST a form once, for a token; raises Trouble. No redirect is followed."""
        return self._exchange("POST", _parsed(url), headers, form)

    def post_json(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """POST a body once, to tell something; raises Trouble. No redirect is followed."""
        return self._exchange("POST", _parsed(url), headers, body)

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def _exchange(
        self, method: str, url: httpx2.URL, headers: Mapping[str, str], sent: Mapping[str, str] | bytes | None = None
    ) -> Answer:
        self._deadline.begin(self._limits.exchange_seconds)
        try:
            form, body = (None, sent) if isinstance(sent, bytes) else (sent, None)
            with self._http.stream(method, url, headers=dict(headers), data=form, content=body) as response:
                most = self._limits.body_bytes if response.status_code == 200 else _SMALL_BODY
                read = as_utf8(self._read(response, most), response.headers.get("Content-Type", ""))
                return Answer(str(url), response.status_code, response.headers, read)
        except (
            httpx2.HTTPError,
            httpx2.InvalidURL,
            httpx2.StreamError,
            HTTPError,
            OSError,
            UnicodeError,
        ) as fault:
            raise faults.of_exception(fault) from None

    def _read(self, response: httpx2.Response, most: int) -> bytearray:
        """The body, unpacked piece by piece, so that a bomb is stopped at the limit and not after it."""
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > most:
                # The error's traceback keeps this frame, and so would keep the bomb.
                body.clear()
                if response.status_code == 200:
                    raise faults.too_large()
                return body
            if self._deadline.left() <= 0:
                raise faults.timed_out()
        return body


def _parsed(url: str) -> httpx2.URL:
    try:
        return plain_address(url)
    except (httpx2.InvalidURL, UnicodeError) as fault:
        raise faults.of_exception(fault) from None


def _next(here: httpx2.URL, location: str) -> httpx2.URL:
    """Where a redirect leads, if it stays with the host and does not give up encryption."""
    try:
        there = plain_address(str(here.join(location)))
    except (httpx2.InvalidURL, UnicodeError):
        raise faults.moved() from None
    same_origin = (there.scheme, there.host, there.port) == (here.scheme, here.host, here.port)
    upgraded = (here.scheme, there.scheme) == ("http", "https") and there.host == here.host and there.port is None
    if not location or not (same_origin or upgraded):
        raise faults.moved()
    return there
