"""Tokens in the middle of a pull, and in a connection test: renewed in time, never asked for too often."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

import msgspec
import pytest

from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.http.retry import Patience
from rosterkeeper.sources.oneroster.service import Setup
from rosterkeeper.sources.oneroster.source import OneRosterServer
from rosterkeeper.sources.spec import OneRosterSpec
from tests.unit.sources.http.servers import HERE, Asked, HeldClock, Reply, Server, serving
from tests.unit.sources.oneroster.services import OneRoster, district


class _Watch:
    """Follows a fetch."""

    def progress(self, step: str, what: str, done: int, total: int | None) -> None:
        """Nothing to note."""

    def check(self) -> None:
        """Never stops."""


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    with Scratch(tmp_path / "scratch") as made:
        yield made


@dataclass
class _Issuer:
    """A service whose tokens are good for ``pages`` pages each; ``path`` is its token endpoint."""

    service: OneRoster
    pages: int = 1000
    path: str = "/token"
    by_body: bool = False
    life: int = 3600
    clock: HeldClock = field(default_factory=HeldClock)
    given: int = 0
    left: int = 0

    def __call__(self, asked: Asked) -> Reply:
        if asked.method == "POST":
            return self._give(asked)
        if asked.headers.get("Authorization") != f"Bearer t{self.given}" or not self.left:
            return Reply(401)
        self.left -= 1
        self.clock.now += 100
        self.service.bearer = f"t{self.given}"
        return self.service(asked)

    def _give(self, asked: Asked) -> Reply:
        form = parse_qs(asked.body)
        shown = form.get("client_secret") == ["word"] if self.by_body else "Basic " in str(asked.headers)
        if asked.path != self.path or not shown:
            return Reply(404 if asked.path != self.path else 401)
        self.given, self.left = self.given + 1, self.pages
        return Reply(200, json.dumps({"access_token": f"t{self.given}", "expires_in": self.life}).encode())


def _source(server: Server, issuer: _Issuer, **more: str | int) -> OneRosterServer:
    stated: dict[str, object] = {"url": server.url, "client_id": "me", "secret": "word", "page_size": 2, "in_flight": 1}
    spec = msgspec.convert({"kind": "oneroster", **stated, **more}, OneRosterSpec)
    return OneRosterServer(spec, Setup(patience=Patience(), pace=issuer.clock.pace(), reach=HERE))


def _token_calls(server: Server) -> int:
    return sum(asked.method == "POST" for asked in server.asked)


@pytest.mark.covers("R01", "R02")
@pytest.mark.parametrize("pages", [1, 3])
@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_token_that_ends_in_the_middle_is_renewed_and_the_pull_goes_on(
    version: str, pages: int, scratch: Scratch
) -> None:
    issuer = _Issuer(OneRoster(version, district(version)), pages=pages)
    with serving(issuer) as server:
        fetched = _source(server, issuer).fetch(scratch, _Watch())
    assert (fetched.version, fetched.collections["users"].rows) == (version, 3)
    assert issuer.given > 3


@pytest.mark.covers("R02")
def test_a_token_about_to_end_is_renewed_before_it_is_refused(scratch: Scratch) -> None:
    issuer = _Issuer(OneRoster("1.1", district("1.1")), life=300)
    with serving(issuer) as server:
        assert _source(server, issuer, version="1.1").fetch(scratch, _Watch()).collections["users"].rows == 3
        refused = [asked for asked in server.asked if asked.method == "GET" and "limit" not in asked.target]
    assert (issuer.given > 1, refused) == (True, [])


@pytest.mark.covers("M11", "N37", "S11")
@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("by_body", [True, False])
@pytest.mark.parametrize("path", ["/token", "/oauth2/token"])
def test_a_connection_test_asks_for_a_token_at_most_three_times(version: str, by_body: bool, path: str) -> None:
    issuer = _Issuer(OneRoster(version, district(version)), path=path, by_body=by_body)
    with serving(issuer) as server:
        probes = _source(server, issuer).test()
        assert [probe.what for probe in probes if not probe.ok] == []
        assert _token_calls(server) <= 3


@pytest.mark.covers("N37", "S13")
def test_a_token_refused_in_the_middle_of_a_test_is_not_asked_for_again_and_again() -> None:
    issuer = _Issuer(OneRoster("1.1", district("1.1")), pages=1)
    with serving(issuer) as server:
        probes = _source(server, issuer, version="1.1").test()
        assert _token_calls(server) <= 3
    assert {probe.code for probe in probes if not probe.ok} == {"source.refused_credentials"}


@pytest.mark.covers("L12", "R02")
def test_a_preset_knows_where_its_tokens_are(scratch: Scratch) -> None:
    issuer = _Issuer(OneRoster("1.1", district("1.1")), path="/oauth/token")
    with serving(issuer) as server:
        _source(server, issuer, preset="powerschool").fetch(scratch, _Watch())
        tried = [asked.path for asked in server.asked if asked.method == "POST"]
    assert tried[:2] == ["/oauth/access_token", "/oauth/token"]
