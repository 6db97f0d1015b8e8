"""The lowest layer: httpx2's requests over urllib3's connections, whose sockets are bounded (`sockets.py`)."""

import http.client
import io
import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final
from urllib.request import getproxies, proxy_bypass

import httpx2
from urllib3 import BaseHTTPResponse, HTTPResponse, PoolManager, ProxyManager, connection, connectionpool, make_headers
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, LocationParseError, NewConnectionError
from urllib3.util import parse_url
from urllib3.util.response import assert_header_parsing

from rosterkeeper.sources.http.reach import Reach
from rosterkeeper.sources.http.sockets import Bounds, Deadline, Way, agreeing, bound, trust, unread

# The most to take from a socket at once: a page is megabytes, and every piece goes through several layers.
_READ_BYTES: Final = 512 * 1024
_PORTS: Final = {"http": 80, "https": 443}
# Hosts that one client talks to: the server, where its tokens come from, and what http leads to.
_HOSTS: Final = 4
# Routers and balancers forget a connection without a word, the soonest after a minute.
_KEPT_SECONDS: Final = 30.0
_STRAY_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")

# They warn of headers that they do not understand, and quote them: nothing that a server says belongs into a log.
for _talking in (connection, connectionpool):
    _talking.log.setLevel("ERROR")


class _Lines(io.BufferedReader):
    """What comes over a connection, whose lines are whole: the interpreter takes a cut one for the last."""

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        if not line.endswith(b"\n") and len(line) != size:
            raise http.client.RemoteDisconnected("a line was cut")
        return line


class _Answer(http.client.HTTPResponse):
    """An answer whose headers are whole, after those that only say that one will come."""

    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self.fp = _Lines(self.fp.detach())

    def begin(self) -> None:
        """Read the status and the headers; HeaderParsingError where a part of them would be lost."""
        super().begin()
        # 103 and its like (RFC 9110, section 15.2), of which the interpreter skips 100 alone: taken for the answer,
        # the real one would be taken for the next request's.
        while 100 <= self.status < 200:
            if self.status == http.client.SWITCHING_PROTOCOLS:
                raise http.client.BadStatusLine("101")
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()
        assert_header_parsing(self.msg)
        if self.status in (http.client.NO_CONTENT, http.client.NOT_MODIFIED):
            # They have no body, whatever their headers say (RFC 9112, section 6.3).
            self.chunked = False


class _Kept(HTTPConnection):
    """A connection of ours, kept between requests for a while: what lies idle longer is forgotten on the way."""

    response_class = _Answer
    way: Way
    answered = 0.0

    def _new_conn(self) -> socket.socket:
        try:
            return self.way.connect(self.host, self.port)
        except TimeoutError as fault:
            raise ConnectTimeoutError(self, "no connection in time") from fault
        except OSError as fault:
            # As the library's own: what else it takes for an answer that came before all was sent.
            raise NewConnectionError(self, "no connection") from fault

    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as the library's own
        answer = super().getresponse()
        self.answered = time.monotonic()
        return answer

    @property
    def is_connected(self) -> bool:
        # What came behind an answer is nobody's: read on, it would be the next request's.
        return super().is_connected and not unread(self.sock) and time.monotonic() - self.answered < _KEPT_SECONDS


class _KeptSecret(_Kept, HTTPSConnection):
    def connect(self) -> None:
        self.ssl_context = trust()
        with agreeing(self.way.bounds, self.way.connect_seconds):
            super().connect()
        bound(self.sock, self.way.bounds)

    def _connect_tls_proxy(self, hostname: str, sock: socket.socket) -> ssl.SSLSocket:
        outer = super()._connect_tls_proxy(hostname, sock)
        bound(outer, self.way.bounds)
        return outer


def _pools(the_way: Way) -> dict[str, type[HTTPConnectionPool]]:
    """The library's pools by scheme, whose connections go that way."""

    class Plain(_Kept):
        way = the_way

    class Secret(_KeptSecret):
        way = the_way

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecretPool(HTTPSConnectionPool):
        ConnectionCls = Secret

    return {"http": PlainPool, "https": SecretPool}


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: BaseHTTPResponse) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._answer.read1(_READ_BYTES, decode_content=False):
            yield piece

    def close(self) -> None:
        """Give the connection back; one whose answer was not read to its end is closed."""
        self._answer.close()
        self._answer.release_conn()


