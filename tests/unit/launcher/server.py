"""A small server of the console's protocol for the launcher's tests, which verifies signatures on its own."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from rosterkeeper.launcher.keys import SecurityKey, new_key

FIELDS = ("key", "server", "school", "login", "cover", "view", "managed", "time", "nonce")


@dataclass
class ConsoleServer:
    """What it answers, and what it was asked."""

    key: SecurityKey = field(default_factory=new_key)
    protocols: list[int] = field(default_factory=lambda: [1])
    ahead: timedelta = timedelta()
    other_host: str = ""
    page_instead: bool = False
    base: str = ""
    asked: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    managed: list[str] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)

    def launched(self, body: dict[str, str]) -> tuple[int, dict[str, str]]:
        """The answer to a launch."""
        text = "\n".join(["rosterkeeper-launch", "1", *(body[name] for name in FIELDS)])
        expected = hmac.new(self.key.secret, text.encode(), hashlib.sha256).hexdigest()
        if body["signature"] != expected or body["key"] != self.key.id:
            return 403, _told("console.signature", "The security key is not this school's.", "Copy it anew.")
        if abs(datetime.fromisoformat(body["time"]) - datetime.now(UTC) - self.ahead) > timedelta(minutes=5):
            return 403, _told("console.clock", "The clock is wrong.", "Set it right.")
        if body["nonce"] in self.nonces:
            return 403, _told("console.replayed", "This launch was used before.", "Start the console again.")
        self.nonces.add(body["nonce"])
        self.logins.append(body["login"])
        self.managed.append(body["managed"])
        return 200, {"address": f"{self.other_host or self.base}/console/enter/once"}


def _told(code: str, what: str, todo: str) -> dict[str, str]:
    return {"code": code, "what": what, "todo": todo}


@contextmanager
def running(server: ConsoleServer) -> Iterator[ConsoleServer]:
    """The server on a port of its own until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            self._answer(200, {"product": "rosterkeeper", "version": "9.9", "protocols": server.protocols})

        def do_POST(self) -> None:
            server.asked.append(self.path)
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(*server.launched(body))

        def _answer(self, status: int, body: object) -> None:
            data = b"<h1>Welcome</h1>" if server.page_instead else json.dumps(body).encode()
            self.send_response_only(status)
            self.send_header("Date", format_datetime(datetime.now(UTC) + server.ahead, usegmt=True))
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Nothing: the tests look at `asked`."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.base = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()
