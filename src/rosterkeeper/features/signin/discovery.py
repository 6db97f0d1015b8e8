"""What a provider says of itself: its discovery document and its keys (OpenID Connect Discovery 1.0).

Both are kept for some minutes in each process, for a whole school signs in at eight.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
import requests

from rosterkeeper.features.signin import wire
from rosterkeeper.features.signin.words import Refused

_PATH: Final = "/.well-known/openid-configuration"
# Seconds for which an answer is kept; and after which an unknown key makes the keys be asked for anew.
_KEPT: Final = 600
_AGAIN: Final = 10
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")

Document = Mapping[str, object]


class _Kept:
    """Answers by their address, each with when it came."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._answers: dict[str, tuple[float, Document]] = {}
        self._lock = threading.Lock()

    def get(self, url: str, oldest: float) -> Document:
        """The address's JSON object, asked for where it is older than ``oldest`` seconds; Refused as for `_fetched`."""
        with self._lock:
            known = self._answers.get(url)
        if known is not None and self._clock() - known[0] < oldest:
            return known[1]
        answer = _fetched(url)
        with self._lock:
            self._answers[url] = self._clock(), answer
        return answer


_KEEPER: Final = _Kept()


def address(issuer: str) -> str:
    """Where an issuer's discovery document lies."""
    return f"{issuer.rstrip('/')}{_PATH}"


def document(issuer: str, *, fresh: bool = False) -> Document:
    """The issuer's discovery document, which names this very issuer and endpoints that may be called; or Refused."""
    found = _KEEPER.get(address(issuer), 0 if fresh else _KEPT)
    if found.get("issuer") != issuer:
        raise Refused("signin.issuer")
    for name in _ENDPOINTS:
        wire.check(text(found, name))
    return found


def keys(found: Document, *, renewed: bool = False) -> Document:
    """The issuer's keys, as a JSON Web Key Set; ``renewed`` asks for them again, but not more than now and then."""
    return _KEEPER.get(text(found, "jwks_uri"), _AGAIN if renewed else _KEPT)


def text(found: Document, name: str) -> str:
    """A member of a document that is a text; '' where there is none."""
    value = found.get(name, "")
    return value if isinstance(value, str) else ""


def texts(found: Document, name: str) -> list[str]:
    """A member that is a list of texts; empty where there is none."""
    value = found.get(name)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _fetched(url: str) -> Document:
    """The JSON object at the address; Refused where there is none."""
    try:
        with wire.session() as session:
            answer = session.get(url)
        if answer.status_code == requests.codes.ok:
            return msgspec.json.decode(answer.content, type=dict[str, object])
    except wire.NotReached as fault:
        raise Refused(fault.code) from None
    except (requests.RequestException, msgspec.DecodeError):
        raise Refused("signin.unreachable") from None
    raise Refused("signin.unreachable")
