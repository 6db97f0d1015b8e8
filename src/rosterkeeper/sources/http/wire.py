"""The lowest layer: sockets whose every wait is bounded, and which can be told to stop.

A timeout between two bytes alone does not stop a server that sends one byte at a time; so each exchange also has
an end, and each wait is cut into slices after which the end and the stop are looked at.
"""

import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.request import getproxies, proxy_bypass

import httpx2
from urllib3 import BaseHTTPResponse, HTTPResponse, PoolManager, ProxyManager, connection, connectionpool, make_headers
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, LocationParseError, NewConnectionError, ProtocolError
from urllib3.util import parse_url
from urllib3.util.response import assert_header_parsing
from urllib3.util.ssltransport import SSLTransport

from rosterkeeper.sources.http.reach import Reach

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

T = TypeVar("T")

_SLICE_SECONDS: Final = 1.0
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


class Deadline:
    """When waiting ends: for this thread's exchange, and for all threads once ``stop`` is called."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._own = threading.local()
        self._stopped = threading.Event()

    def begin(self, seconds: float) -> None:
        """Allow this thread's next exchange that many seconds in all."""
        self._own.end = self._clock() + seconds

    def stop(self) -> None:
        """End every wait, in every thread, within a second."""
        self._stopped.set()

    def sleep(self, seconds: float) -> None:
        """Sleep, unless stopped."""
        self._stopped.wait(seconds)

    def left(self) -> float:
        """Seconds that this thread's exchange may still take; 0 when it is over."""
        if self._stopped.is_set():
            return 0.0
        end: float = getattr(self._own, "end", float("inf"))
        return max(0.0, end - self._clock())

    @property
    def stopped(self) -> bool:
        """Whether ``stop`` was called."""
        return self._stopped.is_set()


@dataclass(frozen=True, slots=True)
class _Bounds:
    """How long a socket may wait: between two bytes, and for as long as its thread's exchange may take."""

    deadline: Deadline
    idle_seconds: float

    def wait(self, wire: socket.socket, act: Callable[[], T]) -> T:
        """Do what waits, in slices; TimeoutError where nothing came in time."""
        idle = self.idle_seconds
        while True:
            allowed = min(idle, self.deadline.left())
            if allowed <= 0:
                raise TimeoutError
            part = min(allowed, _SLICE_SECONDS)
            wire.settimeout(part)
            try:
                return act()
            except TimeoutError:
                idle -= part
            finally:
                self.once(wire)

    def once(self, wire: socket.socket) -> None:
        """Bound what the socket does next without slices: sending, and agreeing on encryption."""
        wire.settimeout(_shorter(self.idle_seconds, self.deadline.left()))


class _PlainSocket(socket.socket):
    bounds: _Bounds

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        return self.bounds.wait(self, lambda: super(_PlainSocket, self).recv_into(buffer, nbytes, flags))

    def sendall(self, data: "ReadableBuffer", flags: int = 0) -> None:
        self.bounds.once(self)
        super().sendall(data, flags)


class _SecretSocket(ssl.SSLSocket):
    bounds: _Bounds

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        return self.bounds.wait(self, lambda: super(_SecretSocket, self).recv(buflen, flags))

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0) -> int:
        return self.bounds.wait(self, lambda: super(_SecretSocket, self).recv_into(buffer, nbytes, flags))

    def sendall(self, data: "ReadableBuffer", flags: int = 0) -> None:
        self.bounds.once(self)
        super().sendall(data, flags)


def _bound(wire: object, bounds: _Bounds) -> None:
    """Bound an encrypted socket that the library has made, whatever kind of them the system's certificates need.

    What cannot be bounded is not used: ProtocolError.
    """
    # Encryption inside of a proxy's own goes through that one's socket.
    outer = wire.socket if isinstance(wire, SSLTransport) else wire
    if not isinstance(outer, ssl.SSLSocket):
        raise ProtocolError("a connection without bounds")
    if not isinstance(outer, _SecretSocket):
        kind = type(outer)
        outer.__class__ = _SecretSocket if kind is ssl.SSLSocket else type("_Secret", (_SecretSocket, kind), {})
    if isinstance(outer, _SecretSocket):
        outer.bounds = bounds


@dataclass(frozen=True, slots=True)
class _Way:
    """How to connect; ``reach`` judges where to. None where that is the proxy, which the administrator has chosen."""

    bounds: _Bounds
    connect_seconds: float
    reach: Reach | None

    def connect(self, host: str, port: int) -> socket.socket:
        """A connected socket; Trouble where that must not be, OSError where it cannot."""
        refused = OSError("the name has no address")
        # The name is resolved here and nowhere else; encryption and the Host header still go by the name.
        for address in self.reach.addresses(host, port) if self.reach else [host.strip("[]")]:
            seconds = _shorter(self.connect_seconds, self.bounds.deadline.left())
            try:
                made = socket.create_connection((address, port), seconds)
            except OSError as fault:
                refused = fault
                continue
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            wire = _PlainSocket(made.family, made.type, made.proto, made.detach())
            wire.settimeout(seconds)
            wire.bounds = self.bounds
            return wire
        raise refused


class _Answer(http.client.HTTPResponse):
    """An answer whose headers are whole, after those that only say that one will come."""

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
    way: _Way
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
        return super().is_connected and time.monotonic() - self.answered < _KEPT_SECONDS


class _KeptSecret(_Kept, HTTPSConnection):
    def connect(self) -> None:
        self.ssl_context = _trust()
        super().connect()
        _bound(self.sock, self.way.bounds)

    def _connect_tls_proxy(self, hostname: str, sock: socket.socket) -> ssl.SSLSocket:
        outer = super()._connect_tls_proxy(hostname, sock)
        _bound(outer, self.way.bounds)
        return outer


def _pools(the_way: _Way) -> dict[str, type[HTTPConnectionPool]]:
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
        way = _Way(_Bounds(deadline, idle_seconds), connect_seconds, None if proxy else reach)
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


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted, read once: reading them takes longer than a small answer."""
    context: ssl.SSLContext = httpx2.create_ssl_context()
    return context


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


def _shorter(timeout: float, left: float) -> float:
    """The smaller of two waits; never 0, which a socket takes for "do not wait at all"."""
    return max(0.001, min(timeout, left))


def _proxy(url: httpx2.URL) -> httpx2.URL | None:
    named = getproxies().get(url.scheme)
    if not named or proxy_bypass(url.host):
        return None
    return httpx2.URL(named if "://" in named else f"http://{named}")


def _through(proxy: httpx2.URL, connections: int) -> ProxyManager:
    known = make_headers(proxy_basic_auth=f"{proxy.username}:{proxy.password}") if proxy.username else None
    plain = str(proxy.copy_with(username="", password=""))
    secret = _trust() if proxy.scheme == "https" else None
    return ProxyManager(plain, _HOSTS, proxy_headers=known, proxy_ssl_context=secret, maxsize=connections, block=True)
