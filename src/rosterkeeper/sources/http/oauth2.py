"""OAuth 2 tokens by client credentials or a password (RFC 6749, sections 4.3 and 4.4), renewed in time and on a 401."""

import base64
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from rosterkeeper.oneroster.errors import RosterkeeperError, SourceFailed, SourceRefused
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


class Style(StrEnum):
    """How the client shows itself, and where the rest of the request stands; no secret ever stands in an address."""

    BASIC = "basic"
    BODY = "body"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Manner:
    """The habits of one token endpoint. ``styles`` are tried in order; ``person`` is who the password grant names.

    ``fixed_scope``: the scope was set by hand, and no other is tried. ``most_calls`` bounds the calls of all tokens
    together; None bounds each token's alone.
    """

    styles: tuple[Style, ...] = (Style.BASIC, Style.BODY)
    person: tuple[str, str] | None = None
    fixed_scope: bool = False
    most_calls: int | None = None


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
        manner: Manner | None = None,
    ) -> None:
        self._client = client
        self._token_urls = tuple(token_urls)
        self._id, self._secret = credentials[0], sendable(credentials[1])
        self._asked = self._scope = " ".join(scopes)
        self._clock = clock
        self._manner = manner = manner or Manner()
        self._styles = manner.styles
        self._left = manner.most_calls
        self._lock = threading.Lock()
        self._headers: dict[str, str] = {}
        self._until = 0.0
        self._accepted = False

    def headers(self, url: str) -> Mapping[str, str]:  # noqa: ARG002 - the proof is the same for every address
        """The bearer, fetched first where there is none or it is about to end; raises Trouble or an error."""
        with self._lock:
            if not self._headers or (self._clock() >= self._until and self._may_ask()):
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
            if not self._accepted or not self._may_ask():
                return False
            self._fetch()
            return True

    def rescope(self, scopes: Sequence[str]) -> None:
        """Ask for these scopes from now on; a token with others goes, unless no other may be asked for."""
        with self._lock:
            wanted = " ".join(scopes)
            if wanted != self._asked and self._may_ask():
                self._asked = self._scope = wanted
                self._headers = {}

    def _may_ask(self) -> bool:
        return self._left is None or self._left > 0

    def _fetch(self) -> None:
        calls = MOST_CALLS if self._left is None else min(MOST_CALLS, self._left)
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
        """One endpoint: by the next style where one is refused, by another scope where it does not know ours."""
        while calls:
            answer = self._post(url)
            calls -= 1
            if answer.status in (404, 405, 410):
                raise _Elsewhere(_no_endpoint())
            grant = _grant(answer)
            token = grant.access_token
            # Some frameworks answer every POST that went well with 201.
            given = answer.status in (200, 201)
            if given and token and token.isascii() and token.isprintable():
                return grant, calls
            if given:
                raise _Elsewhere(_no_endpoint())
            if answer.status not in (400, faults.UNAUTHORIZED):
                raise _refusal(answer)
            if grant.error == "invalid_scope":
                self._widen(calls)
            elif len(self._styles) > 1:
                self._styles = self._styles[1:]
            else:
                break
        raise faults.refused_credentials()

    def _widen(self, calls: int) -> None:
        """The next scope to try: some write the standard's own with http, some know none."""
        if self._manner.fixed_scope or not self._scope:
            raise _unknown_scope()
        plain = self._scope.replace("https://purl.", "http://purl.")
        self._scope = plain if plain != self._scope and calls > 1 else ""

    def _post(self, url: str) -> Answer:
        form, headers = self._form(), {}
        if self._styles[0] is Style.BODY:
            form |= {"client_id": self._id, "client_secret": self._secret}
        else:
            pair = base64.b64encode(f"{self._id}:{self._secret}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        if self._styles[0] is Style.QUERY:
            said = [(name, form.pop(name)) for name in ("grant_type", "scope") if name in form]
            url += ("&" if "?" in url else "?") + urlencode(said, quote_via=quote, safe="")
        if self._left is not None:
            self._left -= 1
        try:
            return self._client.post_form(url, form, headers)
        except Trouble as trouble:
            # Not tried again here: only reading may be repeated without asking what the first try did.
            raise trouble.error from None

    def _form(self) -> dict[str, str]:
        form = {"grant_type": "client_credentials"}
        if self._manner.person:
            form = {"grant_type": "password", **dict(zip(("username", "password"), self._manner.person, strict=True))}
        if self._scope:
            form["scope"] = self._scope
        return form

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


def _unknown_scope() -> SourceFailed:
    return SourceFailed(
        "source.scope_refused",
        f"The token endpoint does not give the scope that was asked for. {faults.UNCHANGED}",
        todo="Ask the provider which scope the client may have, and set it (--scope).",
    )
