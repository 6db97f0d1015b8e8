"""What the sockets and the library between them may not do: take a cut answer for a whole one, or wait for ever."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from rosterkeeper.oneroster.errors import SourceRefused
from rosterkeeper.sources.http import sockets
from rosterkeeper.sources.http.allowed import Allowed
from rosterkeeper.sources.http.client import Client, Limits
from rosterkeeper.sources.http.faults import Trouble
from rosterkeeper.sources.http.reach import Reach
from rosterkeeper.sources.http.sockets import Deadline

HERE = Reach(Allowed.of(["127.0.0.1", "localhost"]))
ORGS = b'{"orgs":[]}'


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The certificate is trusted by this process, which reads once what it trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    sockets._trusted.cache_clear()
    yield
    sockets._trusted.cache_clear()


@contextmanager
def answering(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A listener that gives each connection to ``talk``, in a thread of its own: its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

        def one(caller: socket.socket) -> None:
            with caller, suppress(OSError):
                talk(caller)

        threading.Thread(target=accept, daemon=True).start()
        yield int(listener.getsockname()[1])


@contextmanager
def asking(url: str, deadline: Deadline | None = None, *, connect_seconds: float = 20) -> Iterator[Client]:
    """A client of this machine's servers."""
    client = Client(url, Limits(connect_seconds=connect_seconds), deadline or Deadline(), reach=HERE)
    try:
        yield client
    finally:
        client.close()


def _asked(caller: socket.socket) -> bytes:
    """The path of the next request; ConnectionError where there is none."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += (piece := caller.recv(65_536))
        if not piece:
            raise ConnectionError
    return head.split()[1]


def _whole(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


@pytest.mark.parametrize(
    "cut",
    [
        b"HTTP/1.1 200 OK\r\nX-Total-Count: 12",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /users?limit=100&offset=5",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n00",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n",
        b"HTTP/1.1 200 O",
        b"",
    ],
)
def test_an_answer_cut_within_a_line_is_a_connection_that_broke_off(cut: bytes) -> None:
    asked = []

    def talk(caller: socket.socket) -> None:
        asked.append(_asked(caller))
        caller.sendall(cut)

    with answering(talk) as port, asking(f"http://127.0.0.1:{port}") as client, pytest.raises(Trouble) as caught:
        client.get(f"http://127.0.0.1:{port}/users?limit=100&offset=500", lambda _: {})
    assert (caught.value.error.code, caught.value.passing) == ("source.unreachable", True)
    # What was cut off an address is not asked for.
    assert set(asked) == {b"/users?limit=100&offset=500"}


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_what_a_server_sends_behind_an_answer_is_not_the_next_requests(
    is_encrypted: bool, certificate: Path, trusted: None
) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)

    def talk(caller: socket.socket) -> None:
        with server.wrap_socket(caller, server_side=True) if is_encrypted else caller as wire:
            while path := _asked(wire):
                # The surplus comes in one record with the answer, beyond what is read of it at once.
                surplus = _whole(b"stranger") if path == b"/one" else b""
                wire.sendall(_whole(path + b" " * 9000) + surplus)

    url = f"{'https' if is_encrypted else 'http'}://localhost"
    with answering(talk) as port, asking(f"{url}:{port}") as client:
        for path in ("/one", "/two", "/three"):
            assert bytes(client.get(f"{url}:{port}{path}", lambda _: {}).body).split() == [path.encode()]


def test_a_stop_ends_the_wait_for_encryption(certificate: Path) -> None:
    with answering(lambda caller: time.sleep(20)) as port:
        _stopped(f"https://127.0.0.1:{port}")


def test_a_stop_ends_the_wait_for_a_connection() -> None:
    # A listener that takes nobody in: what is not accepted fills its queue, and whoever comes then waits.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        _stopped(f"http://127.0.0.1:{listener.getsockname()[1]}")
        for each in waiting:
            each.close()


def _stopped(url: str) -> None:
    deadline = Deadline()
    threading.Timer(0.3, deadline.stop).start()
    began = time.monotonic()
    with asking(url, deadline, connect_seconds=15) as client, pytest.raises(Trouble) as caught:
        client.get(url, lambda _: {})
    assert caught.value.error.code == "source.timeout"
    # A second by its word; the rest is for a machine that is busy.
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "proxy", ["http://u:secret/pw@px:1", "http://u:sec#ret@px:1", "http://u:p%E2%82%AC@px:1", "ftp://px:1"]
)
def test_a_proxy_that_cannot_be_meant_is_told_without_its_password(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(SourceRefused) as refused:
        Client("https://sis.example.org", Limits(), Deadline())
    assert "HTTPS_PROXY" in refused.value.todo
    assert "sec" not in f"{refused.value} {refused.value.todo}"


@pytest.mark.parametrize("spared", ["127.0.0.1", "127.0.0.1:{port}"])
def test_a_host_that_the_proxy_is_not_for_may_be_named_with_its_port(
    spared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def talk(caller: socket.socket) -> None:
        _asked(caller)
        caller.sendall(_whole(ORGS))

    with answering(talk) as port:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        monkeypatch.setenv("no_proxy", spared.format(port=port))
        with asking(f"http://127.0.0.1:{port}") as client:
            assert client.get(f"http://127.0.0.1:{port}/orgs", lambda _: {}).ok
        monkeypatch.setenv("no_proxy", "127.0.0.1:2")
        with asking(f"http://127.0.0.1:{port}") as client, pytest.raises(Trouble):
            client.get(f"http://127.0.0.1:{port}/orgs", lambda _: {})
