"""OAuth 2 client credentials (RFC 6749, section 4.4): by HTTP Basic, else in the body; renewed in time and on a 401."""

import base64
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from rosterkeeper.oneroster.errors import RosterkeeperError, SourceRefused
from rosterkeeper.sources.http import faults
from rosterkeeper.sources.http.auth import sendable
from rosterkeeper.sources.http.client import Answer, Client
from rosterkeeper.sources.http.faults import Trouble

# A wrong secret must not lock the account: this many calls for one token, whatever they are answered.
MOST_CALLS: Final = 3
_DEFAULT_LIFE: Final = 3600.0
_EARLY_SECONDS: Final = 60.0


class _Grant(msgspec.Struct):
    access_token: str = ""
    expires_in: float | str | None = None
    error: str = ""


class _Style(StrEnum):
    BASIC = "basic"
    BODY = "body"


class _Elsewhere(Exception):
    """This address is not a token endpoint; another may be."""

    def __init__(self, error: RosterkeeperError) -> None:
        super().__init__(error.code)
        self.error = error


class OAuth2:
    """Holds one token for all threads. ``token_urls`` are tried in order until one is a token endpoint."""

    def __init__(
        self,
        client: Client,
        token_urls: Sequence[str],
        credentials: tuple[str, str],
        scopes: Sequence[str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._token_urls = tuple(token_urls)
        self._id, self._secret = credentials[0], sendable(credentials[1])
        self._scope = " ".join(scopes)
        self._clock = clock
        self._style = _Style.BASIC
        self._lock = threading.Lock()
        self._headers: dict[str, str] = {}
        self._until = 0.0
        self._accepted = False

    def headers(self, url: str) -> Mapping[str, str]:  # noqa: ARG002 - the proof is the same for every address
        """The bearer, fetched first where there is none or it is about to end; raises Trouble or an error."""
        with self._lock:
            if not self._headers or self._clock() >= self._until:
                self._fetch()
            return self._headers

    def accepted(self) -> None:
        """The token was taken, so that a later 401 means that it has ended."""
        self._accepted = True

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Fetch a new token, once for all threads; a token that was never taken is not worth another."""
        with self._lock:
            if self._headers is not refused:
                return True
            if not self._accepted:
                return False
            self._fetch()
            return True

    def _fetch(self) -> None:
        calls = MOST_CALLS
        missing: _Elsewhere | None = None
        for url in self._token_urls:
            try:
                grant, calls = self._ask(url, calls)
            except _Elsewhere as fault:
                missing, calls = fault, calls - 1
                continue
            self._token_urls = (url,)
            self._keep(grant)
            return
        raise missing.error if missing else faults.refused_credentials()

    def _ask(self, url: str, calls: int) -> tuple[_Grant, int]:
        """One endpoint: Basic, and once more in the body, or without a scope where the server knows none of ours."""
        while calls:
            answer = self._post(url)
            calls -= 1
            if answer.status in (404, 405, 410):
                raise _Elsewhere(_no_endpoint())
            grant = _grant(answer)
            token = grant.access_token
            if answer.ok and token and token.isascii() and token.isprintable():
                return grant, calls
            if answer.ok:
                raise _Elsewhere(_no_endpoint())
            if answer.status not in (400, faults.UNAUTHORIZED):
                raise _refusal(answer)
            if grant.error == "invalid_scope" and self._scope:
                self._scope = ""
            elif self._style is _Style.BASIC:
                self._style = _Style.BODY
            else:
                break
        raise faults.refused_credentials()

    def _post(self, url: str) -> Answer:
        form = {"grant_type": "client_credentials"}
        if self._scope:
            form["scope"] = self._scope
        headers: dict[str, str] = {}
        if self._style is _Style.BODY:
            form |= {"client_id": self._id, "client_secret": self._secret}
        else:
            pair = base64.b64encode(f"{self._id}:{self._secret}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        try:
            return self._client.post_form(url, form, headers)
        except Trouble as trouble:
            # Not tried again here: only reading may be repeated without asking what the first try did.
            raise trouble.error from None

    def _keep(self, grant: _Grant) -> None:
        self._headers = {"Authorization": f"Bearer {grant.access_token}"}
        self._accepted = False
        life = _seconds(grant.expires_in)
        self._until = self._clock() + life - min(_EARLY_SECONDS, life / 10)


def _grant(answer: Answer) -> _Grant:
    try:
        return msgspec.json.decode(answer.body, type=_Grant)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _Grant()


def _seconds(life: float | str | None) -> float:
    try:
        return max(1.0, float(life)) if life is not None else _DEFAULT_LIFE
    except ValueError:
        return _DEFAULT_LIFE


def _refusal(answer: Answer) -> RosterkeeperError:
    return faults.refused_credentials() if answer.status == 403 else faults.of_status(answer.status).error


def _no_endpoint() -> SourceRefused:
    return SourceRefused(
        "source.not_found",
        f"No token endpoint was found. {faults.UNCHANGED}",
        todo="Ask the provider for its token URL and set it (--token-url).",
    )
