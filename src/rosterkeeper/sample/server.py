"""A OneRoster REST server over the content of a OneRoster CSV zip: for demos, tests and benchmarks.

It listens on this machine alone. What it holds is made up, so nothing is logged and nothing is kept.
"""

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qsl, urlsplit

import msgspec

from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sample.answers import Answer, Asked, Hook, as_it_is, refusal
from rosterkeeper.sample.desk import BASE_PATHS, TOKEN_PATH, Desk
from rosterkeeper.sample.forms import Former
from rosterkeeper.sample.gate import open_gate
from rosterkeeper.sample.shelf import Library
from rosterkeeper.sample.unpack import unpack

HOST: Final = "127.0.0.1"
SECRET_VARIABLE: Final = "ROSTERKEEPER_SAMPLE_SECRET"  # noqa: S105 - a name
_LONGEST_BODY: Final = 65_536
_BUFFER: Final = 262_144


def sample_secret() -> str:
    """The secret of sample servers: from the environment, else a word that everyone knows."""
    return os.environ.get(SECRET_VARIABLE) or "sample-secret"


def _now() -> datetime:
    return datetime.now(UTC)


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """How a sample server answers. ``version`` is 1.1 or 1.2, '' for the zip's own; ``expires_in`` is in seconds.

    ``auth`` is oauth1, oauth1-sha1, oauth2 or bearer; an empty ``secret`` is the one of `sample_secret`. ``hook``
    may spoil each answer before it is sent; ``clock`` says when records that a reload changed were changed.
    """

    version: str = ""
    auth: str = "oauth2"
    client_id: str = "sample"
    secret: str = ""
    expires_in: int = 3600
    page_cap: int = 50_000
    hook: Hook = as_it_is
    clock: Callable[[], datetime] = _now


class SampleServer:
    """A running server; a context manager. ``url`` is the root of the host, ``base_url`` that of the service."""

    def __init__(self, package: Path, service: Service | None = None, *, port: int = 0) -> None:
        """Bind and load; SourceRefused for a zip that cannot be served, SettingsError for a setting that cannot be."""
        self._service = service or Service()
        content = unpack(package)
        self.version = self._service.version or content.version
        if self.version not in BASE_PATHS:
            raise SettingsError("sample.version", "OneRoster is served as 1.1 or 1.2.", todo="Choose 1.1 or 1.2.")
        secret = self._service.secret or sample_secret()
        gate = open_gate(self._service.auth, self._service.client_id, secret, self._service.expires_in)
        self._desk = Desk(self.version, gate, self._service.page_cap)
        try:
            self._http = _Listener((HOST, port), _Handler)
        except (OSError, OverflowError):
            raise SettingsError(
                "sample.port", f"Port {port} cannot be listened on.", todo="Choose a port that is free, or 0 for any."
            ) from None
        self._http.respond = self._respond
        self.port = int(self._http.server_address[1])
        self.url = f"http://{HOST}:{self.port}"
        self.base_url = self.url + BASE_PATHS[self.version]
        self.token_url = self.url + TOKEN_PATH
        self._library = Library(Former(content, self.version, self.base_url), self._stamp())
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Answer from a thread of its own."""
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def serve(self) -> None:
        """Answer from this thread until it is interrupted."""
        try:
            self._http.serve_forever()
        finally:
            self._http.server_close()

    def stop(self) -> None:
        """Stop answering and free the port."""
        if self._thread is not None:
            self._http.shutdown()
            self._thread.join()
            self._thread = None
        self._http.server_close()

    def reload(self, package: Path) -> None:
        """Go on with another zip: what differs is stamped with the time, what is gone is served as tobedeleted."""
        former = Former(unpack(package), self.version, self.base_url)
        self._library = Library(former, self._stamp(), self._library)

    def _respond(self, asked: Asked) -> Answer:
        try:
            answer = self._desk.answer(asked, self._library)
        except Exception:  # noqa: BLE001 - a client must get an answer, and a thread must not print a traceback
            answer = refusal(self.version, "fault", "The sample server met a fault of its own.")
        return self._service.hook(asked, answer)

    def _stamp(self) -> str:
        return self._service.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    respond: Callable[[Asked], Answer]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"
    server_version = "RosterkeeperSample"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = _BUFFER

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def _handle(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > _LONGEST_BODY:
            self.send_error(413)
            return
        parts = urlsplit(self.path)
        asked = Asked(
            method=self.command,
            url=f"http://{self.headers.get('Host', HOST)}{self.path}",
            target=self.path,
            path=parts.path,
            parameters=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(length)),
        )
        self._send(self.server.respond(asked))

    def _send(self, answer: Answer) -> None:
        if answer.wait:
            time.sleep(answer.wait)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body if answer.cut_after is None else answer.body[: answer.cut_after])
        self.wfile.flush()
        if answer.cut_after is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        """Nothing is logged."""
