"""The connection test against servers that are not what they should be, and addresses that are none."""

from pathlib import Path

import msgspec
import pytest

from rosterkeeper.oneroster.errors import SourceRefused
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Since
from rosterkeeper.sources.oneroster.service import Setup
from rosterkeeper.sources.oneroster.source import OneRosterServer
from rosterkeeper.sources.spec import OneRosterSpec
from tests.unit.engine.tables import Quiet
from tests.unit.sources.http.servers import HERE, HeldClock, Reply, serving
from tests.unit.sources.oneroster.services import OneRoster, district, running


def _spec(url: str, **more: str) -> OneRosterSpec:
    settings = {"url": url, "auth": "bearer", "secret": "static-bearer"} | more
    return msgspec.convert({"kind": "oneroster"} | settings, OneRosterSpec)


def _source(spec: OneRosterSpec, since: Since | None = None) -> OneRosterServer:
    """A source that never really waits."""
    return OneRosterServer(spec, Setup(pace=HeldClock().pace(), reach=HERE, since=since or Since()))


def _told(source: OneRosterServer) -> dict[str, tuple[bool, str]]:
    """What each probe came to; none holds a word of the server's."""
    probes = source.test()
    assert "words of the server" not in str(probes)
    return {each.what: (each.ok, each.code) for each in probes}


@pytest.mark.parametrize("version", ["auto", "1.1"])
@pytest.mark.covers("M11", "M13")
def test_a_probe_of_a_page_to_sign_in_says_that_the_server_answers(version: str) -> None:
    page = Reply(200, b"<!doctype html><title>words of the server</title>", {"Content-Type": "text/html"})
    with serving(lambda _: page) as server:
        probes = _told(_source(_spec(server.url, version=version)))
    assert probes["server"] == (True, "")
    told = "service" if version == "auto" else "orgs"
    assert probes[told] == (False, "source.not_json")


@pytest.mark.covers("M11", "M13")
def test_a_probe_finds_no_service_where_nothing_is_whatever_version_is_set() -> None:
    with running(OneRoster("1.1", {})) as server:
        probes = _told(_source(_spec(server.url, version="1.1")))
    assert probes == {
        "server": (True, ""),
        "encryption": (True, "source.not_encrypted"),
        "service": (False, "source.not_found"),
    }


@pytest.mark.covers("L14")
def test_a_probe_flags_a_token_address_that_all_may_read_along_at() -> None:
    with serving(lambda _: Reply(401)) as server:
        spec = _spec("https://h.example", auth="oauth2", client_id="district", token_url=f"{server.url}/token")
        probes = _told(_source(spec))
    assert probes["encryption"] == (True, "source.not_encrypted")
    assert probes["credentials"] == (False, "source.refused_credentials")


@pytest.mark.covers("M11")
def test_a_probe_reads_only_what_a_sync_needs() -> None:
    unread = frozenset({"demographics", "classes"})
    with running(OneRoster("1.1", district("1.1"), statuses={"classes": 403, "demographics": 500})) as server:
        probes = _told(_source(_spec(server.url), Since(unread=unread)))
        assert all(good for good, _ in probes.values())
        assert unread.isdisjoint({asked.path.rpartition("/")[2] for asked in server.asked})


@pytest.mark.parametrize("host", ["0177.0.0.1", "00000177.0.0.1", "①②⑦.⓪.⓪.①", "ⓛocalhost"])
def test_a_spelling_that_is_no_host_is_refused_before_anything_is_sent(host: str, tmp_path: Path) -> None:
    source = _source(_spec(f"http://{host}"))
    with Scratch(tmp_path / "scratch") as scratch, pytest.raises(SourceRefused, match="not one of a web server"):
        source.fetch(scratch, Quiet())
    assert _told(source) == {"settings": (False, "source.unreachable")}
