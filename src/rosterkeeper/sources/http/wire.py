"""The lowest layer: sockets whose every wait is bounded, and which can be told to stop.

A timeout between two bytes alone does not stop a server that sends one byte at a time; so each exchange also has
an end, and each wait is cut into slices after which the end and the stop are looked at.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from typing import Final
from urllib.request import getproxies, proxy_bypass

import httpcore2
import httpx2

from rosterkeeper.sources.http.reach import Reach

_SLICE_SECONDS: Final = 1.0
# The least to ask a socket for: a page is megabytes, and every read goes through several layers.
_READ_BYTES: Final = 512 * 1024
_PORTS: Final = {"http": 80, "https": 443}


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


class _BoundedStream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        idle = timeout if timeout is not None else float("inf")
        while True:
            allowed = min(idle, self._deadline.left())
            if allowed <= 0:
                raise httpcore2.ReadTimeout
            part = min(allowed, _SLICE_SECONDS)
            try:
                return self._inner.read(max(max_bytes, _READ_BYTES), part)
            except httpcore2.ReadTimeout:
                idle -= part

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _shorter(timeout, self._deadline.left()))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        seconds = _shorter(timeout, self._deadline.left())
        return _BoundedStream(self._inner.start_tls(ssl_context, server_hostname, seconds), self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class _BoundedBackend(httpcore2.NetworkBackend):
    """``reach`` judges where to connect; None where that is the proxy, which the administrator has chosen."""

    def __init__(self, deadline: Deadline, reach: Reach | None) -> None:
        self._inner = httpcore2.SyncBackend()
        self._deadline = deadline
        self._reach = reach

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        refused: httpcore2.NetworkError | httpcore2.TimeoutException = httpcore2.ConnectError()
        # The name is resolved here and nowhere else; encryption and the Host header still go by the name.
        for address in self._reach.addresses(host, port) if self._reach else [host]:
            seconds = _shorter(timeout, self._deadline.left())
            try:
                stream = self._inner.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore2.NetworkError, httpcore2.TimeoutException) as fault:
                refused = fault
                continue
            return _BoundedStream(stream, self._deadline)
        raise refused


class _Body(httpx2.SyncByteStream):
    def __init__(self, parts: Iterable[bytes], close: Callable[[], None]) -> None:
        self._parts = parts
        self._close = close

    def __iter__(self) -> Iterator[bytes]:
        yield from self._parts

    def close(self) -> None:
        self._close()


class BoundedTransport(httpx2.BaseTransport):
    """Carries httpx2's requests over bounded sockets, through the proxy that the environment names, if any.

    Raises httpcore2's own exceptions, whose cause is the socket's.
    """

    def __init__(self, deadline: Deadline, url: httpx2.URL, connections: int, reach: Reach) -> None:
        proxy = _proxy(url)
        self._reach = reach if proxy else None
        self._pool = httpcore2.ConnectionPool(
            # An http address that leads to https has its own made then, of the same certificates.
            ssl_context=_trust() if url.scheme == "https" else None,
            proxy=proxy,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=30.0,
            network_backend=_BoundedBackend(deadline, None if proxy else reach),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """One request over one pooled connection; the answer's body is still to be read."""
        if not isinstance(request.stream, httpx2.SyncByteStream):
            raise httpx2.UnsupportedProtocol("only synchronous bodies are sent")
        if self._reach is not None:
            self._judge(self._reach, request.url)
        url = httpcore2.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = self._pool.handle_request(
            httpcore2.Request(
                request.method,
                url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        if not isinstance(answer.stream, Iterable):
            raise httpx2.UnsupportedProtocol("only synchronous bodies are read")
        return httpx2.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer.stream, answer.close),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def _judge(self, reach: Reach, url: httpx2.URL) -> None:
        """A proxy connects in our stead: what we can resolve is judged here, the rest is for the proxy to judge."""
        with suppress(socket.gaierror):
            reach.addresses(url.host, url.port or _PORTS.get(url.scheme, 0))


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted, read once: reading them takes longer than a small answer."""
    return httpx2.create_ssl_context()


def _shorter(timeout: float | None, left: float) -> float:
    """The smaller of two waits; never 0, which a socket takes for "do not wait at all"."""
    return max(0.001, left if timeout is None else min(timeout, left))


def _proxy(url: httpx2.URL) -> httpcore2.Proxy | None:
    named = getproxies().get(url.scheme)
    if not named or proxy_bypass(url.host):
        return None
    proxy = httpx2.URL(named if "://" in named else f"http://{named}")
    plain = proxy.copy_with(username="", password="")
    return httpcore2.Proxy(str(plain), auth=(proxy.username, proxy.password) if proxy.username else None)
