"""Sign-in over a large district: what the product does of it, from checked claims to the person's own page.

Runs in a process of its own over the installation that the environment names, once its people were matched:
`python -m bench.signin`. The provider's own part, and the web server, are not in the figures; prints JSON.
"""

import argparse
import json
import os
import statistics
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.ground import Installation
from bench.measure import run
from bench.report import Figure, Report

if TYPE_CHECKING:
    from rosterkeeper.features.people.models import DirectoryAccount, Person
    from rosterkeeper.features.signin.claims import Claims
    from rosterkeeper.features.signin.models import Provider

PEOPLE = 1_000
SIGN_IN_MILLISECONDS, PAGE_MILLISECONDS = 50, 100
_ISSUER = "https://identity.bench.example"


@dataclass(frozen=True, slots=True)
class _Key:
    """By what somebody is recognised, and from which column of the account."""

    name: str
    column: str


_KEYS = (_Key("sourced_id", ""), _Key("username", "username"), _Key("email", "email"))


def measure(report: Report, installation: Installation, kind: str, people: int = PEOPLE) -> None:
    """Sign so many people in by each key."""
    told = run([sys.executable, "-m", "bench.signin", "--people", str(people)], installation.environment).output
    for each in json.loads(told.strip().splitlines()[-1]):
        limit = PAGE_MILLISECONDS if each["what"] == "own page" else SIGN_IN_MILLISECONDS
        note = f"{each['many']:,}; one of a hundred {each['worst_of_hundred']:.0f} ms"
        report.add(Figure(f"sign-in, {each['what']}, {kind}", each["median"], "ms", limit, note=note))


def main() -> int:
    """Sign people in by each key, open their pages, and print what each took."""
    parser = argparse.ArgumentParser(prog="python -m bench.signin")
    parser.add_argument("--people", type=int, default=PEOPLE)
    people = parser.parse_args().people
    os.environ["DJANGO_SETTINGS_MODULE"] = "rosterkeeper.service.settings"
    import django  # noqa: PLC0415

    django.setup()
    provider, pages, told = _provider(), list[float](), []
    for key in _KEYS:
        took = [_signed_in(provider, each, pages) for each in _claims(key, people)]
        told.append(_figures(f"by {key.name}", took))
    told.append(_figures("own page", pages))
    print(json.dumps(told))
    return 0


def _provider() -> "Provider":
    from rosterkeeper.features.connections.models import District  # noqa: PLC0415 -- models are not ready earlier
    from rosterkeeper.features.signin.models import Provider, Served  # noqa: PLC0415

    provider, is_new = Provider.objects.get_or_create(
        slug="bench", defaults={"name": "bench", "issuer": _ISSUER, "client_id": "bench", "proves_email": True}
    )
    Provider.objects.filter(pk=provider.pk).update(kinds=["staff", "student", "parent"])
    if is_new:
        Served.objects.create(provider=provider, district_id=District.objects.order_by("id")[0].pk)
    provider.refresh_from_db()
    return provider


def _claims(key: _Key, many: int) -> "list[Claims]":
    """What the provider would say of people all over the district, who have what the key needs."""
    from rosterkeeper.features.people.models import DirectoryAccount, Person  # noqa: PLC0415

    linked = Person.objects.filter(status="active", account_id__gt=0)
    last = linked.order_by("-id").values_list("id", flat=True).first() or 0
    step = max(1, last // (many * 8))
    some = list(linked.filter(id__in=range(1, last + 1, step)))
    accounts = DirectoryAccount.objects.in_bulk([each.account_id for each in some])
    found = [_said(key, each, accounts[each.account_id]) for each in some if each.account_id in accounts]
    return [each for each in found if each is not None][:many]


def _said(key: _Key, person: "Person", account: "DirectoryAccount") -> "Claims | None":
    from rosterkeeper.features.signin.claims import Claims  # noqa: PLC0415

    value = getattr(account, key.column) if key.column else person.sourced_id
    subject = f"{key.name}-{person.pk}"
    if not value or account.status != "active":
        return None
    return Claims(_ISSUER, subject, user_id=subject, is_email_verified=True, **{key.name: value})


def _signed_in(provider: "Provider", claims: "Claims", pages: list[float]) -> float:
    """Milliseconds from the claims to the session; the person's own page is asked for behind it."""
    from django.conf import settings  # noqa: PLC0415 -- Django is not ready earlier
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415
    from django.test import Client, RequestFactory  # noqa: PLC0415

    from rosterkeeper.features.signin import attempts, sessions  # noqa: PLC0415
    from rosterkeeper.features.signin.resolving import resolve  # noqa: PLC0415

    request = RequestFactory().get("/", headers={"host": "localhost"})
    request.session = SessionStore()
    began = time.perf_counter()
    found = resolve(provider, claims)
    sessions.begin(request, found.signed_in)
    person = found.signed_in.person
    attempts.succeeded(request, provider, person=person.uid, district=person.district_id, key=found.key)
    request.session.save()
    took = (time.perf_counter() - began) * 1000
    browser = Client(headers={"host": "localhost"})
    browser.cookies[settings.SESSION_COOKIE_NAME] = str(request.session.session_key)
    began = time.perf_counter()
    answer = browser.get("/me/")
    pages.append((time.perf_counter() - began) * 1000)
    if answer.status_code != 200:
        raise SystemExit(f"a person's own page answered {answer.status_code}")
    return took


def _figures(what: str, took: list[float]) -> dict[str, str | int | float]:
    if len(took) < 2:
        raise SystemExit(f"nobody could be signed in {what}")
    worst = statistics.quantiles(took, n=100)[-1]
    return {"what": what, "many": len(took), "median": statistics.median(took), "worst_of_hundred": worst}


if __name__ == "__main__":
    sys.exit(main())
