"""A mail server for tests: takes every message over SMTP on this machine and keeps it."""

import email
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from email.policy import default


class Mailbox:
    """What was delivered; while ``refuses`` is set, every recipient is refused."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.recipients: list[str] = []
        self.refuses = False
        self.port = 0


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    mailbox: Mailbox


class _Session(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        """Speak as much SMTP (RFC 5321) as a client needs."""
        self._say("220 localhost")
        for line in self.rfile:
            verb = line.split()[0].upper().rstrip(b":") if line.split() else b""
            if verb == b"QUIT":
                self._say("221 bye")
                return
            if verb == b"RCPT" and self.server.mailbox.refuses:
                self._say("550 nobody of that name")
            elif verb == b"DATA":
                self._say("354 go on")
                self._take()
                self._say("250 taken")
            else:
                if verb == b"RCPT":
                    self.server.mailbox.recipients.append(line.decode().partition("<")[2].partition(">")[0])
                self._say("250 localhost")

    def _take(self) -> None:
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.server.mailbox.messages.append(email.message_from_bytes(b"".join(lines), policy=default))

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """A mail server, for as long as it is needed."""
    mailbox = Mailbox()
    with _Server(("127.0.0.1", 0), _Session) as server:
        server.mailbox = mailbox
        mailbox.port = int(server.server_address[1])
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield mailbox
        finally:
            server.shutdown()
