"""What can go wrong between us and a server, and what to tell of it.

    Trouble      inside this room: one try failed; says whether another may help and whether less would
    TooHeavy     inside the sources: the same request for fewer records may work
    SourceFailed, SourceRefused    all that leaves the sources

No text here holds anything that the server said: an answer's body may be a child's record.
"""

import socket
import ssl
from typing import Final

import httpx2
from urllib3.exceptions import LocationValueError, NewConnectionError
from urllib3.exceptions import SSLError as WireSecretError
from urllib3.exceptions import TimeoutError as WireTimeout

from rosterkeeper.oneroster.errors import RosterkeeperError, SourceFailed, SourceRefused

UNCHANGED: Final = "Nothing was changed."
_LATER: Final = "Try again later; if it lasts, ask whoever runs the server."
_NETWORK: Final = "Check the address, the internet connection and the firewall."

UNAUTHORIZED: Final = 401
# Statuses by which a server says: not now, or not so much at once.
_HEAVY: Final = frozenset({413, 502, 504})
_PASSING: Final = frozenset({408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})

_NOTHING: Final = ("source.not_found", "The server has nothing at this address", "Check the address.")
_TOLD: Final = {
    403: (
        "source.forbidden",
        "The server knows the credentials but does not allow this",
        "Ask the district to share this data with the client id.",
    ),
    404: _NOTHING,
    410: _NOTHING,
}
_TOLD_OTHER: Final = (
    "source.not_oneroster",
    "The server does not understand the request as a OneRoster server would",
    "Check that the address is that of a OneRoster 1.1 or 1.2 service.",
)


class Trouble(Exception):
    """One try failed. ``passing``: the same may work later; ``heavy``: less may work; ``wait``: the server's word."""

    def __init__(
        self, error: RosterkeeperError, *, passing: bool = False, heavy: bool = False, wait: float | None = None
    ) -> None:
        super().__init__(error.code)
        self.error = error
        self.passing = passing
        self.heavy = heavy
        self.wait = wait


class TooHeavy(Exception):
    """The server cannot give that many records at once; ``error`` is what to raise when fewer do not help."""

    def __init__(self, error: RosterkeeperError) -> None:
        super().__init__(error.code)
        self.error = error


def timed_out() -> Trouble:
    """No answer, or not a whole one, in the time allowed."""
    what = f"The server did not answer in time. {UNCHANGED}"
    return Trouble(SourceFailed("source.timeout", what, todo=_LATER), passing=True, heavy=True)


def too_large() -> Trouble:
    """An answer beyond the byte limit, counted after unpacking."""
    what = f"An answer of the server is larger than allowed. {UNCHANGED}"
    return Trouble(SourceFailed("source.too_large", what, todo="Choose a smaller page size."), heavy=True)


def moved() -> Trouble:
    """A redirect that is not followed, because the credentials would go elsewhere."""
    what = f"The server sends on to another address. {UNCHANGED}"
    todo = "Give the address that the server sends on to, if you trust it."
    return Trouble(SourceRefused("source.moved", what, todo=todo))


def private_address() -> Trouble:
    """A place that no source may be at, unless the administrator listed it (`reach.py`)."""
    what = f"The address leads to this machine or into a private network, where no source may be. {UNCHANGED}"
    todo = (
        "If the server really is there, list its host in the setting ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS;"
        " otherwise correct the address."
    )
    return Trouble(SourceRefused("source.private_address", what, todo=todo))


def no_proxy() -> SourceRefused:
    """A proxy that cannot be meant, in the environment's settings; their text may hold a password."""
    what = f"The proxy that this machine is set to use has no address that can be read. {UNCHANGED}"
    todo = "Check HTTPS_PROXY and HTTP_PROXY: http://host:port, with %23 and its like for signs in a password."
    return SourceRefused("source.unreachable", what, todo=todo)


def refused_credentials() -> SourceFailed:
    """401, or a token endpoint that refuses (N37)."""
    what = f"The server refused the credentials: invalid Tenant ID or Key. {UNCHANGED}"
    todo = "Check the client id and the secret, the kind of authentication, and this computer's clock."
    return SourceFailed("source.refused_credentials", what, todo=todo)


