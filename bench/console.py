"""The teacher's console over a large district: its first page, and a morning on which everybody opens it at once.

Runs in a process of its own for what needs Django (`python -m bench.console`), over the installation that the
environment names: with `pages` it asks the New Class page and its searches as one teacher after the other, with `keys`
it prints what computers need to launch, with `visits` the cookies of teachers who have come in. The rest is a real
service, asked over HTTP: some computers launch, one after the other in each of several threads, from the signed launch
to the New Class page; then everybody who has come in opens it.
"""

import functools
import json
import ssl
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx2

from bench.ground import Installation
from bench.inside import Watch, enter
from bench.pages import make_catalog
from bench.report import Figure, Report
from bench.serving import served
from rosterkeeper.launcher.keys import read_key
from rosterkeeper.launcher.launch import Computer, new_launch

if TYPE_CHECKING:
    from django.test import Client

    from rosterkeeper.features.people.models import Person

PAGE_MILLISECONDS, SEARCH_MILLISECONDS = 50, 100
TEACHERS, MORNING_SECONDS = 2_000, 60
LAUNCHES = 200
# Computers that ask at the same time.
_AT_ONCE = 16
_PROCESSES = 2
# Teachers whose page is asked, one after the other.
_ASKED = 40
_WARMING = 5
_PATIENCE_SECONDS = 60
# Each teacher's browser is a client of its own; the certificates that it would trust are read once for all of them.
_TRUST = ssl.create_default_context()


# What one computer does, of the two things that it was given; why it failed, '' where it did not.
_Does = Callable[[int, str, str], str]


@dataclass
class _Morning:
    """What is left to be done, by whom, and what became of the others: seconds, and why some failed."""

    port: int
    does: _Does
    waiting: Iterator[tuple[str, str]]
    done: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def pass_by(self) -> float:
        """Let several computers at a time do it until all have; the seconds that it took."""
        threads = [threading.Thread(target=self._work) for _ in range(_AT_ONCE)]
        began = time.perf_counter()
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        return time.perf_counter() - began

    def _work(self) -> None:
        while True:
            with self.lock:
                given = next(self.waiting, None)
            if given is None:
                return
            began = time.perf_counter()
            fault = self.does(self.port, *given)
            with self.lock:
                self.done.append(time.perf_counter() - began)
                self.failed += [fault] if fault else []


def measure(report: Report, installation: Installation, kind: str) -> None:
    """The pages of the console by themselves, then launches, then everybody at once."""
    make_catalog(installation)
    installation.command("people", "match", "--json")
    for each in installation.inside("bench.console", "pages"):
        limit = SEARCH_MILLISECONDS if each["is_search"] else PAGE_MILLISECONDS
        note = f"worst {each['worst']:.0f} ms; {each['processor']:.0f} ms of processor; {each['queries']} queries"
        report.add(Figure(f"console, {kind}: {each['what']}", each["median"], "ms", limit, note=note))
    keys, visits = (installation.inside("bench.console", word) for word in ("keys", "visits"))
    # As many as the machine has cores, as docs/console.md advises a district of this size.
    with served(installation, processes=_PROCESSES) as (port, _):
        _pass_by(report, f"{kind}: {len(keys):,} launches", _Morning(port, _launch, iter(keys)))
        _pass_by(report, f"{kind}: {len(visits):,} open it", _Morning(port, _open, iter(visits)), MORNING_SECONDS)


def _pass_by(report: Report, what: str, morning: _Morning, target: float | None = None) -> None:
    took = morning.pass_by()
    note = f"median {statistics.median(morning.done):.2f} s, worst {max(morning.done):.2f} s each"
    report.add(Figure(f"console, {what}", took, "s", target, note=note))
    why = ", ".join(sorted(set(morning.failed))[:3])
    report.add(Figure(f"console, {what}: failed", len(morning.failed), "", 0, note=why))


def _launch(port: int, key: str, login: str) -> str:
    """Launch as one computer and show the New Class page."""
    place, secret = f"127.0.0.1:{port}", read_key(key)
    launch = new_launch(secret, Computer(place, "", login, "1", "icons"), datetime.now(UTC))
    body = launch.told(launch.signed_with(secret), client="1.0.0")
    try:
        with httpx2.Client(verify=_TRUST, timeout=_PATIENCE_SECONDS, follow_redirects=True) as browser:
            answer = browser.post(f"http://{place}/console/launch", json=body)
            if answer.status_code != 200:
                return f"launch {answer.status_code}"
            page = browser.get(answer.json()["address"])
    except httpx2.HTTPError as fault:
        return type(fault).__name__
    return _fault_of(page, login)


def _open(port: int, cookie: str, login: str) -> str:
    """Show the New Class page to a teacher who has come in."""
    try:
        with httpx2.Client(verify=_TRUST, timeout=_PATIENCE_SECONDS, cookies={"console": cookie}) as browser:
            page = browser.get(f"http://127.0.0.1:{port}/console/")
    except httpx2.HTTPError as fault:
        return type(fault).__name__
    return _fault_of(page, login)


