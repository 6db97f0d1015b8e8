"""Every route, called as every role, does what docs/permissions.md says."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.http import HttpResponseBase
from django.test import Client

from rosterkeeper.features.accounts import tokens
from rosterkeeper.features.accounts.rights import FOR_TOKENS, Right, Role
from rosterkeeper.features.api.rate import BURST
from rosterkeeper.service.access import routes
from tests.meta.tree import ROOT
from tests.pages.site import HOST, Site

_ROW = re.compile(r"\| `(/[^`]*)` \|(.*)\|$", re.M)
_COLUMNS = ("asks", "administrator", "manager", "viewer", "school", "nobody", "token", "right")
# Where whoever is not signed in is sent: administrators, and people of the roster.
_LOGIN = ("/sign-in/login/?next=", "/signin/?next=")


@dataclass(frozen=True)
class Written:
    """One row of the table."""

    address: str
    cells: dict[str, str]

    @property
    def method(self) -> str:
        """The method of a call; '' for a page."""
        return "" if self.cells["asks"] == "page" else self.cells["asks"]

    @property
    def url(self) -> str:
        """The address with something in each of its places; no record has this number."""
        numbered = re.sub(r"<int:\w+>|<number>", "987654", self.address)
        return re.sub(r"<\w+:\w+>", "x", numbered)


def _written() -> list[Written]:
    page = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
    rows = []
    for address, rest in _ROW.findall(page):
        cells = [cell.strip() for cell in rest.split("|")]
        rows.append(Written(address, dict(zip(_COLUMNS, cells, strict=True))))
    return rows


def _answers(answer: HttpResponseBase) -> bool:
    if answer.status_code in (401, 403, 503):
        return False
    return not (answer.status_code == 302 and answer["Location"].startswith(_LOGIN))


def _browsers(rows: list[Written], opened: Callable[[], Client]) -> Iterator[tuple[Client, Written]]:
    """Each row with a browser for it: a new one, with a count of its own, before so many calls are too many."""
    for place, row in enumerate(rows):
        if place % (BURST - 1) == 0:
            client = opened()
        yield client, row


def _call(client: Client, row: Written) -> bool:
    if row.method in ("", "GET"):
        return _answers(client.get(row.url))
    return _answers(client.generic(row.method, row.url, "{}", content_type="application/json"))


@pytest.mark.covers("L42", "M01")
def test_every_route_stands_in_the_table_and_says_what_it_needs() -> None:
    found = [(route.address, route.method) for route in routes()]
    assert found == [(row.address, row.method) for row in _written()]
    assert [route.address for route in routes() if route.right is None] == []


@pytest.mark.covers("L42", "M01")
@pytest.mark.parametrize("who", ["nobody", *Role.values])
def test_each_role_gets_what_the_table_says(site: Site, who: str) -> None:
    site.account(Role.ADMINISTRATOR)

    def opened() -> Client:
        client = site.nobody
        if who != "nobody":
            client.force_login(site.account(Role(who)))
        return client

    different = [
        f"{row.method} {row.address}"
        for client, row in _browsers(_written(), opened)
        if _call(client, row) != (row.cells[who] == "yes")
    ]
    assert different == []


@pytest.mark.covers("M01")
@pytest.mark.parametrize("scope", FOR_TOKENS)
def test_a_token_with_one_right_gets_what_the_table_says(site: Site, scope: Right) -> None:
    _, text = tokens.make(site.account(Role.ADMINISTRATOR), "script", [scope])
    calls = [row for row in _written() if row.method]
    different = [
        row.address
        for client, row in _browsers(calls, lambda: Client(headers={"host": HOST, "authorization": f"Bearer {text}"}))
        if _call(client, row) != (row.cells["token"] in ("any", scope.value))
    ]
    assert calls
    assert different == []


@pytest.mark.covers("M01")
def test_a_token_never_has_more_than_its_account(site: Site) -> None:
    _, text = tokens.make(site.account(Role.VIEWER), "script", FOR_TOKENS)
    client = Client(headers={"host": HOST, "authorization": f"Bearer {text}"})
    assert client.get("/api/v1/connections").status_code == 200
    assert client.post("/api/v1/connections/1/sync", "{}", content_type="application/json").status_code == 403


def test_pages_do_not_take_tokens(site: Site) -> None:
    _, text = tokens.make(site.account(Role.ADMINISTRATOR), "script", FOR_TOKENS)
    client = Client(headers={"host": HOST, "authorization": f"Bearer {text}"})
    assert client.get("/accounts/")["Location"].startswith(_LOGIN)
