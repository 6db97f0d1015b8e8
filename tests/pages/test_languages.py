"""The pages in the second language: every page that links lead to, without a text left in English."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import polib
from django.test import Client
from django.urls import resolve

from rosterkeeper.features.accounts.rights import Role
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs import orders
from rosterkeeper.features.runs.models import Run
from rosterkeeper.job.words import Action
from tests.meta.messages import catalog_path
from tests.pages.site import HOST, Page, Site, text_of

# Names, commands and codes are the same in every language.
_NOT_READ = {"script", "style", "code", "pre", "svg", "textarea"}
_EMPTY = {"br", "hr", "img", "input", "link", "meta", "path", "polyline", "rect", "circle", "line"}
_READ_ALOUD = {"aria-label", "title", "placeholder", "alt", "data-label"}
# Words that no Spanish text has; whoever sees one sees English.
_ENGLISH = re.compile(
    r"\b(the|is|are|and|with|from|this|was|of|that|yet|been|has|never|what|your|files)\b", re.IGNORECASE
)
# The words of the interfaces of others, which an administrator looks for as they are.
_FOREIGN = re.compile(r"API Key and Secret|Third-party systems|invalid Tenant ID or Key|English")
_MOST_OF_A_ROUTE = 2
_ENDS = ("/sign-out/", "/language/", "/export/", ".csv", ".json", ".log")


@dataclass
class Seen(HTMLParser):
    """What a reader sees or hears of a page, and where its links lead."""

    texts: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    language: str = ""
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a link leads, and what is read aloud."""
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = given.get("lang", "")
        if tag == "a":
            self.links.append(given.get("href", ""))
        self.texts += [given[name] for name in _READ_ALOUD if given.get(name)]
        if tag not in _EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave the part."""
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Take the text, unless it is the same in every language."""
        if data.strip() and not _NOT_READ.intersection(self._open):
            self.texts.append(" ".join(data.split()))


def _seen(page: Page) -> Seen:
    seen = Seen()
    seen.feed(text_of(page))
    return seen


def _catalog() -> dict[str, str]:
    catalog = polib.pofile(str(catalog_path("es")))
    plain = {entry.msgid: entry.msgstr for entry in catalog if entry.msgstr}
    return {english: spanish for english, spanish in plain.items() if english != spanish}


def _left_in_english(texts: list[str], catalog: dict[str, str]) -> list[str]:
    translated = set(catalog.values())
    return [
        text
        for text in texts
        if not text.startswith("/")
        and ((text in catalog and text not in translated) or _ENGLISH.search(_FOREIGN.sub("", text)))
    ]


def _spanish(site: Site, role: Role) -> Client:
    client = Client(headers={"host": HOST, "accept-language": "es"})
    client.force_login(site.account(role))
    return client


def _pages(client: Client, *starts: str) -> Iterator[tuple[str, Seen]]:
    """Every page that links lead to from there, some of each route."""
    waiting, known, visited = list(starts), set(starts), dict[str, int]()
    while waiting:
        address = waiting.pop(0)
        route = resolve(address.split("?")[0]).route
        visited[route] = visited.get(route, 0) + 1
        if visited[route] > _MOST_OF_A_ROUTE:
            continue
        page = client.get(address)
        page.close()
        if page.status_code != 200 or not page["Content-Type"].startswith("text/html"):
            continue
        seen = _seen(page)
        yield address, seen
        for link in (each.split("#")[0] for each in seen.links):
            if link.startswith("/") and link not in known and not link.split("?")[0].endswith(_ENDS):
                known.add(link)
                waiting.append(link)


def _crawled(client: Client, *starts: str) -> tuple[list[str], list[str]]:
    """The pages that links lead to from there, and every English text on them, with its page's address."""
    catalog, addresses, left = _catalog(), list[str](), list[str]()
    for address, seen in _pages(client, *starts):
        assert seen.language in ("es", ""), address
        addresses.append(address)
        left += [f"{address}: {text}" for text in _left_in_english(seen.texts, catalog)]
    return addresses, left


def _english(client: Client, *addresses: str) -> list[str]:
    """Every English text on the pages of these addresses, with its page's address."""
    catalog, left = _catalog(), list[str]()
    for address in addresses:
        left += [f"{address}: {text}" for text in _left_in_english(_seen(client.get(address)).texts, catalog)]
    return left


def _pages_of(connection: Connection) -> list[str]:
    """What shows how a connection and its latest run stand."""
    run = Run.objects.latest("pk")
    of_run = [f"/runs/{run.pk}/{page}" for page in ("", "log/", "changes/", "decide/approve/", "decide/discard/")]
    of_connection = [f"/connections/{connection.pk}/{page}" for page in ("", "test/", "preview/", "now/", "snapshots/")]
    return ["/connections/", "/runs/", "/notices/", *of_connection, *of_run]


def test_every_page_that_links_lead_to_is_in_spanish(synced: Site) -> None:
    addresses, english = _crawled(_spanish(synced, Role.ADMINISTRATOR), "/", "/roster/people/?q=a")

    assert english == []
    assert len(addresses) > 30


def test_what_runs_tell_is_in_spanish(synced: Site, tmp_path: Path) -> None:
    client, connection = _spanish(synced, Role.ADMINISTRATOR), synced.connection()
    package = tmp_path / "north.zip"
    Connection.objects.update(settings={"path": str(package)})
    synced.installation.run("sample", package, "--users", 40, "--seed", 9).ok()
    asked = [orders.place(connection, action).pk for action in (Action.TEST, Action.PREVIEW, Action.SYNC)]
    synced.work()
    held = _english(client, "/", *_pages_of(connection))
    package.write_text("This was no zip.")
    asked.append(orders.place(connection, Action.SYNC).pk)
    synced.work()
    failed = _english(client, "/", *_pages_of(connection), *(f"/orders/{number}/" for number in asked))

    assert held + failed == []
    assert [run.outcome for run in Run.objects.order_by("pk")][-2:] == ["held", "failed"]


def test_a_refusal_and_a_page_that_is_not_there_are_in_spanish(synced: Site) -> None:
    client, catalog = _spanish(synced, Role.ADMINISTRATOR), _catalog()
    refused = client.post(f"/connections/{synced.connection().pk}/delete/", follow=True)
    form = client.post("/notices/add/", {"name": "IT", "kind": "mail", "address": "nobody"})

    for page in (client.get("/runs/987654/"), refused, form):
        assert _left_in_english(_seen(page).texts, catalog) == []


def test_signing_in_is_in_spanish_for_a_browser_that_asks_for_it(synced: Site) -> None:
    browser = Client(headers={"host": HOST, "accept-language": "es-MX,es;q=0.9,en;q=0.5"})
    synced.account(Role.ADMINISTRATOR)

    seen = _seen(browser.get("/", follow=True))

    assert seen.language == "es"
    assert "Iniciar sesión" in seen.texts
    assert _left_in_english(seen.texts, _catalog()) == []


def test_the_language_form_changes_the_language_for_good(synced: Site) -> None:
    client = synced.administrator
    before = _seen(client.get("/connections/"))

    client.post("/language/", {"language": "es", "next": "/connections/"})

    assert (before.language, _seen(client.get("/connections/")).language) == ("en", "es")
    assert "Última comprobación" in _seen(client.get("/connections/")).texts
