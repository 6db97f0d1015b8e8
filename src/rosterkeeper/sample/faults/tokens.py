"""Faults of tokens: which credentials a token endpoint takes, where it is, and how long its tokens live."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qs, parse_qsl, urlencode

import msgspec

from rosterkeeper.sample.answers import Answer, Asked
from rosterkeeper.sample.desk import TOKEN_PATH
from rosterkeeper.sample.faults.play import ALL, TOKEN, Fault, Go, Turn, place_of, with_headers

_SESSION: Final = "session=sample"


def _form(asked: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(asked.body.decode("utf-8", "replace")).items()}


def _refused(error: str, status: int = 400) -> Answer:
    return Answer(status, msgspec.json.encode({"error": error}))


def _has_basic(asked: Asked) -> bool:
    return asked.headers.get("authorization", "").lower().startswith("basic ")


def basic_only(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """401 to credentials in the body."""
    return go(asked) if _has_basic(asked) else _refused("invalid_client", 401)


def body_only(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """401 to HTTP Basic, also where the body says the same."""
    return _refused("invalid_client", 401) if _has_basic(asked) else go(asked)


def query_only(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """The grant and the scope in the query, whatever the body says."""
    if "grant_type" not in asked.parameters:
        return _refused("invalid_request")
    return go(replace(asked, body=urlencode(dict(asked.parameters)).encode()))


def grant_unasked(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """A token for an empty body, by HTTP Basic alone."""
    return go(replace(asked, body=urlencode({"grant_type": "client_credentials"} | _form(asked)).encode()))


def scope_needed(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """No token without a scope."""
    return go(asked) if _form(asked).get("scope") else _refused("invalid_scope")


def scope_begins(asked: Asked, go: Go, turn: Turn) -> Answer:
    """Only scopes that begin so."""
    scopes = _form(asked).get("scope", "").split()
    if scopes and not all(each.startswith(turn.value) for each in scopes):
        return _refused("invalid_scope")
    return go(asked)


def scope_refused(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """No token with a scope."""
    return _refused("invalid_scope") if _form(asked).get("scope") else go(asked)


def bare_grant(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """A token without its life, its type and its scope."""
    return _told(go(asked), lambda told: {"access_token": told["access_token"]})


def short_life(asked: Asked, go: Go, turn: Turn) -> Answer:
    """A token that says it lives so many seconds, written as text."""
    return _told(go(asked), lambda told: told | {"expires_in": turn.value})


def dies_early(asked: Asked, go: Go, turn: Turn) -> Answer:
    """Every so many requests the token is refused, whatever life it was given."""
    if place_of(asked) == TOKEN or turn.number % turn.amount:
        return go(asked)
    return Answer(401, b"{}")


def elsewhere(asked: Asked, go: Go, turn: Turn) -> Answer:
    """The token endpoint at that path alone."""
    if asked.path == turn.value:
        return go(replace(asked, path=TOKEN_PATH))
    return Answer(404, b"{}") if place_of(asked) == TOKEN else go(asked)


def login_form(asked: Asked, go: Go, turn: Turn) -> Answer:
    """POST clientid and clientsecret to that path; the token comes as plain text."""
    if asked.path != turn.value:
        return Answer(404, b"{}") if place_of(asked) == TOKEN else go(asked)
    form = _form(asked)
    named = {"client_id": form.get("clientid", ""), "client_secret": form.get("clientsecret", "")}
    body = urlencode({"grant_type": "client_credentials", **named}).encode()
    answer = go(replace(asked, path=TOKEN_PATH, body=body, headers=_unsigned(asked)))
    if answer.status != 200:
        return answer
    told = msgspec.json.decode(answer.body, type=dict[str, object])
    return Answer(200, str(told["access_token"]).encode(), {"Content-Type": "text/plain"})


def password_grant(asked: Asked, go: Go, turn: Turn) -> Answer:
    """The password grant alone; the user and the password are both the value."""
    form = _form(asked)
    if form.get("grant_type") != "password":
        return _refused("unsupported_grant_type")
    if (form.get("username"), form.get("password")) != (turn.value, turn.value):
        return _refused("invalid_grant", 401)
    return go(replace(asked, body=urlencode(form | {"grant_type": "client_credentials"}).encode()))


def cookie(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """A session cookie with the token; without it no roster."""
    if place_of(asked) == TOKEN:
        return with_headers(go(asked), {"Set-Cookie": f"{_SESSION}; Path=/; HttpOnly"})
    return go(asked) if _SESSION in asked.headers.get("cookie", "") else Answer(401, b"{}")


def application_name(asked: Asked, go: Go, turn: Turn) -> Answer:
    """No token unless the token URL names the application."""
    named = dict(parse_qsl(asked.target.partition("?")[2])).get("appName")
    return go(asked) if named == turn.value else Answer(400, b"No Campus Application selected")


def _unsigned(asked: Asked) -> Mapping[str, str]:
    return {name: text for name, text in asked.headers.items() if name != "authorization"}


def _told(answer: Answer, change: Callable[[dict[str, object]], dict[str, object]]) -> Answer:
    if answer.status != 200:
        return answer
    told = msgspec.json.decode(answer.body, type=dict[str, object])
    return replace(answer, body=msgspec.json.encode(change(told)))


_ON: Final = (TOKEN,)
FAULTS: Final = (
    Fault("token-basic", ("token-both-channels", "cl-host-root-token"), "takes HTTP Basic alone", basic_only, on=_ON),
    Fault("token-body", ("token-both-channels",), "takes credentials in the body alone", body_only, on=_ON),
    Fault("token-query", ("token-form-vs-query",), "takes the grant from the query alone", query_only, on=_ON),
    Fault("token-unasked", ("token-form-vs-query",), "gives a token for an empty body", grant_unasked, on=_ON),
    Fault("token-scope", ("token-scope-mandatory",), "gives no token without a scope", scope_needed, on=_ON),
    Fault("token-scope-begins", ("token-scope-http-https",), "scopes begin so", scope_begins, "http://", on=_ON),
    Fault("token-no-scope", ("token-scope-http-https",), "knows no scope at all", scope_refused, on=_ON),
    Fault("token-bare", ("token-missing-scope-expiry",), "says neither life nor scope", bare_grant, on=_ON),
    Fault(
        "token-short", ("token-missing-scope-expiry",), "tokens say they live so many seconds", short_life, "2", on=_ON
    ),
    Fault(
        "token-dies",
        ("token-missing-scope-expiry",),
        "refuses every so many-th request, so that the token must be renewed",
        dies_early,
        "5",
    ),
    Fault(
        "token-at",
        ("token-url-not-derivable", "token-under-base"),
        "has its token endpoint at that path",
        elsewhere,
        "/oauth/access_token",
        on=(ALL,),
    ),
    Fault("token-login", ("token-login-form",), "has a form to log in at that path", login_form, "/login", on=(ALL,)),
    Fault(
        "token-password", ("token-password-grant",), "takes the password grant alone", password_grant, "vendor", on=_ON
    ),
    Fault("token-cookie", ("token-session-cookie",), "wants the token's cookie with each request", cookie, on=(ALL,)),
    Fault("token-app", ("ic-appname",), "wants appName in the token URL", application_name, "roster", on=_ON),
)
