"""Two districts never meet: whoever is limited to one gets no word of the other, and their numbers are unknown."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from rosterkeeper.features.accounts.models import Account
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs.models import Order, Run
from rosterkeeper.service.access import Route, routes
from rosterkeeper.service.api import description
from tests.pages.two import BEYOND, WORD, Program, Two

# No record has this number.
_NOBODYS = 987654
# In the addresses of calls, what is no text is a number.
_NUMBER = re.compile(r"<int:\w+>|<\w+>")
_OF_EACH_ANSWER = re.compile(r'"[A-Za-z0-9]{64}"|"reference": "\w+"')
# What ends the session that calls, or asks for it.
_LEFT_OUT = ("/sign-in/logout/", "/account/sign-out-everywhere/", "/signin/out/")

Ask = Callable[[Route, str], Any]


def _address(route: Route, number: int | str, person: str) -> str:
    address = _NUMBER.sub(str(number), route.address).replace("<slug:way>", "undo").replace("<slug:form>", "csv")
    address = address.replace("GW<slug:number>", "GW001").replace("<path:sourced_id>", person)
    return re.sub(r"<\w+:\w+>", "x", address)


def _plain(answer: Any, number: int) -> tuple[int, str]:
    """What was answered, without what differs from one answer to the next."""
    if answer.status_code in (301, 302):
        return answer.status_code, answer["Location"].replace(str(number), "N")
    return answer.status_code, _OF_EACH_ANSWER.sub("", _text(answer)).replace(str(number), "N")


def _text(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode(errors="replace")


def _body(schema: dict[str, Any], parts: dict[str, Any]) -> Any:
    """The least that a body of the schema can be."""
    if "$ref" in schema:
        return _body(parts[schema["$ref"].rpartition("/")[2]], parts)
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _body(schema["anyOf"][0], parts)
    match schema.get("type"):
        case "object":
            wanted = schema.get("required", [])
            return {name: _body(schema["properties"][name], parts) for name in wanted}
        case "array":
            return [_body(schema["items"], parts)] * schema.get("minItems", 0)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
    return "07:00" if schema.get("format") == "time" else "x"


def _least() -> dict[tuple[str, str], tuple[str, Any]]:
    """Of each operation the least that it takes, by its address and method: a query, and a body (a str is a file's)."""
    whole = description()
    parts = whole["components"]["schemas"]
    found = {}
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            wanted = [each for each in operation.get("parameters", []) if each["in"] == "query" and each["required"]]
            query = urlencode({each["name"]: _body(each["schema"], parts) for each in wanted})
            content = operation.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            body = _body(schema, parts) if schema else "file" if content else None
            found[re.sub(r"\{(?:\w+:)?(\w+)\}", r"<\1>", path), method.upper()] = query, body
    return found


def _asks(two: Two, account: Account, districts: tuple[int, ...] = ()) -> Ask:
    """How the account asks for a route: a page in its browser, a call with its token."""
    browser, program, least = two.browser(account), Program(account, districts), _least()

    def ask(route: Route, address: str) -> Any:
        if not route.method:
            looked = browser.get(address)
            # What is only for sending is sent; a form that is blank changes nothing where it can be looked at.
            return browser.post(address) if looked.status_code == 405 else looked
        query, body = least.get((route.address.replace("<path:", "<"), route.method), ("", None))
        return program.call(route.method, f"{address.removeprefix('/api/v1')}?{query}", body)

    return ask


def _with_numbers() -> list[Route]:
    return [each for each in routes() if _NUMBER.search(each.address) and not each.address.startswith(_LEFT_OUT)]


def _without() -> list[Route]:
    found = [each for each in routes() if not _NUMBER.search(each.address) and each.method in ("", "GET")]
    return [each for each in found if not each.address.startswith(_LEFT_OUT)]


def _person(client: Client) -> str:
    """The sourcedId of somebody, in both districts."""
    found = re.search(r"/roster/1/person/([\w-]+)", _text(client.get("/roster/people/")))
    assert found
    return found[1]


def _theirs(route: Route) -> tuple[int, ...]:
    """What has a number of the other district: the first row of any table, and the run that is held."""
    return (BEYOND + 1, BEYOND + 2) if "/runs/" in route.address else (BEYOND + 1,)


def _differences(asked: list[Route], ask: Ask, person: str) -> Iterator[str]:
    for route in asked:
        unknown = _plain(ask(route, _address(route, _NOBODYS, person)), _NOBODYS)
        for number in _theirs(route):
            told = _plain(ask(route, _address(route, number, person)), number)
            if told != unknown or WORD.lower() in told[1].lower() or told[0] == 200:
                yield f"{route.method} {route.address} {number}: {told[0]}, unknown: {unknown[0]}"


def test_every_number_of_another_district_is_answered_like_an_unknown_one(two: Two) -> None:
    person = _person(two.browser(two.insider))
    before = (Run.objects.count(), Order.objects.count(), Account.objects.get(id__gt=BEYOND).sessions)
    assert list(_differences(_with_numbers(), _asks(two, two.insider), person)) == []
    assert (Run.objects.count(), Order.objects.count(), Account.objects.get(id__gt=BEYOND).sessions) == before
    assert Connection.objects.filter(id__gt=BEYOND, removed_at=None).count() == 1


def test_a_token_of_a_vendor_that_is_narrowed_to_a_district_is_answered_so_too(two: Two) -> None:
    calls = [each for each in _with_numbers() if each.method]
    ask = _asks(two, two.vendor, (two.mine.pk,))
    person = _person(two.browser(two.insider))
    assert calls
    assert list(_differences(calls, ask, person)) == []


@pytest.mark.parametrize("who", ["insider", "narrowed"])
def test_no_list_says_a_word_of_another_district(two: Two, who: str) -> None:
    ask = _asks(two, two.insider) if who == "insider" else _asks(two, two.vendor, (two.mine.pk,))
    told = []
    for route in _without():
        if who == "narrowed" and not route.method:
            continue
        answer = ask(route, _address(route, "x", "x"))
        if WORD.lower() in _text(answer).lower() or answer.status_code >= 500:
            told.append(route.address)
    assert told == []


def test_a_vendors_administrator_sees_what_the_tests_above_look_for(two: Two) -> None:
    ask, person = _asks(two, two.vendor), _person(two.browser(two.insider))
    lists = [each.address for each in _without() if WORD in _text(ask(each, _address(each, "x", "x")))]
    assert {"/", "/connections/", "/runs/", "/roster/", "/notices/", "/accounts/", "/tokens/", "/audit/"} <= {*lists}
    assert {"/api/v1/connections", "/api/v1/overview", "/api/v1/roster", "/api/v1/districts"} <= {*lists}
    pages = [each for each in _with_numbers() if not each.method]
    found = {
        each.address
        for each in pages
        for number in _theirs(each)
        if WORD in _text(ask(each, _address(each, number, person)))
    }
    assert {
        "/connections/<int:number>/",
        "/runs/<int:number>/",
        "/runs/<int:number>/changes/",
        "/roster/<int:number>/person/<path:sourced_id>",
        "/accounts/<int:number>/",
        "/notices/<int:number>/",
        "/teachers-console/<int:number>/",
        "/runs/gateway/<int:district>/GW<slug:number>.log",
    } <= found
