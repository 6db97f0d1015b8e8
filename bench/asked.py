"""Asks an installation's pages as its administrator through Django's client, each several times; prints JSON.

For each page the median and the worst milliseconds in which its answer was made, and the median of the processor's.
Runs in a process of its own (`python -m bench.asked`), over the installation that the environment names; with the word
`catalog` it brings the catalogs up to their rosters instead, as the worker does.
"""

import json
import os
import statistics
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test import Client

# Asked once before, as a service that runs has been.
WARMING, TIMES = 1, 7
_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """A page as a browser asks for it; ``typed`` is sent in a body, as a search is while somebody types."""

    name: str
    address: str
    typed: dict[str, str] = field(default_factory=dict)
    is_search: bool = False


def main() -> int:
    """Ask every page and print what each took, or make the catalogs."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "rosterkeeper.service.settings"
    import django  # noqa: PLC0415

    django.setup()
    if sys.argv[1:] == ["catalog"]:
        from rosterkeeper.service.cataloguing import catch_up  # noqa: PLC0415 -- models are not ready earlier

        return 0 if catch_up() else 1
    browser = _browser()
    print(json.dumps([_asked(browser, page) for page in _pages()]))
    return 0


def _pages() -> list[Page]:
    from django.urls import reverse  # noqa: PLC0415 -- models are not ready earlier

    from rosterkeeper.features.roster.listing import Wanted, listed, people, strings  # noqa: PLC0415
    from rosterkeeper.features.roster.models import CatalogClass, CatalogPerson  # noqa: PLC0415
    from rosterkeeper.features.roster.scope import EVERYTHING  # noqa: PLC0415
    from rosterkeeper.features.runs.models import Run  # noqa: PLC0415

    run = Run.objects.order_by("-id").first()
    # Of the rows in the order of their numbers, one in the middle stands for all.
    middle = CatalogPerson.objects.filter(status="active").exclude(seat_ids="").order_by("-rank")[:2000]
    row = list(middle)[-1]
    (person,) = listed(EVERYTHING, row.connection_id, [row])
    one = CatalogClass.objects.filter(connection_id=row.connection_id).exclude(students=0).first()
    if run is None or one is None:
        raise SystemExit("there is nothing to ask for: sync, and make the catalog, first")
    here, school = [row.connection_id], strings(row.schools)[0]
    second = people(EVERYTHING, Wanted()).after
    found = reverse("roster_people")
    typed = {
        "one letter": person.family_name[:1],
        "a beginning": person.family_name[:3],
        "two beginnings": f"{person.given_name[:2]} {person.family_name[:3]}",
        "an id": person.sourced_id,
        "an e-mail address": person.email or person.username,
        "what nobody has": "qqzzqq",
        "a word of everybody": (person.email.partition("@")[2] or "example")[:7],
    }
    return [
        Page("overview", reverse("overview")),
        Page("connections", reverse("connections")),
        Page("connection", reverse("connection", args=here)),
        Page("connection's schools", reverse("connection_schools", args=here)),
        Page("runs", reverse("runs")),
        Page("run", reverse("run", args=[run.pk])),
        Page("run's log", reverse("run_log", args=[run.pk])),
        Page("run's changes", reverse("run_changes", args=[run.pk])),
        Page("roster", reverse("roster")),
        Page("people", found),
        Page("people, the second page", f"{found}?after={second}"),
        Page("people of a school", f"{found}?connection={here[0]}&school={school}"),
        Page("teachers", f"{found}?connection={here[0]}&role=teacher"),
        Page("person", reverse("roster_person", args=[*here, person.sourced_id])),
        Page("schools", reverse("roster_schools", args=here)),
        Page("school", reverse("roster_school", args=[*here, school])),
        Page("classes", reverse("roster_classes", args=here)),
        Page("class", reverse("roster_class", args=[*here, one.sourced_id])),
        Page("terms", reverse("roster_terms", args=here)),
        Page("data health", reverse("roster_health", args=here)),
        *(Page(f"search: {name}", found, {"text": text}, is_search=True) for name, text in typed.items()),
        Page(
            "search: in a school",
            found,
            {"text": person.family_name[:1], "connection": str(here[0]), "school": school},
            is_search=True,
        ),
        Page("search: classes", reverse("roster_classes", args=here), {"text": one.words.split()[0]}, is_search=True),
    ]


def _asked(browser: "Client", page: Page) -> dict[str, str | bool | float]:
    """The page's name, kind, median and worst; SystemExit where it is not what was asked for."""
    taken, worked = [], []
    for turn in range(WARMING + TIMES):
        began, busy = time.perf_counter(), time.thread_time()
        if page.is_search:
            answer = browser.post(page.address, page.typed, headers={"HX-Request": "true"})
        else:
            answer = browser.get(page.address)
        if turn >= WARMING:
            taken.append((time.perf_counter() - began) * _MILLISECONDS)
            worked.append((time.thread_time() - busy) * _MILLISECONDS)
        if answer.status_code != 200:
            raise SystemExit(f"the page {page.name} answered {answer.status_code}")
    return {
        "name": page.name,
        "is_search": page.is_search,
        "median": statistics.median(taken),
        "worst": max(taken),
        "processor": statistics.median(worked),
    }


def _browser() -> "Client":
    from django.test import Client  # noqa: PLC0415 -- Django is not ready earlier

    from rosterkeeper.features.accounts.models import Account  # noqa: PLC0415
    from rosterkeeper.features.accounts.rights import Role  # noqa: PLC0415

    email = "bench@example.org"
    account = Account.objects.filter(email=email).first() or Account.objects.make(
        email, role=Role.ADMINISTRATOR, password="orange river nine"
    )
    browser = Client(headers={"host": "localhost"})
    browser.force_login(account)
    return browser


if __name__ == "__main__":
    sys.exit(main())
