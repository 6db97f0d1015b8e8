"""Asks an installation's pages as its administrator through Django's client, each several times; prints JSON.

For each page the median and the worst milliseconds in which its answer was made, and the median of the processor's.
Runs in a process of its own (`python -m bench.asked`), over the installation that the environment names; with the word
`catalog` it brings the catalogs up to their rosters instead, as the worker does.
"""

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.inside import Watch, enter

if TYPE_CHECKING:
    from django.test import Client

    from rosterkeeper.features.roster.listing import Listed

# Asked once before, as a service that runs has been.
WARMING, TIMES = 1, 7


@dataclass(frozen=True, slots=True)
class Page:
    """A page as a browser asks for it; ``typed`` is sent in a body, as a search is while somebody types."""

    name: str
    address: str
    typed: dict[str, str] = field(default_factory=dict)
    is_search: bool = False


def main() -> int:
    """Ask every page and print what each took, or make the catalogs."""
    enter()
    if sys.argv[1:] == ["catalog"]:
        from rosterkeeper.service.cataloguing import catch_up  # noqa: PLC0415 -- models are not ready earlier

        return 0 if catch_up() else 1
    browser = _browser()
    print(json.dumps([_asked(browser, page) for page in _pages()]))
    return 0


def _pages() -> list[Page]:
    """The pages over what the installation holds: one connection, its last run, somebody with classes."""
    from rosterkeeper.features.roster.listing import listed, strings  # noqa: PLC0415 -- models are not ready earlier
    from rosterkeeper.features.roster.models import CatalogClass, CatalogPerson  # noqa: PLC0415
    from rosterkeeper.features.roster.scope import EVERYTHING  # noqa: PLC0415
    from rosterkeeper.features.runs.models import Run  # noqa: PLC0415

    run = Run.objects.order_by("-id").first()
    # Not the last in the order of names, who is like nobody else.
    row = list(CatalogPerson.objects.filter(status="active").exclude(seat_ids="").order_by("-rank")[:2000])[-1]
    (person,) = listed(EVERYTHING, row.connection_id, [row])
    one = CatalogClass.objects.filter(connection_id=row.connection_id).exclude(students=0).first()
    if run is None or one is None:
        raise SystemExit("there is nothing to ask for: sync, and make the catalog, first")
    school = strings(row.schools)[0]
    return [
        *_run_pages(row.connection_id, run.pk),
        *_roster_pages(person, school, one.sourced_id),
        *_searches(person, school, one.words.split()[0]),
    ]


def _run_pages(connection: int, run: int) -> list[Page]:
    from django.urls import reverse  # noqa: PLC0415 -- addresses are not ready earlier

    return [
        Page("overview", reverse("overview")),
        Page("connections", reverse("connections")),
        Page("connection", reverse("connection", args=[connection])),
        Page("connection's schools", reverse("connection_schools", args=[connection])),
        Page("runs", reverse("runs")),
        Page("run", reverse("run", args=[run])),
        Page("run's log", reverse("run_log", args=[run])),
        Page("run's changes", reverse("run_changes", args=[run])),
    ]


def _roster_pages(person: "Listed", school: str, one_class: str) -> list[Page]:
    from django.urls import reverse  # noqa: PLC0415 -- addresses are not ready earlier

    from rosterkeeper.features.roster.listing import Wanted, people  # noqa: PLC0415
    from rosterkeeper.features.roster.scope import EVERYTHING  # noqa: PLC0415

    here, found = [person.connection], reverse("roster_people")
    return [
        Page("roster", reverse("roster")),
        Page("people", found),
        Page("people, the second page", f"{found}?after={people(EVERYTHING, Wanted()).after}"),
        Page("people of a school", f"{found}?connection={person.connection}&school={school}"),
        Page("teachers", f"{found}?connection={person.connection}&role=teacher"),
        Page("person", reverse("roster_person", args=[*here, person.sourced_id])),
        Page("schools", reverse("roster_schools", args=here)),
        Page("school", reverse("roster_school", args=[*here, school])),
        Page("classes", reverse("roster_classes", args=here)),
        Page("class", reverse("roster_class", args=[*here, one_class])),
        Page("terms", reverse("roster_terms", args=here)),
        Page("data health", reverse("roster_health", args=here)),
    ]


def _searches(person: "Listed", school: str, of_class: str) -> list[Page]:
    from django.urls import reverse  # noqa: PLC0415 -- addresses are not ready earlier

    found, here = reverse("roster_people"), str(person.connection)
    typed = {
        "one letter": {"text": person.family_name[:1]},
        "a beginning": {"text": person.family_name[:3]},
        "two beginnings": {"text": f"{person.given_name[:2]} {person.family_name[:3]}"},
        "an id": {"text": person.sourced_id},
        "an e-mail address": {"text": person.email or person.username},
        "what nobody has": {"text": "qqzzqq"},
        "in a school": {"text": person.family_name[:1], "connection": here, "school": school},
    }
    return [
        *(Page(f"search: {name}", found, given, is_search=True) for name, given in typed.items()),
        Page("search: classes", reverse("roster_classes", args=[here]), {"text": of_class}, is_search=True),
    ]


def _asked(browser: "Client", page: Page) -> dict[str, str | bool | float]:
    """The page's figures, with its kind; SystemExit where it is not what was asked for."""
    watch = Watch(page.name)
    for turn in range(WARMING + TIMES):
        with (watch if turn >= WARMING else Watch(page.name)).running():
            if page.is_search:
                answer = browser.post(page.address, page.typed, headers={"HX-Request": "true"})
            else:
                answer = browser.get(page.address)
        if answer.status_code != 200:
            raise SystemExit(f"the page {page.name} answered {answer.status_code}")
    return {**watch.told(), "is_search": page.is_search}


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
