"""ClassLink's district servers, and the connection test of both ways in."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.oneroster.fields import ENTITIES
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Probe
from tests.unit.sources.http.servers import Asked, Reply, serving
from tests.unit.sources.oneroster.proxies import BEARER, KEY, WORDS, Proxy, Quiet, direct, opened, row, source
from tests.unit.sources.oneroster.services import OneRoster, district

_PLAIN = tuple(entity.name for entity in ENTITIES if not entity.nested)


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    with Scratch(tmp_path / "scratch") as made:
        yield made


# Straight to the district's server.


@pytest.mark.covers("L10", "L14", "L15", "L16", "S10", "S18")
@pytest.mark.parametrize("pasted", ["", "/", "/ims/oneroster/v1p1", "/ims/oneroster/v1p1/orgs/"])
@pytest.mark.parametrize(("auth", "method"), [("oauth1", "HMAC-SHA256"), ("oauth1-sha1", "HMAC-SHA1")])
def test_endpoint_key_and_secret_read_the_districts_own_server(
    auth: str, method: str, pasted: str, scratch: Scratch
) -> None:
    desk, spec = direct(method, auth=auth)
    with serving(desk) as server:
        desk.url = server.url
        fetched = opened(spec, server.url + pasted).fetch(scratch, Quiet())
    assert (fetched.version, fetched.collections["users"].rows) == ("1.1", 3)


@pytest.mark.covers("S13", "L10")
def test_a_wrong_secret_of_the_own_server_is_told(scratch: Scratch) -> None:
    desk, spec = direct("HMAC-SHA256", secret="mistyped")
    with serving(desk) as server:
        desk.url = server.url
        with pytest.raises(RosterkeeperError) as caught:
            opened(spec, server.url).fetch(scratch, Quiet())
    assert caught.value.code == "source.refused_credentials"


def test_a_token_at_the_hosts_root_is_asked_for_by_basic_alone(scratch: Scratch) -> None:
    service = OneRoster("1.1", district("1.1"), bearer="given")

    def answer(asked: Asked) -> Reply:
        if asked.method == "GET":
            return service(asked)
        by_basic = asked.headers.get("Authorization", "").startswith("Basic ")
        right = asked.path == "/token" and by_basic and "client_secret" not in asked.body
        return Reply(200, json.dumps({"access_token": "given"}).encode()) if right else Reply(401, WORDS)

    _, spec = direct("", auth="oauth2")
    with serving(answer) as server:
        fetched = opened(spec, server.url + "/ims/oneroster/v1p1").fetch(scratch, Quiet())
        assert fetched.collections["users"].rows == 3
        assert [asked.path for asked in server.asked if asked.method == "POST"] == ["/token"]


# The connection test.


def _told(probes: list[Probe]) -> dict[str, tuple[bool, str]]:
    assert all(probe.says for probe in probes)
    assert all(probe.todo for probe in probes if not probe.ok)
    for secret in ("words of the server", "never-land-this", "O'Neil", "Zoë", KEY, BEARER):
        assert secret not in str(probes)
    return {probe.what: (probe.ok, probe.code) for probe in probes}


@pytest.mark.covers("M11", "N03", "S11", "S12")
def test_a_good_connection_passes_with_totals_and_shapes() -> None:
    with serving(Proxy([row()])) as server:
        probes = source(server).test()
    told = _told(probes)
    assert [what for what, (ok, _) in told.items() if not ok] == []
    assert set(told) == {"server", "encryption", "credentials", "service", *_PLAIN}
    says = {probe.what: probe.says for probe in probes}
    assert "3 records; the first has 6 of" in says["users"]
    assert "1.1" in says["service"]


@pytest.mark.covers("M11", "M13", "L41", "S13", "N37", "N44")
@pytest.mark.parametrize(
    ("rows", "key", "what", "code"),
    [
        ([row()], "mistyped", "credentials", "classlink.wrong_key"),
        ([row(17)], KEY, "sharing", "classlink.unknown_tenant"),
        ([row(enabled="false")], KEY, "sharing", "classlink.not_enabled"),
        ([row(bearer="no longer taken")], KEY, "sharing", "classlink.withdrawn"),
    ],
)
def test_each_failure_ends_the_test_with_its_own_code(
    rows: list[dict[str, object]], key: str, what: str, code: str
) -> None:
    with serving(Proxy(rows)) as server:
        told = _told(source(server, secret=key).test())
    assert (list(told)[-1], told[what]) == (what, (False, code))
    assert told["server"] == (True, "")


@pytest.mark.covers("M11", "M13")
def test_a_missing_permission_is_told_by_its_collection() -> None:
    service = OneRoster("1.1", district("1.1"), bearer=BEARER, statuses={"classes": 403, "demographics": 403})
    with serving(Proxy([row()], service)) as server:
        told = _told(source(server).test())
    assert (told["classes"], told["users"]) == ((False, "source.forbidden"), (True, ""))
    assert told["demographics"] == (True, "table.not_shared")


@pytest.mark.covers("L02")
def test_masked_fields_are_told_before_anything_is_synced() -> None:
    with serving(Proxy([row()], headers={"x-obfuscated": "true"})) as server:
        assert _told(source(server).test())["users"] == (True, "vendor.masked_fields")


@pytest.mark.covers("S13")
def test_the_older_signature_is_tried_once_where_the_newer_is_refused() -> None:
    desk, spec = direct("HMAC-SHA1")
    with serving(desk) as server:
        desk.url = server.url
        told = _told(opened(spec, server.url).test())
        assert told["credentials"] == (False, "source.other_signature")
        assert len(server.asked) <= 4
    desk, spec = direct("HMAC-SHA1", secret="mistyped")
    with serving(desk) as server:
        desk.url = server.url
        probes = opened(spec, server.url).test()
        assert _told(probes)["credentials"] == (False, "source.refused_credentials")
        assert "HMAC-SHA1 was tried too" in probes[-1].says


@pytest.mark.covers("N36", "N03")
def test_a_proxy_that_cannot_be_reached_is_told_as_that() -> None:
    with serving(lambda _: Reply()) as server:
        pass
    assert _told(source(server).test()) == {"server": (False, "source.unreachable")}
