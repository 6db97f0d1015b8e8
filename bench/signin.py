"""Sign-in over a large district: what the product does of it, from checked claims to the person's own page.

Runs in a process of its own over the installation that the environment names, once its people were matched:
`python -m bench.signin 1000`. The provider's own part, and the web server, are not in the figures; prints JSON.
"""

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.ground import Installation
from bench.inside import Watch, enter
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
    for each in installation.inside("bench.signin", str(people)):
        limit = PAGE_MILLISECONDS if each["what"] == "own page" else SIGN_IN_MILLISECONDS
        note = (
            f"{each['many']:,}; one of a hundred {each['worst_of_hundred']:.0f} ms;"
            f" {each['processor']:.0f} ms of processor"
        )
        report.add(Figure(f"sign-in, {each['what']}, {kind}", each["median"], "ms", limit, note=note))


def main() -> int:
    """Sign people in by each key, open their pages, and print what each took."""
    people = int(sys.argv[1])
    enter()
    provider, pages = _provider(), Watch("own page")
    watches = [Watch(f"by {key.name}") for key in _KEYS]
    for key, watch in zip(_KEYS, watches, strict=True):
        for each in _claims(key, people):
            _sign_in(provider, each, watch, pages)
    print(json.dumps([each.told() for each in (*watches, pages)]))
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


def _sign_in(provider: "Provider", claims: "Claims", watch: Watch, pages: Watch) -> None:
    """From the claims to the session; the person's own page is asked for behind it."""
    from django.conf import settings  # noqa: PLC0415 -- Django is not ready earlier
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415
    from django.test import Client, RequestFactory  # noqa: PLC0415

    from rosterkeeper.features.signin import attempts, sessions  # noqa: PLC0415
    from rosterkeeper.features.signin.resolving import resolve  # noqa: PLC0415

    request = RequestFactory().get("/", headers={"host": "localhost"})
    request.session = SessionStore()
    with watch.running():
        found = resolve(provider, claims)
        sessions.begin(request, found.signed_in)
        person = found.signed_in.person
        attempts.succeeded(request, provider, person=person.uid, district=person.district_id, key=found.key)
        request.session.save()
    browser = Client(headers={"host": "localhost"})
    browser.cookies[settings.SESSION_COOKIE_NAME] = str(request.session.session_key)
    with pages.running():
        answer = browser.get("/me/")
    if answer.status_code != 200:
        raise SystemExit(f"a person's own page answered {answer.status_code}")


if __name__ == "__main__":
    sys.exit(main())
