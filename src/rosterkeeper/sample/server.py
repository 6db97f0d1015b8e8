"""A OneRoster REST server over the content of a OneRoster CSV zip: for demos, tests and benchmarks.

It listens on this machine alone. What it holds is made up, so nothing is logged and nothing is kept.
"""

import os
import socket
import struct
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
from rosterkeeper.oneroster.fields import V1P1
from rosterkeeper.sample.answers import Answer, Asked, Hook, as_it_is, refusal
from rosterkeeper.sample.classlink import TENANT_ID, Proxy
from rosterkeeper.sample.desk import BASE_PATHS, TOKEN_PATH, Desk
from rosterkeeper.sample.faults.plan import Plan
from rosterkeeper.sample.forms import Former
from rosterkeeper.sample.gate import CLASSLINK, open_gate
from rosterkeeper.sample.shelf import Library
from rosterkeeper.sample.unpack import unpack

HOST: Final = "127.0.0.1"
SECRET_VARIABLE: Final = "ROSTERKEEPER_SAMPLE_SECRET"  # noqa: S105 - a name
_LONGEST_BODY: Final = 65_536
_BUFFER: Final = 262_144
_POLL_SECONDS: Final = 0.05


def sample_secret() -> str:
    """The secret of sample servers: from the environment, else a word that everyone knows."""
    return os.environ.get(SECRET_VARIABLE) or "sample-secret"


def _now() -> datetime:
    return datetime.now(UTC)


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """What most sample servers leave alone.

    An empty ``secret`` is the one of `sample_secret`; ``expires_in`` is a token's life in seconds; ``page_cap`` bounds
    a page. Without ``keep_removed`` what a reload takes away is gone, as many servers have it, and not tobedeleted.
    ``hook`` may spoil each answer before it is sent, ``faults`` are what the server plays on purpose; ``clock`` says
    when a reload changed what it changed.
    """

    client_id: str = "sample"
    secret: str = ""
    expires_in: int = 3600
    page_cap: int = 50_000
    keep_removed: bool = True
    hook: Hook = as_it_is
    faults: Plan = Plan()
    clock: Callable[[], datetime] = _now


class SampleServer:
    """A OneRoster server over a CSV zip; a context manager that answers from a thread of its own.

    ``url`` is the root of the host, ``base_url`` that of the service, ``token_url`` where OAuth 2 tokens are given,
    ``tenant_id`` the tenant that ClassLink's stand-in has a roster for ('' with any other auth).
    """

    def __init__(
        self,
        package: Path,
        *,
        port: int = 0,
        version: str = "",
        auth: str = "oauth2",
        service: Service | None = None,
    ) -> None:
        """Bind to 127.0.0.1 (port 0: any free one) and load.

        ``version`` is 1.1 or 1.2, '' for the zip's own; ``auth`` is oauth1, oauth1-sha1, oauth2 or bearer, or classlink
        for its stand-in, which serves 1.1. Raises SourceRefused for a zip that cannot be served and SettingsError for
        a setting that cannot be met.
        """
        self._service = service or Service()
        content = unpack(package)
        self.tenant_id = str(TENANT_ID) if auth == CLASSLINK else ""
        self.version = version or (V1P1 if auth == CLASSLINK else content.version)
        if self.version not in BASE_PATHS:
            raise SettingsError("sample.version", "OneRoster is served as 1.1 or 1.2.", todo="Choose 1.1 or 1.2.")
        self._desk = self._open_desk(auth)
        self._http = _listen(port)
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
        self._thread = threading.Thread(target=self._http.serve_forever, args=(_POLL_SECONDS,), daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Return when the server has stopped, or with the KeyboardInterrupt that ends it."""
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(_POLL_SECONDS)

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
        self._library = Library(former, self._stamp(), self._library, keep_removed=self._service.keep_removed)

    def _open_desk(self, auth: str) -> "Desk | Proxy":
        said = self._service
        secret = said.secret or sample_secret()
        if auth == CLASSLINK:
            return Proxy(self.version, said.client_id, secret, said.page_cap)
        return Desk(self.version, open_gate(auth, said.client_id, secret, said.expires_in), said.page_cap)

    def _respond(self, asked: Asked) -> Answer:
        try:
            answer = self._service.faults.answer(asked, self._plainly)
        except Exception:  # noqa: BLE001 - a client must get an answer, and a thread must not print a traceback
            answer = refusal(self.version, "fault", "The sample server met a fault of its own.")
        return self._service.hook(asked, answer)

    def _plainly(self, asked: Asked) -> Answer:
        """The answer of a server that never lies."""
        return self._desk.answer(asked, self._library)

    def _stamp(self) -> str:
        return self._service.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _listen(port: int) -> "_Listener":
    try:
        return _Listener((HOST, port), _Handler)
    except (OSError, OverflowError):
        raise SettingsError(
            "sample.port", f"Port {port} cannot be listened on.", todo="Choose a port that is free, or 0 for any."
        ) from None


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
        self._send_body(answer)
        if answer.cut_after is not None:
            self.close_connection = True
        if answer.reset:
            # Closing with nothing to linger for sends RST instead of FIN.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def _send_body(self, answer: Answer) -> None:
        body = answer.body if answer.cut_after is None else answer.body[: answer.cut_after]
        if not answer.drip:
            self.wfile.write(body)
        for place in range(len(body) if answer.drip else 0):
            self.wfile.write(body[place : place + 1])
            self.wfile.flush()
            time.sleep(answer.drip)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        """Nothing is logged."""
