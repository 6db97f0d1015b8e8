"""Encrypted connections, straight and through a proxy: trusted by their certificate, bounded as plain ones are."""

import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# Asks twice over one client, and says what came: a process reads the certificates that it trusts once.
ASK = """
import sys
from rosterkeeper.sources.http.allowed import Allowed
from rosterkeeper.sources.http.client import Client, Limits
from rosterkeeper.sources.http.faults import Trouble
from rosterkeeper.sources.http.reach import Reach
from rosterkeeper.sources.http.sockets import Deadline
client = Client(sys.argv[1], Limits(idle_seconds=5, exchange_seconds=1), Deadline(),
                reach=Reach(Allowed.of(["localhost", "127.0.0.1"])))
try:
    answers = [client.get(sys.argv[1], lambda _: {}) for _ in range(2)]
    print(*(len(each.body) for each in answers))
except Trouble as trouble:
    print(trouble.error.code)
"""
BODY = b'{"orgs":[]}' + b" " * 3_000_000


class Server(ThreadingHTTPServer):
    """A server that goes on without a word where a client goes away."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        pass


def _encrypt(server: Server, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)


def _pour(source: socket.socket, target: socket.socket) -> None:
    """All that comes from one goes to the other, until either has gone."""
    with suppress(OSError):
        while given := source.recv(65_536):
            target.sendall(given)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextmanager
def encrypted(certificate: Path, *, drip: bool = False) -> Iterator[tuple[int, list[int]]]:
    """A server that answers with BODY, or a byte at a time: its port, and the ports of those who connected."""
    callers: list[int] = []
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            callers.append(self.client_address[1])
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            if not drip:
                self.wfile.write(BODY)
                return
            while not ended.wait(0.05):
                self.wfile.write(b" ")

        def log_message(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    _encrypt(server, certificate)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_port, callers
    finally:
        ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def tunnelling(certificate: Path | None = None) -> Iterator[tuple[int, list[str]]]:
    """A proxy that joins whoever asks by CONNECT, encrypted where given a certificate: its port, what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            asked.append(self.path)
            host, port = self.path.rsplit(":", 1)
            with socket.create_connection((host, int(port))) as there:
                self.send_response(200)
                self.end_headers()
                self._join(there)

        def _join(self, there: socket.socket) -> None:
            back = threading.Thread(target=_pour, args=(there, self.connection), daemon=True)
            back.start()
            _pour(self.connection, there)
            back.join()

        def log_message(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if certificate:
        _encrypt(server, certificate)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def said(url: str, trusted: Path | None, **more: str) -> str:
    """What the asking process says."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment = kept | more | ({"SSL_CERT_FILE": str(trusted)} if trusted else {})
    made = subprocess.run(
        [sys.executable, "-c", ASK, url], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    return made.stdout.strip()


def test_a_trusted_server_is_read_twice_over_one_connection(certificate: Path) -> None:
    with encrypted(certificate) as (port, callers):
        assert said(f"https://localhost:{port}/", certificate) == f"{len(BODY)} {len(BODY)}"
    assert len(callers) == 2
    assert len(set(callers)) == 1


def test_a_certificate_that_nobody_knows_or_of_another_name_is_refused(certificate: Path) -> None:
    with encrypted(certificate) as (port, callers):
        assert said(f"https://localhost:{port}/", None) == "source.tls"
        assert said(f"https://127.0.0.1:{port}/", certificate) == "source.tls"
    assert callers == []


def test_an_encrypted_answer_of_a_byte_at_a_time_is_stopped(certificate: Path) -> None:
    with encrypted(certificate, drip=True) as (port, _):
        assert said(f"https://localhost:{port}/", certificate) == "source.timeout"


def test_a_proxy_joins_us_to_the_server_and_the_server_s_certificate_is_what_counts(certificate: Path) -> None:
    with encrypted(certificate) as (port, _), tunnelling() as (proxy, asked):
        url, way = f"https://localhost:{port}/", f"http://127.0.0.1:{proxy}"
        assert said(url, certificate, https_proxy=way) == f"{len(BODY)} {len(BODY)}"
        assert said(url, None, https_proxy=way) == "source.tls"
    assert asked == [f"localhost:{port}"] * 2


def test_an_encrypted_proxy_is_bounded_as_all_else_is(certificate: Path) -> None:
    with encrypted(certificate) as (port, _), tunnelling(certificate) as (proxy, asked):
        url, way = f"https://localhost:{port}/", f"https://localhost:{proxy}"
        assert said(url, certificate, https_proxy=way) == f"{len(BODY)} {len(BODY)}"
    assert asked == [f"localhost:{port}"]
    with encrypted(certificate) as (port, _), tunnelling(certificate) as (proxy, asked):
        # The proxy's certificate is no passing fault: the same again would be refused again.
        assert said(f"https://localhost:{port}/", certificate, https_proxy=f"https://127.0.0.1:{proxy}") == "source.tls"
        assert asked == []
    with encrypted(certificate, drip=True) as (port, _), tunnelling(certificate) as (proxy, _):
        url, way = f"https://localhost:{port}/", f"https://localhost:{proxy}"
        assert said(url, certificate, https_proxy=way) == "source.timeout"
