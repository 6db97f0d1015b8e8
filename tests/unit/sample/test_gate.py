"""The sample server lets in whoever proves who they are, once for each proof that may be used once."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest
from oauthlib import oauth1

from rosterkeeper.sample import SampleServer, Service

METHODS = {"oauth1": oauth1.SIGNATURE_HMAC_SHA256, "oauth1-sha1": oauth1.SIGNATURE_HMAC_SHA1}


@contextmanager
def _serving(package: Path, auth: str, expires_in: int = 3600) -> Iterator[tuple[SampleServer, httpx.Client]]:
    service = Service(secret="word", expires_in=expires_in)
    with SampleServer(package, auth=auth, service=service) as server, httpx.Client(timeout=20) as client:
        yield server, client


def _sign(url: str, method: str, **more: str) -> dict[str, str]:
    client = oauth1.Client(**{"client_key": "sample", "client_secret": "word", "signature_method": method, **more})
    _, headers, _ = client.sign(url)
    return dict(headers)


@pytest.mark.covers("R01")
@pytest.mark.parametrize("auth", ["oauth1", "oauth1-sha1"])
def test_a_signed_request_is_answered_once(package: Path, auth: str) -> None:
    with _serving(package, auth) as (server, client):
        url = f"{server.base_url}/users?limit=3&filter=status%3D%27active%27%20AND%20role%3D%27student%27"
        headers = _sign(url, METHODS[auth])
        assert client.get(url, headers=headers).status_code == 200
        assert client.get(url, headers=headers).status_code == 401


@pytest.mark.covers("R01")
@pytest.mark.parametrize("auth", ["oauth1", "oauth1-sha1"])
def test_a_signature_that_does_not_hold_is_refused(package: Path, auth: str) -> None:
    other = METHODS["oauth1" if auth == "oauth1-sha1" else "oauth1-sha1"]
    old = str(int(time.time()) - 3600)
    with _serving(package, auth) as (server, client):
        url = f"{server.base_url}/users?limit=3"
        for headers in (
            {},
            {"Authorization": "OAuth nonsense"},
            _sign(url, METHODS[auth], client_secret="wrong"),
            _sign(url, METHODS[auth], client_key="stranger"),
            _sign(url, METHODS[auth], timestamp=old),
            _sign(f"{url}0", METHODS[auth]),
            _sign(url, other),
        ):
            assert client.get(url, headers=headers).status_code == 401


@pytest.mark.covers("R02")
def test_a_token_is_given_for_credentials_by_basic_or_in_the_body(package: Path) -> None:
    grant = {"grant_type": "client_credentials", "scope": "roster.readonly"}
    with _serving(package, "oauth2") as (server, client):
        by_basic = client.post(server.token_url, data=grant, auth=("sample", "word"))
        by_body = client.post(server.token_url, data={**grant, "client_id": "sample", "client_secret": "word"})
        for given in (by_basic, by_body):
            told = given.json()
            assert told["token_type"] == "bearer"
            assert told["expires_in"] == 3600
            headers = {"Authorization": f"Bearer {told['access_token']}"}
            assert client.get(f"{server.base_url}/orgs", headers=headers).status_code == 200


@pytest.mark.covers("R02")
def test_no_token_is_given_for_wrong_credentials(package: Path) -> None:
    with _serving(package, "oauth2") as (server, client):
        grant = {"grant_type": "client_credentials"}
        assert client.post(server.token_url, data=grant, auth=("sample", "wrong")).status_code == 401
        assert client.post(server.token_url, data=grant).status_code == 401
        assert client.post(server.token_url, data={"grant_type": "x"}, auth=("sample", "word")).status_code == 400
        assert client.get(server.token_url).status_code == 405
        answer = client.get(f"{server.base_url}/orgs", headers={"Authorization": "Bearer made-up"})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.covers("R02")
def test_a_token_ends_with_its_time(package: Path) -> None:
    with _serving(package, "oauth2", expires_in=0) as (server, client):
        given = client.post(server.token_url, data={"grant_type": "client_credentials"}, auth=("sample", "word"))
        headers = {"Authorization": f"Bearer {given.json()['access_token']}"}
        assert client.get(f"{server.base_url}/orgs", headers=headers).status_code == 401


def test_a_static_bearer_is_the_secret_itself(package: Path) -> None:
    with _serving(package, "bearer") as (server, client):
        url = f"{server.base_url}/orgs"
        assert client.get(url, headers={"Authorization": "Bearer word"}).status_code == 200
        assert client.get(url, headers={"Authorization": "Bearer wordy"}).status_code == 401
        assert client.get(url).status_code == 401
        assert client.post(f"{server.url}/token").status_code == 404