class BoundedTransport(httpx2.BaseTransport):
    """Carries httpx2's requests over bounded sockets, through the proxy that the environment names, if any.

    Raises urllib3's own exceptions, whose cause is the socket's.
    """

    def __init__(
        self,
        deadline: Deadline,
        url: httpx2.URL,
        connections: int,
        reach: Reach,
        *,
        idle_seconds: float,
        connect_seconds: float,
    ) -> None:
        proxy = _proxy(url)
        self._reach = reach if proxy else None
        self._seconds = max(idle_seconds, connect_seconds)
        self._pool = _through(proxy, connections) if proxy else PoolManager(_HOSTS, maxsize=connections, block=True)
        way = Way(Bounds(deadline, idle_seconds), connect_seconds, None if proxy else reach)
        self._pool.pool_classes_by_scheme = _pools(way)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """One request over one pooled connection; the answer's body is still to be read."""
        _require_one_meaning(request.url)
        if self._reach is not None:
            self._judge(self._reach, request.url)
        answer = self._pool.urlopen(
            request.method,
            str(request.url),
            body=request.read() or None,
            headers={name.decode("ascii"): value.decode("latin-1") for name, value in request.headers.raw},
            redirect=False,
            retries=False,
            preload_content=False,
            decode_content=False,
            timeout=self._seconds,
            pool_timeout=self._seconds,
        )
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
        return httpx2.Response(answer.status, headers=headers, stream=_Body(answer))

    def close(self) -> None:
        """Close every connection."""
        self._pool.clear()

    def _judge(self, reach: Reach, url: httpx2.URL) -> None:
        """A proxy connects in our stead: what we can resolve is judged here, the rest is for the proxy to judge."""
        with suppress(socket.gaierror):
            reach.addresses(url.raw_host.decode("ascii"), url.port or _PORTS.get(url.scheme, 0))


def plain_address(text: str) -> httpx2.URL:
    """The address in the form in which it is sent, so that what is judged and signed is what is asked for.

    httpx2.InvalidURL where it cannot be read, or is read in two ways.
    """
    try:
        url = httpx2.URL(parse_url(_STRAY_PERCENT.sub("%25", text)).url)
        _require_one_meaning(url)
    except (LocationParseError, httpx2.UnsupportedProtocol):
        raise httpx2.InvalidURL("no address of a web server") from None
    return url


def _require_one_meaning(url: httpx2.URL) -> None:
    """UnsupportedProtocol where the library that sends would take another host out of the address than we judge."""
    read = parse_url(str(url))
    host = (read.host or "").strip("[]").lower()
    ours = url.raw_host.decode("ascii").strip("[]").lower()
    if url.scheme not in _PORTS or not host or "%" in host:
        raise httpx2.UnsupportedProtocol("no address of a web server")
    if (read.scheme, host, read.port or _PORTS[url.scheme]) != (url.scheme, ours, url.port or _PORTS[url.scheme]):
        raise httpx2.UnsupportedProtocol("an address that means two places")


def _proxy(url: httpx2.URL) -> httpx2.URL | None:
    named = getproxies().get(url.scheme)
    # What is left out may be named with its port.
    if not named or proxy_bypass(url.host) or proxy_bypass(f"{url.host}:{url.port or _PORTS[url.scheme]}"):
        return None
    return httpx2.URL(named if "://" in named else f"http://{named}")


def _through(proxy: httpx2.URL, connections: int) -> ProxyManager:
    known = make_headers(proxy_basic_auth=f"{proxy.username}:{proxy.password}") if proxy.username else None
    plain = str(proxy.copy_with(username="", password=""))
    secret = trust() if proxy.scheme == "https" else None
    return ProxyManager(plain, _HOSTS, proxy_headers=known, proxy_ssl_context=secret, maxsize=connections, block=True)
