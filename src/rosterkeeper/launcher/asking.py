"""What the launcher asks a server, over HTTPS, and what goes wrong on the way, each in its own plain words."""

import http.client
import ipaddress
import json
import re
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import SplitResult, urlsplit

TIMEOUT_SECONDS: Final = 10.0
# An answer is a few words; whoever sends more is not the server.
_LONGEST: Final = 65_536
_STATUS_TOO_OLD: Final = 426
_HOST: Final = re.compile(r"[\w.-]+")
_PATH: Final = re.compile(r"[!-~]*")


class Trouble(Exception):
    """Why the console cannot start: a stable code, what happened, and what to do."""

    def __init__(self, code: str, what: str, todo: str) -> None:
        super().__init__(f"{what} {todo}")
        self.code = code
        self.what = what
        self.todo = todo


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer: its body, and its clock where it told it."""

    body: Mapping[str, object]
    server_time: datetime | None


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server is: ``base`` without a slash at its end, ``place`` its host and port as they are signed."""

    base: str
    place: str
    certificates: str = ""

    def ask(self, path: str, body: Mapping[str, object] | None = None) -> Answer:
        """The answer to a GET, or to a POST of ``body`` as JSON; Trouble for any other end."""
        # Of http or https: `server_of` lets nothing else through.
        request = urllib.request.Request(f"{self.base}{path}", headers={"Accept": "application/json"})  # noqa: S310
        if body is not None:
            request.data = json.dumps(body).encode("utf-8")
            request.add_header("Content-Type", "application/json")
        try:
            # No handler but these: no redirect is followed, and no file is read by its address.
            with self._opener().open(request, timeout=TIMEOUT_SECONDS) as answer:
                return _read(answer)
        except urllib.error.HTTPError as fault:
            with fault:
                raise _refusal(fault) from None
        except (urllib.error.URLError, OSError, http.client.HTTPException) as fault:
            raise _unreached(self.place, getattr(fault, "reason", fault)) from None

    def owns(self, address: str) -> bool:
        """Whether an address is of this server: nothing else is opened in the browser."""
        mine, told = urlsplit(self.base), urlsplit(address)
        return (mine.scheme, mine.netloc.lower()) == (told.scheme, told.netloc.lower()) and address.isprintable()

    def _opener(self) -> urllib.request.OpenerDirector:
        opener = urllib.request.OpenerDirector()
        opener.add_handler(urllib.request.ProxyHandler())
        opener.add_handler(urllib.request.HTTPHandler())
        opener.add_handler(urllib.request.HTTPSHandler(context=self._trust()))
        opener.add_handler(urllib.request.HTTPErrorProcessor())
        opener.add_handler(urllib.request.HTTPDefaultErrorHandler())
        return opener

    def _trust(self) -> ssl.SSLContext:
        trust = ssl.create_default_context()
        if self.certificates:
            try:
                trust.load_verify_locations(self.certificates)
            except OSError:
                raise Trouble(
                    "console.certificates",
                    "The certificate file cannot be read.",
                    "Set Certificate file to a PEM file that is there, or to nothing.",
                ) from None
        return trust


def server_of(address: str, *, plain_http: bool = False, certificates: str = "") -> Server:
    """The server at a typed address; Trouble where it is none, or not encrypted although it must be."""
    typed = address.strip()
    if not typed:
        raise Trouble("console.no_server", "No server address is set.", "Set it with `rosterkeeper console configure`.")
    whole = typed if "://" in typed else f"https://{typed}"
    parts = _parts(whole)
    if parts is None or not parts.hostname:
        raise Trouble(
            "console.server_address",
            "The server address is not an address.",
            "Copy it from the server's page Teacher's console; it looks like https://roster.example.org.",
        )
    if parts.scheme == "http" and not plain_http and not _is_this_computer(parts.hostname):
        raise Trouble(
            "console.plain_http",
            "The server address begins with http:, so anybody in between could read and change what is sent.",
            "Use an address that begins with https:, or switch Allow an unencrypted connection on.",
        )
    return Server(whole.rstrip("/"), parts.netloc.lower(), certificates)


def _parts(whole: str) -> SplitResult | None:
    """The parts of an address that can be asked; None where it is none."""
    try:
        parts = urlsplit(whole)
        # Reading the port finds out whether it is one; names in other alphabets are asked for by their IDNA form.
        host, _ = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
    except ValueError:
        return None
    is_host = bool(_HOST.fullmatch(host)) or ":" in host
    is_plain = _PATH.fullmatch(parts.path) and not (parts.query or parts.fragment or parts.username)
    return parts if parts.scheme in ("http", "https") and is_host and is_plain else None


def _is_this_computer(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read(answer: http.client.HTTPResponse) -> Answer:
    try:
        body = json.loads(answer.read(_LONGEST))
    except (ValueError, RecursionError, http.client.HTTPException):
        body = None
    if not isinstance(body, dict):
        raise _not_ours()
    return Answer(body, _time(answer.headers.get("Date")))


def _time(told: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(told).astimezone(UTC) if told else None
    except ValueError:
        return None


def _refusal(fault: urllib.error.HTTPError) -> Trouble:
    """What the server says, where it speaks our language."""
    try:
        body = json.loads(fault.read(_LONGEST))
    except (ValueError, RecursionError, OSError, http.client.HTTPException):
        body = None
    if isinstance(body, dict):
        words = [body.get(name) for name in ("code", "what", "todo")]
        texts = [each for each in words if isinstance(each, str) and each.isprintable()]
        if len(texts) == len(words):
            return Trouble(*texts)
    if fault.code == _STATUS_TOO_OLD:
        return too_old()
    return _not_ours()


def too_old() -> Trouble:
    """This program and the server speak no common protocol, and this program is the older."""
    return Trouble(
        "console.client_too_old",
        "This console is too old for the server.",
        "Install the version that the server's page Teacher's console offers.",
    )


def _not_ours() -> Trouble:
    return Trouble(
        "console.not_a_server",
        "Something answers at the server address, but it is not a Rosterkeeper server with a console.",
        "Compare the address with the one on the server's page Teacher's console. A filter or a sign-in page of the"
        " network may answer in its place.",
    )


def _unreached(place: str, reason: object) -> Trouble:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return Trouble(
            "console.certificate",
            f"The certificate of {place} cannot be trusted.",
            "If it is the district's own, set Certificate file; otherwise somebody may be in between.",
        )
    if isinstance(reason, ssl.SSLError):
        return Trouble(
            "console.tls",
            f"No encrypted connection to {place} could be made.",
            "Check whether the address is right, and whether it must begin with http: for a server on this computer.",
        )
    if isinstance(reason, socket.gaierror):
        return Trouble(
            "console.name",
            f"The name of the server, {place}, is not known.",
            "Check the server address for a slip, and that this computer is on the school's network.",
        )
    if isinstance(reason, TimeoutError):
        return Trouble(
            "console.timeout",
            f"{place} did not answer in time.",
            "Check that this computer is on the school's network and that no firewall is in between; then try again.",
        )
    if isinstance(reason, ConnectionRefusedError):
        return Trouble(
            "console.refused",
            f"Nothing answers at {place}.",
            "Check the address and its port, and ask your IT staff whether the server runs.",
        )
    return Trouble(
        "console.unreachable",
        f"{place} cannot be reached.",
        "Check that this computer is online, and ask your IT staff whether the server runs.",
    )