def _fault_of(page: httpx2.Response, login: str) -> str:
    # A class of another term is not shown; who was recognised is.
    return "" if page.status_code == 200 and f"({login})" in page.text else f"page {page.status_code}"


def main() -> int:
    """Print what was asked for as JSON, on one line."""
    enter()
    asked: dict[str, Callable[[], object]] = {
        "pages": _pages,
        "keys": lambda: _launches(LAUNCHES),
        "visits": lambda: _visits(TEACHERS),
    }
    print(json.dumps(asked[sys.argv[1]]()))
    return 0


def _teachers(number: int) -> "list[tuple[Person, str, str]]":
    """Teachers spread over the district, each with the school of a class of today and with the username."""
    from rosterkeeper.features.groups.models import Group  # noqa: PLC0415 -- models are not ready earlier
    from rosterkeeper.features.people.models import Person  # noqa: PLC0415
    from rosterkeeper.features.roster.models import LIVE  # noqa: PLC0415

    groups = Group.objects.filter(status="active", kind="class").exclude(owners="[]").exclude(school_sourced_id="")
    found: dict[int, str] = {}
    for owners, connection, school in groups.order_by("uid").values_list(
        "owners", "connection_id", "school_sourced_id"
    ):
        found.setdefault(json.loads(owners)[0], f"{connection}:{school}")
        if len(found) == number:
            break
    persons = Person.objects.in_bulk(list(found))
    users = LIVE["users"]._default_manager.filter(sourced_id__in=[each.sourced_id for each in persons.values()])
    names = dict(users.values_list("sourced_id", "username"))
    return [(persons[key], school, names.get(persons[key].sourced_id, "")) for key, school in found.items()]


def _launches(number: int) -> list[tuple[str, str]]:
    """A key of each teacher's school, with the teacher's login."""
    from rosterkeeper.features.console import keys  # noqa: PLC0415 -- models are not ready earlier

    made: dict[str, str] = {}
    found = []
    for person, school, login in _teachers(number):
        if school not in made:
            made[school] = keys.make(person.district_id, school, "bench")[1]
        found.append((made[school], login))
    return found


def _visits(number: int) -> list[tuple[str, str]]:
    """The cookies of teachers who have come in by their schools' keys, each with the login."""
    from django.utils import timezone  # noqa: PLC0415 -- models are not ready earlier

    from rosterkeeper.features.console import keys, visiting  # noqa: PLC0415
    from rosterkeeper.features.console.models import Key, Visit  # noqa: PLC0415

    made: dict[str, Key] = {}
    rows, found = [], []
    for person, school, login in _teachers(number):
        if school not in made:
            made[school] = keys.make(person.district_id, school, "bench")[0]
        token = visiting.new_token()
        until = timezone.now() + visiting.LASTS
        hashed = visiting.hash_of(token)
        rows.append(Visit(key=made[school], login=login, person_uid=person.uid, token_hash=hashed, until=until))
        found.append((token, login))
    Visit.objects.bulk_create(rows)
    return found


def _pages() -> list[dict[str, str | bool | float]]:
    browsers = [_launched(key, login) for key, login in _launches(_ASKED + _WARMING)]
    searches = (("all", ""), ("a letter", "s"), ("a beginning", "mar"), ("nobody", "qqzzqq"))
    return [
        _asked("New Class page", browsers, _shown),
        *(
            _asked(f"teachers, {name}", browsers, functools.partial(_searched, text=text), is_search=True)
            for name, text in searches
        ),
    ]


def _shown(browser: "Client") -> None:
    browser.get("/console/")


def _searched(browser: "Client", text: str) -> None:
    browser.post("/console/teachers/", {"text": text}, headers={"HX-Request": "true"})


def _asked(
    name: str, browsers: "list[Client]", ask: "Callable[[Client], None]", *, is_search: bool = False
) -> dict[str, str | bool | float]:
    from django.db import connection  # noqa: PLC0415 -- Django is not ready earlier
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    watch = Watch(name)
    with CaptureQueriesContext(connection) as captured:
        ask(browsers[0])
        queries = len(captured)
    for browser in browsers[:_WARMING]:
        ask(browser)
    for browser in browsers[_WARMING:]:
        with watch.running():
            ask(browser)
    return {**watch.told(), "is_search": is_search, "queries": queries}


def _launched(key: str, login: str) -> "Client":
    """A browser that has come in by a launch."""
    from django.test import Client  # noqa: PLC0415 -- Django is not ready earlier

    secret = read_key(key)
    launch = new_launch(secret, Computer("localhost", "", login, "1", "icons"), datetime.now(UTC))
    browser = Client(headers={"host": "localhost"})
    body = json.dumps(launch.told(launch.signed_with(secret), client="1.0.0"))
    answer = browser.post("/console/launch", body, content_type="application/json")
    if answer.status_code != 200:
        raise SystemExit(f"a launch was refused: {answer.status_code}")
    page = browser.get(answer.json()["address"].removeprefix("http://localhost"), follow=True)
    if page.status_code != 200 or f"({login})" not in page.content.decode():
        raise SystemExit(f"the New Class page answered {page.status_code}, or a teacher was not recognised")
    return browser


if __name__ == "__main__":
    sys.exit(main())
