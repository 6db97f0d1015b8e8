"""An id token is only believed where every word of it is right, and signed by a key of the provider's own."""

import base64
import json
import time
from collections.abc import Iterator

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import override_settings
from pytest_httpserver import HTTPServer

from rosterkeeper.features.signin import discovery, wire
from rosterkeeper.features.signin.tokens import verified
from rosterkeeper.features.signin.words import Refused

_APP = "app"
_NONCE = "n-1"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    """The provider's key."""
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def found(httpserver: HTTPServer, key: RSAPrivateKey) -> Iterator[discovery.Document]:
    """The discovery document of a provider on this machine that has that key."""
    issuer = httpserver.url_for("").rstrip("/")
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    httpserver.expect_request("/keys").respond_with_json({"keys": [{**public, "kid": "one", "use": "sig"}]})
    httpserver.expect_request("/.well-known/openid-configuration").respond_with_json(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/auth",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
        }
    )
    with override_settings(ROSTER_ALLOWED_HOSTS=("localhost", "127.0.0.1")):
        made = discovery.document(issuer, fresh=True)
        discovery.keys(made, renewed=True)
        yield made


def _claims(found: discovery.Document, **more: object) -> dict[str, object]:
    now = int(time.time())
    return {"iss": found["issuer"], "sub": "s", "aud": _APP, "iat": now, "exp": now + 300, "nonce": _NONCE, **more}


def _signed(claims: dict[str, object], key: object, algorithm: str = "RS256", kid: str | None = "one") -> str:
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid} if kid else None)  # type: ignore[arg-type]


def _code(found: discovery.Document, token: str) -> str:
    with pytest.raises(Refused) as refused:
        verified(token, found, client_id=_APP, nonce=_NONCE)
    return refused.value.code


def test_a_token_that_is_right_is_believed(found: discovery.Document, key: RSAPrivateKey) -> None:
    for claims in (_claims(found), _claims(found, aud=[_APP]), _claims(found, aud=[_APP, "other"], azp=_APP)):
        assert verified(_signed(claims, key), found, client_id=_APP, nonce=_NONCE)["sub"] == "s"
    assert verified(_signed(_claims(found), key, kid=None), found, client_id=_APP, nonce=_NONCE)["sub"] == "s"


def test_a_subject_may_be_a_number(found: discovery.Document, key: RSAPrivateKey) -> None:
    assert verified(_signed_loosely(_claims(found, sub=41), key), found, client_id=_APP, nonce=_NONCE)["sub"] == 41


def _signed_loosely(claims: dict[str, object], key: RSAPrivateKey) -> str:
    """A token with claims of types that a library would not sign."""
    return jwt.api_jws.encode(json.dumps(claims).encode(), key, algorithm="RS256", headers={"kid": "one"})


def test_a_token_of_another_key_or_of_none_is_not(found: discovery.Document, key: RSAPrivateKey) -> None:
    other = generate_private_key(public_exponent=65537, key_size=2048)
    claims = _claims(found)
    assert _code(found, _signed(claims, other)) == "signin.token"
    assert _code(found, _signed(claims, key, kid="unknown")) == "signin.token"
    assert _code(found, _signed(claims, None, algorithm="none")) == "signin.token"
    # A secret that everybody knows: the provider's public key, taken for one.
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert _code(found, _signed(claims, base64.b64encode(public), algorithm="HS256")) == "signin.token"
    assert _code(found, "no.token.at.all") == "signin.token"
    assert _code(found, "") == "signin.token"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"iss": "https://elsewhere.example.org"}, "signin.issuer"),
        ({"aud": "other"}, "signin.audience"),
        ({"aud": [_APP, "other"]}, "signin.audience"),
        ({"aud": [_APP, "other"], "azp": "other"}, "signin.audience"),
        ({"azp": "other"}, "signin.audience"),
        ({"exp": 1}, "signin.expired"),
        ({"nonce": "other"}, "signin.nonce"),
        ({"nonce": ""}, "signin.nonce"),
        ({"sub": None}, "signin.token"),
        ({"sub": " "}, "signin.token"),
        ({"exp": None}, "signin.token"),
        ({"iat": None}, "signin.token"),
    ],
)
def test_each_word_of_a_token_counts(
    found: discovery.Document, key: RSAPrivateKey, wrong: dict[str, object], code: str
) -> None:
    assert _code(found, _signed(_claims(found, **wrong), key)) == code


def test_a_document_that_names_another_issuer_or_addresses_inside_is_not_believed(httpserver: HTTPServer) -> None:
    issuer = httpserver.url_for("").rstrip("/")
    endpoints = dict.fromkeys(("authorization_endpoint", "token_endpoint", "jwks_uri"), f"{issuer}/x")
    told = (
        ({"issuer": "https://elsewhere.example.org", **endpoints}, "signin.issuer"),
        ({"issuer": issuer, **endpoints, "token_endpoint": "http://10.1.2.3/token"}, "signin.private_address"),
        ({"issuer": issuer}, "signin.private_address"),
        (["no", "object"], "signin.unreachable"),
    )
    with override_settings(ROSTER_ALLOWED_HOSTS=("localhost",)):
        for said, code in told:
            httpserver.clear()
            httpserver.expect_request("/.well-known/openid-configuration").respond_with_json(said)
            with pytest.raises(Refused) as refused:
                discovery.document(issuer, fresh=True)
            assert refused.value.code == code


@pytest.mark.parametrize(
    "address", ["http://example.org", "ftp://example.org", "https://", "https://a@b.org", "", "https://[x", "file:///x"]
)
def test_only_https_is_called_unless_the_installation_lists_the_host(address: str) -> None:
    with pytest.raises(Refused):
        wire.check(address)


def test_what_the_installation_lists_may_be_called_without_https() -> None:
    with override_settings(ROSTER_ALLOWED_HOSTS=("idp.local:8080", "10.0.0.0/8")):
        wire.check("http://idp.local:8080/x")
        wire.check("http://10.9.8.7")
        for address in ("http://idp.local", "http://11.0.0.1", "http://127.0.0.1"):
            with pytest.raises(Refused):
                wire.check(address)
    assert wire.session().trust_env is False
