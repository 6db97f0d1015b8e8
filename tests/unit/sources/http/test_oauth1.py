"""OAuth 1.0a signatures, judged by oauthlib's own server side."""

from collections.abc import Mapping
from urllib.parse import quote

import pytest
from oauthlib.oauth1 import RequestValidator, SignatureOnlyEndpoint

from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.http.oauth1 import SHA1, SHA256, OAuth1
from tests.unit.sources.http.servers import Asked, Reply, client_of, reply, serving

_KEY, _SECRET = "district-key-000001", "s3cr&t+/=%"


class _Judge(RequestValidator):
    """Knows one client and lets no nonce be used twice."""

    enforce_ssl = False
    allowed_signature_methods = ("HMAC-SHA1", "HMAC-SHA256")
    dummy_client = "nobody"

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[tuple[str, str]] = set()

    def check_client_key(self, client_key: str) -> bool:
        return bool(client_key)

    def check_nonce(self, nonce: str) -> bool:
        return bool(nonce)

    def validate_client_key(self, client_key: str, request: object) -> bool:
        return client_key == _KEY

    def get_client_secret(self, client_key: str, request: object) -> str:
        return _SECRET

    def validate_timestamp_and_nonce(
        self,
        client_key: str,
        timestamp: str,
        nonce: str,
        request: object,
        request_token: str | None = None,
        access_token: str | None = None,
    ) -> bool:
        fresh = (timestamp, nonce) not in self.seen
        self.seen.add((timestamp, nonce))
        return fresh


class _Gate:
    """Answers 200 where the signature holds and 401 where it does not."""

    def __init__(self) -> None:
        self.url = ""
        self.endpoint = SignatureOnlyEndpoint(_Judge())

    def __call__(self, asked: Asked) -> Reply:
        headers: Mapping[str, str] = {"Authorization": asked.headers.get("Authorization", "")}
        holds, _ = self.endpoint.validate_request(self.url + asked.target, "GET", None, headers)
        return reply({}, status=200 if holds else 401)


_QUERIES = [
    "limit=10000&offset=0&sort=sourcedId&orderBy=asc",
    "filter=" + quote("familyName='O'Brien' AND role='student'", safe=""),
    "filter=" + quote("a=b==&c/d+e f*!()~é", safe="") + "&limit=1",
    "limit=1&b=2&a=3&b=1",
]


@pytest.mark.parametrize("query", _QUERIES)
@pytest.mark.parametrize("method", [SHA256, SHA1])
@pytest.mark.covers("R01", "M07")
def test_a_server_accepts_the_signature_of_the_exact_address(method: str, query: str) -> None:
    gate = _Gate()
    auth = OAuth1(_KEY, _SECRET, method)
    with serving(gate) as server, client_of(server.url) as client:
        gate.url = server.url
        url = f"{server.url}/MoYPly%3D/ims/oneroster/v1p1/users?{query}"
        assert client.get(url, auth.headers).ok
        assert client.get(url, auth.headers).ok
        assert server.asked[0].target == url.removeprefix(server.url)
        assert f'oauth_signature_method="{method}"' in server.asked[0].headers["Authorization"]


@pytest.mark.parametrize("auth", [OAuth1(_KEY, "other"), OAuth1("another-key-000001", _SECRET)])
@pytest.mark.covers("N37")
def test_a_server_refuses_another_key_or_secret(auth: OAuth1) -> None:
    gate = _Gate()
    with serving(gate) as server, client_of(server.url) as client:
        gate.url = server.url
        assert client.get(f"{server.url}/users?limit=1", auth.headers).status == 401


def test_a_refused_signature_is_not_tried_again() -> None:
    assert not OAuth1(_KEY, _SECRET).renew({})


@pytest.mark.parametrize("secret", ["", "  ", "schlüssel", "a\nb"])
def test_a_secret_that_cannot_be_sent_is_a_wrong_setting(secret: str) -> None:
    with pytest.raises(SettingsError) as caught:
        OAuth1(_KEY, secret)
    assert not secret.strip() or secret not in str(caught.value)
