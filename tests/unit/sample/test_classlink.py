"""ClassLink's stand-in: the list of districts, the roster through the proxy, and the district's own server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from oauthlib import oauth1

from rosterkeeper.sample import SampleServer, Service


@contextmanager
def _serving(package: Path) -> Iterator[tuple[SampleServer, httpx.Client]]:
    with SampleServer(package, auth="classlink", service=Service(secret="word")) as server:
        headers = {"Authorization": "Bearer word"}
        with httpx.Client(base_url=server.url, headers=headers, timeout=20) as client:
            yield server, client


def _row(server: SampleServer, client: httpx.Client) -> dict[str, Any]:
    listed = client.get("/applications?limit=1000").json()["applications"]
    (found,) = (row for row in listed if str(row["tenant_id"]) == server.tenant_id)
    return dict(found)


@pytest.mark.covers("N02", "S17")
def test_districts_are_listed_page_by_page_without_a_total(package: Path) -> None:
    with _serving(package) as (server, client):
        default = client.get("/applications")
        pages = [client.get(f"/applications?limit=90&offset={offset}") for offset in (0, 90, 180, 270)]
        row = _row(server, client)
    assert not {"x-count", "x-total-count", "link"} & {name.lower() for name in default.headers}
    assert len(default.json()["applications"]) == 100
    assert [len(each.json()["applications"]) for each in pages] == [90, 90, 70, 0]
    assert server.tenant_id not in {str(each["tenant_id"]) for each in default.json()["applications"]}
    assert (row["enabled"], row["tenant_status"]) == ("true", "Active")
    assert "%" in row["oneroster_application_id"]
    assert len({row["id"], row["application_id"], row["oneroster_application_id"]}) == 3


@pytest.mark.covers("N02")
def test_only_the_partner_key_sees_the_districts(package: Path) -> None:
    with _serving(package) as (_, client):
        assert client.get("/applications", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/applications?limit=x").status_code == 400


@pytest.mark.covers("N02", "M11")
def test_a_district_is_read_by_its_own_bearer_at_its_id_as_it_was_given(package: Path) -> None:
    with _serving(package) as (server, client):
        row = _row(server, client)
        path = f"/{row['oneroster_application_id']}/ims/oneroster/v1p1/orgs"
        own = {"Authorization": f"Bearer {row['bearer']}"}
        answer = client.get(path, headers=own)
        assert answer.status_code == 200
        assert answer.headers["x-count"] == answer.headers["x-total-count"] == str(len(answer.json()["orgs"]))
        assert {"x-perm-rev", "x-obfuscated"} <= {name.lower() for name in answer.headers}
        assert client.get(path).status_code == 401
        assert client.get(path.replace("%", "%25"), headers=own).status_code == 401


@pytest.mark.covers("L10")
@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
def test_the_districts_own_server_takes_signatures_of_either_hash(package: Path, method: str) -> None:
    with _serving(package) as (server, client):
        told = client.get(f"/applications/{_row(server, client)['oneroster_application_id']}/server").json()
        url = f"{told['endpoint_url']}/v1p1/users?limit=3&filter=status%3D%27active%27"
        _, headers, _ = oauth1.Client(told["client_id"], told["client_secret"], signature_method=method).sign(url)
        answer = httpx.get(url, headers=headers)
    assert answer.status_code == 200
    assert "link" in answer.headers
