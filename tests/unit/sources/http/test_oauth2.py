"""OAuth 2 client credentials: both ways of sending them, one renewal, and no more calls than a secret can bear."""

import base64
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import parse_qs

import pytest

from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.sources.http.oauth2 import OAuth2
from rosterkeeper.sources.http.retry import Patience, Session
from tests.unit.sources.http.servers import Asked, HeldClock, Reply, Server, client_of, reply, serving

_ID, _SECRET = "client", "s3cr&t+/= %"
_BASIC = "Basic " + base64.b64encode(f"{_ID}:{_SECRET}".encode()).decode()


class _Desk:
    """A token endpoint at ``path`` that gives tokens t1, t2, … and data to whoever shows the newest."""

    def __init__(self, style: str = "basic", path: str = "/token", life: object = 3600) -> None:
        self.style, self.path, self.life = style, path, life
        self.given = 0
        self.scopes: list[str] = []

    def __call__(self, asked: Asked) -> Reply:
        if asked.method == "GET":
            known = asked.headers.get("Authorization") == f"Bearer t{self.given}"
            return reply({"orgs": []}, status=200 if known else 401)
        if asked.path != self.path:
            return Reply(404)
        form = {name: values[0] for name, values in parse_qs(asked.body).items()}
        self.scopes.append(form.get("scope", ""))
        by_body = (form.get("client_id"), form.get("client_secret")) == (_ID, _SECRET)
        right = asked.headers.get("Authorization") == _BASIC if self.style == "basic" else by_body
        if not right or form["grant_type"] != "client_credentials":
            return reply({"error": "invalid_client"}, status=401 if self.style == "basic" else 400)
        self.given += 1
        return reply({"access_token": f"t{self.given}", "expires_in": self.life})


@contextmanager
def _opened(
    answer: Callable[[Asked], Reply], urls: Sequence[str] = ("/token",), secret: str = _SECRET
) -> Iterator[tuple[Server, Session, HeldClock]]:
    clock = HeldClock()
    with serving(answer) as server, client_of(server.url) as client:
        auth = OAuth2(client, [server.url + url for url in urls], (_ID, secret), ["a", "b"], lambda: clock.now)
        yield server, Session(client, auth, Patience(), clock.pace()), clock


def _token_calls(server: Server) -> int:
    return sum(asked.method == "POST" for asked in server.asked)


@pytest.mark.parametrize(("style", "calls"), [("basic", 1), ("body", 2)])
@pytest.mark.covers("R01", "R02", "M07")
def test_a_token_is_fetched_by_basic_or_in_the_body(style: str, calls: int) -> None:
    desk = _Desk(style)
    with _opened(desk) as (server, session, _):
        assert session.get(f"{server.url}/orgs").ok
        assert session.get(f"{server.url}/orgs").ok
        assert (_token_calls(server), desk.scopes[-1]) == (calls, "a b")


@pytest.mark.covers("R02")
def test_the_token_endpoint_is_looked_for_where_servers_keep_it() -> None:
    with _opened(_Desk(path="/b/token"), ["/token", "/oauth2/token", "/b/token"]) as (server, session, clock):
        assert session.get(f"{server.url}/orgs").ok
        clock.now += 7200
        assert session.get(f"{server.url}/orgs").ok
        assert [asked.path for asked in server.asked if asked.method == "POST"] == [
            *("/token", "/oauth2/token", "/b/token"),
            "/b/token",
        ]


@pytest.mark.covers("R02")
def test_no_token_endpoint_at_all_asks_for_its_address() -> None:
    with _opened(lambda _: Reply(404), ["/token", "/x"]) as (server, session, _):
        with pytest.raises(RosterkeeperError) as caught:
            session.get(f"{server.url}/orgs")
        assert (caught.value.code, "token URL" in caught.value.todo) == ("source.not_found", True)


def test_a_page_where_a_token_should_be_is_not_a_token_endpoint() -> None:
    with _opened(lambda _: Reply(200, b"<html>")) as (server, session, _):
        with pytest.raises(RosterkeeperError) as caught:
            session.get(f"{server.url}/orgs")
        assert caught.value.code == "source.not_found"


@pytest.mark.parametrize("style", ["basic", "body"])
@pytest.mark.parametrize("urls", [["/token"], ["/token", "/oauth2/token", "/b/token"], ["/x", "/y", "/token"]])
@pytest.mark.covers("N37")
def test_a_wrong_secret_makes_at_most_three_token_calls(style: str, urls: list[str]) -> None:
    with _opened(_Desk(style), urls, secret="wr0ng-secret") as (server, session, _):
        with pytest.raises(RosterkeeperError) as caught:
            session.get(f"{server.url}/orgs")
        assert caught.value.code == "source.refused_credentials"
        assert "invalid Tenant ID or Key" in caught.value.what
        assert "wr0ng" not in caught.value.what + caught.value.todo
        assert _token_calls(server) <= 3


def test_a_token_is_renewed_before_it_ends() -> None:
    with _opened(_Desk(life="600")) as (server, session, clock):
        for now in (0, 530, 545):
            clock.now = now
            assert session.get(f"{server.url}/orgs").ok
        assert (_token_calls(server), len(server.asked)) == (2, 5)


def test_a_token_that_ends_early_is_renewed_once_and_the_pull_goes_on() -> None:
    desk = _Desk()
    with _opened(desk) as (server, session, _):
        assert session.get(f"{server.url}/orgs").ok
        desk.given += 1
        assert session.get(f"{server.url}/orgs").ok
        assert _token_calls(server) == 2


def test_a_token_that_is_never_taken_is_not_renewed() -> None:
    desk = _Desk()

    def answer(asked: Asked) -> Reply:
        return desk(asked) if asked.method == "POST" else Reply(401)

    with _opened(answer) as (server, session, _):
        with pytest.raises(RosterkeeperError) as caught:
            session.get(f"{server.url}/orgs")
        assert (caught.value.code, _token_calls(server)) == ("source.refused_credentials", 1)


def test_scopes_that_the_server_does_not_know_are_left_out() -> None:
    desk = _Desk()

    def answer(asked: Asked) -> Reply:
        return reply({"error": "invalid_scope"}, status=400) if "scope=" in asked.body else desk(asked)

    with _opened(answer) as (server, session, _):
        assert session.get(f"{server.url}/orgs").ok
        assert _token_calls(server) == 2


@pytest.mark.parametrize(
    ("bad", "code"),
    [(Reply(503), "source.server_error"), (Reply(429), "source.rate_limited"), (Reply(302), "source.moved")],
)
def test_a_token_call_is_never_repeated_unasked(bad: Reply, code: str) -> None:
    with _opened(lambda _: bad) as (server, session, clock):
        with pytest.raises(RosterkeeperError) as caught:
            session.get(f"{server.url}/orgs")
        assert (caught.value.code, len(server.asked), clock.slept) == (code, 1, [])
