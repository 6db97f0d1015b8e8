"""Real HTTP servers on this machine that answer as a test tells them, and a clock that a test holds in its hand."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from urllib.parse import parse_qs, urlsplit

from rosterkeeper.sources.http.allowed import Allowed
from rosterkeeper.sources.http.client import Client, Limits
from rosterkeeper.sources.http.reach import Reach
from rosterkeeper.sources.http.retry import Pace, Patience, Session
from rosterkeeper.sources.http.sockets import Deadline


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: str

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    def number(self, name: str) -> int:
        return int(parse_qs(urlsplit(self.target).query)[name][0])


@dataclass(frozen=True)
class Reply:
    """One answer. ``length`` may lie; ``write`` writes the whole answer by itself; ``hang_up`` answers nothing."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    write: Callable[[BufferedIOBase], None] | None = None
    hang_up: bool = False


def reply(content: object, *, status: int = 200, **headers: str) -> Reply:
    """An answer of JSON; a header's underscores are hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(content).encode(), named)


@dataclass
class Server:
    """A running server and what it was asked so far."""

    url: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def serving(answer: Callable[[Asked], Reply]) -> Iterator[Server]:
    """A server that gives each request to ``answer``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            asked = Asked(self.command, self.path, dict(self.headers), self.rfile.read(length).decode())
            server.asked.append(asked)
            given = answer(asked)
            self.close_connection = given.hang_up or given.write is not None or given.length is not None
            if given.hang_up:
                return
            if given.write is not None:
                given.write(self.wfile)
                return
            self.send_response_only(given.status)
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(given.body) if given.length is None else given.length))
            self.end_headers()
            self.wfile.write(given.body)

        do_POST = do_GET  # noqa: N815 - the standard library's name

    class Listener(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that hangs up is part of many a test."""

    listener = Listener(("127.0.0.1", 0), Handler)
    server = Server(f"http://127.0.0.1:{listener.server_address[1]}")
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def in_turn(replies: Sequence[Reply]) -> Callable[[Asked], Reply]:
    """The replies one after another, the last one again and again."""
    left = list(replies)

    def answer(asked: Asked) -> Reply:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


# The servers of these tests are on this machine, where no source may be unless it is said so.
HERE = Reach(Allowed.of(["127.0.0.1"]))


class HeldClock:
    """A clock that moves only when someone sleeps; ``slept`` keeps each wait."""

    def __init__(self, wall: float = 1_800_000_000.0) -> None:
        self.now = 0.0
        self.start = wall
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def pace(self, chance: float = 1.0) -> Pace:
        """A pace of this clock on which chance always falls the same way."""
        return Pace(lambda: self.now, lambda: self.start + self.now, self.sleep, lambda: chance)


class Signed:
    """An auth that sends a fixed proof and never has a newer one."""

    def __init__(self, proof: str = "proof") -> None:
        self.signed: list[str] = []
        self._headers = {"Authorization": proof}

    def headers(self, url: str) -> Mapping[str, str]:
        self.signed.append(url)
        return self._headers

    def accepted(self) -> None:
        """Nothing to remember."""

    def renew(self, refused: Mapping[str, str]) -> bool:
        return False


@contextmanager
def client_of(url: str, limits: Limits | None = None) -> Iterator[Client]:
    """A client of the server at ``url``."""
    hasty = Limits(connect_seconds=5, idle_seconds=5, exchange_seconds=20)
    client = Client(url, limits or hasty, Deadline(), reach=HERE)
    try:
        yield client
    finally:
        client.close()


@contextmanager
def session_of(
    url: str, clock: HeldClock, patience: Patience | None = None, limits: Limits | None = None
) -> Iterator[Session]:
    """A session with the server at ``url`` on the held clock."""
    with client_of(url, limits) as client:
        yield Session(client, Signed(), patience or Patience(), clock.pace())
