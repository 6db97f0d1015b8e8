"""OAuth 1.0a without a token ("two-legged"), as ClassLink's servers speak it (RFC 5849; OneRoster 1.1, section 3.6)."""

from collections.abc import Mapping
from typing import Final

from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256, Client

from rosterkeeper.sources.http.auth import sendable

SHA256: Final = SIGNATURE_HMAC_SHA256
SHA1: Final = SIGNATURE_HMAC_SHA1


class OAuth1:
    """Signs the exact final address, every query parameter included, anew for each request."""

    def __init__(self, client_id: str, secret: str, method: str = SHA256) -> None:
        self._client = Client(client_id, client_secret=sendable(secret), signature_method=method)

    def headers(self, url: str) -> Mapping[str, str]:
        """The Authorization header with a fresh nonce and timestamp."""
        _, headers, _ = self._client.sign(url, http_method="GET")
        return {"Authorization": str(headers["Authorization"])}

    def accepted(self) -> None:
        """Nothing to remember."""

    def renew(self, refused: Mapping[str, str]) -> bool:  # noqa: ARG002 - whatever was refused
        """A signature is refused for its key or the clock; another would be refused too."""
        return False
