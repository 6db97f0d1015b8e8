"""The sockets: every wait of theirs is bounded, and can be told to stop.

A timeout between two bytes alone does not stop a server that sends one byte at a time; so each exchange also has
an end, and each wait is cut into slices after which the end and the stop are looked at.
"""

import errno
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

import httpx2
from urllib3.exceptions import ProtocolError
from urllib3.util.ssltransport import SSLTransport

from rosterkeeper.sources.http.reach import Reach

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

T = TypeVar("T")

_SLICE_SECONDS: Final = 1.0
# What a connection that is still being made says.
_UNDER_WAY: Final = (0, errno.EINPROGRESS, errno.EWOULDBLOCK)


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
        """End every wait, in every thread, within a second; only the system's look-up of a name goes on."""
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
class Bounds:
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
        """Bound what the socket does next without slices: sending."""
        wire.settimeout(shorter(self.idle_seconds, self.deadline.left()))


class PlainSocket(socket.socket):
    """A socket as it is."""

    bounds: Bounds

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        return self.bounds.wait(self, lambda: super(PlainSocket, self).recv_into(buffer, nbytes, flags))

    def sendall(self, data: "ReadableBuffer", flags: int = 0) -> None:
        self.bounds.once(self)
        super().sendall(data, flags)


class SecretSocket(ssl.SSLSocket):
    """An encrypted socket; while it is made, its bounds are those of ``agreeing``."""

    bounds: Bounds

    def do_handshake(self, block: bool = False) -> None:
        """Agree on encryption, which goes on after each slice where it was."""
        bounds: Bounds = _MAKING.bounds
        bounds.wait(self, lambda: super(SecretSocket, self).do_handshake(block))

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        return self.bounds.wait(self, lambda: super(SecretSocket, self).recv(buflen, flags))

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0) -> int:
        return self.bounds.wait(self, lambda: super(SecretSocket, self).recv_into(buffer, nbytes, flags))

    def sendall(self, data: "ReadableBuffer", flags: int = 0) -> None:
        self.bounds.once(self)
        super().sendall(data, flags)


# The library makes the socket and agrees at once: there is no moment in which to say it to the socket itself.
_MAKING: Final = threading.local()


@contextmanager
def agreeing(bounds: Bounds, seconds: float) -> Iterator[None]:
    """Bound how this thread agrees on encryption within the block: so many seconds between two bytes."""
    _MAKING.bounds = replace(bounds, idle_seconds=seconds)
    try:
        yield
    finally:
        del _MAKING.bounds


def unread(wire: object) -> int:
    """Bytes that have come over an encrypted connection and nobody has asked for: no wait for the socket sees them."""
    if isinstance(wire, SSLTransport):
        return wire.incoming.pending or wire.sslobj.pending() or unread(wire.socket)
    return wire.pending() if isinstance(wire, ssl.SSLSocket) else 0


def bound(wire: object, bounds: Bounds) -> None:
    """Bound an encrypted socket that the library has made, whatever kind of them the system's certificates need.

    What cannot be bounded is not used: ProtocolError.
    """
    # Encryption inside of a proxy's own goes through that one's socket.
    outer = wire.socket if isinstance(wire, SSLTransport) else wire
    if not isinstance(outer, ssl.SSLSocket):
        raise ProtocolError("a connection without bounds")
    if not isinstance(outer, SecretSocket):
        kind = type(outer)
        outer.__class__ = SecretSocket if kind is ssl.SSLSocket else type("_Secret", (SecretSocket, kind), {})
    if isinstance(outer, SecretSocket):
        outer.bounds = bounds


@dataclass(frozen=True, slots=True)
class Way:
    """How to connect; ``reach`` judges where to. None where that is the proxy, which the administrator has chosen."""

    bounds: Bounds
    connect_seconds: float
    reach: Reach | None

    def connect(self, host: str, port: int) -> socket.socket:
        """A connected socket; Trouble where that must not be, OSError where it cannot."""
        refused = OSError("the name has no address")
        # The name is resolved here and nowhere else; encryption and the Host header still go by the name.
        for address in self.reach.addresses(host, port) if self.reach else [host.strip("[]")]:
            for family, kind, protocol, _, place in socket.getaddrinfo(address, port, type=socket.SOCK_STREAM):
                wire = PlainSocket(family, kind, protocol)
                wire.bounds = self.bounds
                try:
                    self._join(wire, place)
                except OSError as fault:
                    wire.close()
                    refused = fault
                    continue
                wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return wire
        raise refused

    def _join(self, wire: PlainSocket, place: tuple[object, ...]) -> None:
        wire.setblocking(False)
        if (said := wire.connect_ex(place)) not in _UNDER_WAY:
            raise OSError(said, "no connection")
        with selectors.DefaultSelector() as selector:
            selector.register(wire, selectors.EVENT_WRITE)
            left = self.connect_seconds
            while not selector.select(min(_SLICE_SECONDS, left, self.bounds.deadline.left())):
                left -= _SLICE_SECONDS
                if min(left, self.bounds.deadline.left()) <= 0:
                    raise TimeoutError
        if fault := wire.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(fault, "no connection")
        self.bounds.once(wire)


def trust() -> ssl.SSLContext:
    """The certificates that are trusted, read once: reading them takes longer than a small answer."""
    shared = _trusted()
    if type(shared) is ssl.SSLContext:
        return shared
    # Where the system itself judges, its context lets one connection agree at a time: another's wait is not ours.
    if not hasattr(_OWN, "context"):
        _OWN.context = httpx2.create_ssl_context()
    own: ssl.SSLContext = _OWN.context
    return own


_OWN: Final = threading.local()


@cache
def _trusted() -> ssl.SSLContext:
    context: ssl.SSLContext = httpx2.create_ssl_context()
    context.sslsocket_class = SecretSocket
    return context


def shorter(timeout: float, left: float) -> float:
    """The smaller of two waits; never 0, which a socket takes for "do not wait at all"."""
    return max(0.001, min(timeout, left))
