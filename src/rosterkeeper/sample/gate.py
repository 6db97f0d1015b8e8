"""Who may ask the sample server: OAuth 1.0a signatures, OAuth 2 tokens, or one static bearer."""

import base64
import binascii
import hmac
import secrets
import threading
import time
from typing import Final, Protocol
from urllib.parse import parse_qs, unquote_plus

import msgspec
from oauthlib import oauth1
from oauthlib.common import Request

from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sample.answers import Answer, Asked

CLASSLINK: Final = "classlink"
# How callers can sign in: one gate each, but for ClassLink's stand-in, which has two.
FORMS: Final = ("oauth1", "oauth1-sha1", "oauth2", "bearer", CLASSLINK)
_WINDOW_SECONDS: Final = 300


class Gate(Protocol):
    """One way to prove who asks."""

    def admits(self, asked: Asked) -> bool:
        """Whether the request may be answered."""

    def token(self, asked: Asked) -> Answer | None:
        """The answer of the token endpoint, None where this way has none."""


def open_gate(auth: str, client_id: str, secret: str, expires_in: int) -> Gate:
    """The gate for one of the auth forms; SettingsError for another word."""
    if auth == "oauth2":
        return TokenGate(client_id, secret, expires_in)
    if auth == "bearer":
        return BearerGate(secret)
    if auth == "oauth1":
        return SignatureGate(client_id, secret, oauth1.SIGNATURE_HMAC_SHA256)
    if auth == "oauth1-sha1":
        return SignatureGate(client_id, secret, oauth1.SIGNATURE_HMAC_SHA1)
    raise SettingsError("sample.auth", f"The auth is one of {', '.join(FORMS)}.", todo="Choose one of these.")


class BearerGate:
    """Admits whoever shows the secret itself."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def admits(self, asked: Asked) -> bool:
        """Whether the bearer is the secret."""
        return same(_bearer(asked), self._secret)

    def token(self, asked: Asked) -> Answer | None:  # noqa: ARG002 - the Gate's shape
        """A static bearer is not asked for."""
        return None


class TokenGate:
    """Admits whoever shows a token that the token endpoint gave and that has not expired."""

    def __init__(self, client_id: str, secret: str, expires_in: int) -> None:
        self._client_id = client_id
        self._secret = secret
        self._expires_in = expires_in
        self._tokens: dict[str, float] = {}

    def admits(self, asked: Asked) -> bool:
        """Whether the bearer is a living token."""
        return self._tokens.get(_bearer(asked), 0.0) > time.monotonic()

    def token(self, asked: Asked) -> Answer | None:
        """Client credentials, by HTTP Basic or in the body (RFC 6749, 2.3.1 and 4.4)."""
        form = {name: values[0] for name, values in parse_qs(asked.body.decode("utf-8", "replace")).items()}
        client_id, secret = _basic(asked) or (form.get("client_id", ""), form.get("client_secret", ""))
        if not (same(client_id, self._client_id) and same(secret, self._secret)):
            return Answer(401, b'{"error":"invalid_client"}', {"WWW-Authenticate": 'Basic realm="sample"'})
        if form.get("grant_type") != "client_credentials":
            return Answer(400, b'{"error":"unsupported_grant_type"}')
        token = secrets.token_urlsafe(24)
        self._tokens[token] = time.monotonic() + self._expires_in
        told = {"access_token": token, "token_type": "bearer", "expires_in": self._expires_in}
        told |= {"scope": form["scope"]} if form.get("scope") else {}
        return Answer(200, msgspec.json.encode(told), {"Cache-Control": "no-store"})


class SignatureGate:
    """Admits requests that OAuth 1.0a signs with the secret, each nonce once, within five minutes of its time."""

    def __init__(self, client_id: str, secret: str, *methods: str) -> None:
        self._endpoint = oauth1.SignatureOnlyEndpoint(_Signatures(client_id, secret, methods))

    def admits(self, asked: Asked) -> bool:
        """Whether the signature holds."""
        header = {"Authorization": asked.headers.get("authorization", "")}
        try:
            valid, _ = self._endpoint.validate_request(asked.url, asked.method, headers=header)
        except ValueError:
            return False
        return bool(valid)

    def token(self, asked: Asked) -> Answer | None:  # noqa: ARG002 - the Gate's shape
        """Two-legged OAuth 1.0a has no token."""
        return None


class _Signatures(oauth1.RequestValidator):
    """What oauthlib asks in order to judge a signature."""

    def __init__(self, client_id: str, secret: str, methods: tuple[str, ...]) -> None:
        super().__init__()
        self._client_id = client_id
        self._secret = secret
        self._methods = methods
        self._seen: dict[tuple[str, str], float] = {}
        self._sweep_at = 0.0
        self._lock = threading.Lock()

    @property
    def allowed_signature_methods(self) -> tuple[str, ...]:
        return self._methods

    @property
    def enforce_ssl(self) -> bool:
        return False

    @property
    def timestamp_lifetime(self) -> int:
        return _WINDOW_SECONDS

    @property
    def dummy_client(self) -> str:
        return "nobody"

    def check_client_key(self, client_key: str) -> bool:
        return bool(client_key)

    def check_nonce(self, nonce: str) -> bool:
        return bool(nonce)

    def validate_client_key(self, client_key: str, request: Request) -> bool:  # noqa: ARG002 - oauthlib's shape
        return same(client_key, self._client_id)

    def get_client_secret(self, client_key: str, request: Request) -> str:  # noqa: ARG002 - oauthlib's shape
        return self._secret if same(client_key, self._client_id) else secrets.token_hex(8)

    def validate_timestamp_and_nonce(
        self,
        client_key: str,  # noqa: ARG002
        timestamp: str,
        nonce: str,
        request: Request,  # noqa: ARG002
        request_token: str | None = None,  # noqa: ARG002
        access_token: str | None = None,  # noqa: ARG002
    ) -> bool:
        now = time.monotonic()
        with self._lock:
            if now > self._sweep_at:
                self._seen = {key: until for key, until in self._seen.items() if until > now}
                self._sweep_at = now + _WINDOW_SECONDS
            if (timestamp, nonce) in self._seen:
                return False
            self._seen[timestamp, nonce] = now + 2 * _WINDOW_SECONDS
        return True


def same(given: str, right: str) -> bool:
    """Whether two texts are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(), right.encode())


def _bearer(asked: Asked) -> str:
    scheme, _, token = asked.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _basic(asked: Asked) -> tuple[str, str] | None:
    scheme, _, text = asked.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(text, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(client_id), unquote_plus(secret)