def not_json() -> SourceFailed:
    """A body that is not JSON to its end: a login page, or an answer that was cut."""
    what = f"The server's answer is not whole JSON. {UNCHANGED}"
    return SourceFailed("source.not_json", what, todo="Check that the address is that of a OneRoster service.")


def lost(status: int) -> SourceFailed:
    """A collection that the server gave no more of, half-way."""
    what = f"The server stopped giving a collection before its end (HTTP {status}). {UNCHANGED}"
    return SourceFailed("source.incomplete", what, todo="Try again later.")


def incomplete() -> SourceFailed:
    """A collection whose pages contradict one another, also after it was begun anew."""
    what = f"A collection could not be proven whole: its pages contradict one another. {UNCHANGED}"
    todo = "Try again when the provider's data are not being changed; if it lasts, tell the provider."
    return SourceFailed("source.incomplete", what, todo=todo)


def of_exception(fault: Exception) -> Trouble:
    """What a failure of the connection means; every exception of httpx2 and urllib3 has its place."""
    # The library counts a connection that was refused among those that took too long.
    late = isinstance(fault, WireTimeout) and not isinstance(fault, NewConnectionError)
    if late or isinstance(fault, (httpx2.TimeoutException, TimeoutError)):
        return timed_out()
    if isinstance(fault, httpx2.DecodingError):
        return Trouble(not_json(), passing=True)
    if isinstance(fault, httpx2.TooManyRedirects):
        return moved()
    if isinstance(fault, (httpx2.InvalidURL, httpx2.UnsupportedProtocol, LocationValueError, UnicodeError)):
        what = f"The address is not one of a web server. {UNCHANGED}"
        return Trouble(SourceRefused("source.unreachable", what, todo="Check the address."))
    return _of_connection(_root(fault))


def _of_connection(cause: BaseException) -> Trouble:
    if isinstance(cause, TimeoutError):
        return timed_out()
    if isinstance(cause, socket.gaierror):
        what = f"No server has that name. {UNCHANGED}"
        return Trouble(SourceFailed("source.dns", what, todo=_NETWORK))
    if isinstance(cause, (ssl.SSLError, WireSecretError)):
        what = f"The server's certificate or encryption cannot be trusted. {UNCHANGED}"
        todo = "Check the address; ask whoever runs the server to mend its certificate chain."
        return Trouble(SourceFailed("source.tls", what, todo=todo))
    what = f"The server cannot be reached, or the connection broke off. {UNCHANGED}"
    return Trouble(SourceFailed("source.unreachable", what, todo=_NETWORK), passing=True)


def of_status(status: int, wait: float | None = None) -> Trouble:
    """What an answer other than 2xx means; ``wait`` is its Retry-After in seconds."""
    if status == UNAUTHORIZED:
        return Trouble(refused_credentials())
    if 300 <= status < 400:
        return moved()
    if status == 413:
        return too_large()
    if status >= 500 or status in _PASSING:
        return _of_busy(status, wait)
    code, says, todo = _TOLD.get(status, _TOLD_OTHER)
    return Trouble(SourceRefused(code, f"{says} (HTTP {status}). {UNCHANGED}", todo=todo))


def _of_busy(status: int, wait: float | None) -> Trouble:
    if status == 429:
        what = f"The server asks to be called less often (HTTP 429). {UNCHANGED}"
        error = SourceFailed("source.rate_limited", what, todo=_LATER, retry_after=wait)
    else:
        what = f"The server has a fault of its own (HTTP {status}). {UNCHANGED}"
        error = SourceFailed("source.server_error", what, todo=_LATER, retry_after=wait)
    return Trouble(error, passing=status in _PASSING, heavy=status in _HEAVY, wait=wait)


def _root(fault: BaseException) -> BaseException:
    """The exception at the bottom: the socket's own."""
    seen = {id(fault)}
    while (cause := fault.__cause__ or fault.__context__) is not None and id(cause) not in seen:
        seen.add(id(cause))
        fault = cause
    return fault
