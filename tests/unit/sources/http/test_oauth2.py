"""OAuth 2 tokens: every way of asking for one, one renewal, and no more calls than a secret can bear."""

import base64
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest

from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.sources.http.oauth2 import Manner, OAuth2, Style
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


def test_a_token_that_was_created_is_a_token() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.method == "GET":
            return reply({"orgs": []}, status=200 if asked.headers["Authorization"] == "Bearer t1" else 401)
        return reply({"access_token": "t1"}, status=201)

    with _opened(answer) as (server, session, _):
        assert (session.get(server.url).status, _token_calls(server)) == (200, 1)


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


# Habits of token endpoints that differ from the standard's.


@contextmanager
def _with_manner(
    answer: Callable[[Asked], Reply], manner: Manner, scopes: Sequence[str] = ("a",), url: str = "/token"
) -> Iterator[tuple[Server, Session, OAuth2]]:
    clock = HeldClock()
    with serving(answer) as server, client_of(server.url) as client:
        auth = OAuth2(client, [server.url + url], (_ID, _SECRET), scopes, lambda: clock.now, manner)
        yield server, Session(client, auth, Patience(), clock.pace()), auth


def _token(asked: Asked, right: bool) -> Reply:
    if asked.method == "GET":
        return reply({"orgs": []})
    return reply({"access_token": "t"}) if right else reply({"error": "invalid_client"}, status=401)


def test_grant_and_scope_may_stand_in_the_query_but_no_secret_does() -> None:
    def answer(asked: Asked) -> Reply:
        query = parse_qs(urlsplit(asked.target).query)
        right = query.get("grant_type") == ["client_credentials"] and query.get("scope") == ["a"]
        return _token(asked, right and query.get("appName") == ["app"] and asked.headers["Authorization"] == _BASIC)

    with _with_manner(answer, Manner((Style.QUERY,)), url="/campus/oauth2/token?appName=app") as (server, session, _):
        assert session.get(f"{server.url}/orgs").ok
        asked = next(each for each in server.asked if each.method == "POST")
        assert (asked.body, _SECRET in asked.target, _token_calls(server)) == ("", False, 1)


@pytest.mark.parametrize(("style", "basic"), [(Style.BASIC, True), (Style.BODY, False)])
def test_a_stated_style_is_the_only_one_that_is_tried(style: Style, basic: bool) -> None:
    with _with_manner(lambda asked: _token(asked, False), Manner((style,))) as (server, session, _):
        with pytest.raises(RosterkeeperError) as caught:
            session.get(f"{server.url}/orgs")
        assert caught.value.code == "source.refused_credentials"
        assert [asked.headers.get("Authorization") == _BASIC for asked in server.asked] == [basic]


def test_a_password_grant_sends_the_person_and_the_client() -> None:
    def answer(asked: Asked) -> Reply:
        form = {name: values[0] for name, values in parse_qs(asked.body).items()}
        person = (form.get("grant_type"), form.get("username"), form.get("password"))
        return _token(asked, person == ("password", "svc", "p&w") and asked.headers.get("Authorization") == _BASIC)

    with _with_manner(answer, Manner(person=("svc", "p&w"))) as (server, session, _):
        assert session.get(f"{server.url}/orgs").ok
        assert _token_calls(server) == 1


def test_a_scope_that_only_goes_by_http_is_asked_for_so() -> None:
    known = "http://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly"

    def answer(asked: Asked) -> Reply:
        if asked.method == "POST" and parse_qs(asked.body).get("scope") != [known]:
            return reply({"error": "invalid_scope"}, status=400)
        return _token(asked, True)

    with _with_manner(answer, Manner(), [known.replace("http:", "https:")]) as (server, session, _):
        assert session.get(f"{server.url}/orgs").ok
        assert _token_calls(server) == 2


def test_a_scope_set_by_hand_is_not_changed() -> None:
    refusing = reply({"error": "invalid_scope"}, status=400)
    with _with_manner(lambda _: refusing, Manner(fixed_scope=True)) as (server, session, _):
        with pytest.raises(RosterkeeperError) as caught:
            session.get(f"{server.url}/orgs")
        assert (caught.value.code, _token_calls(server)) == ("source.scope_refused", 1)


def test_no_scope_at_all_may_be_asked_for() -> None:
    with _with_manner(lambda asked: _token(asked, "scope" not in asked.body), Manner(), []) as (server, session, _):
        assert session.get(f"{server.url}/orgs").ok


def test_another_scope_takes_another_token_unless_the_calls_are_used_up() -> None:
    with _with_manner(_Desk(), Manner(most_calls=2)) as (server, session, auth):
        for scope, calls in (("a", 1), ("a", 1), ("b", 2), ("c", 2)):
            auth.rescope([scope])
            assert session.get(f"{server.url}/orgs").ok
            assert _token_calls(server) == calls
