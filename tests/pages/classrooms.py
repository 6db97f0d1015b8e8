"""A district with classes of today, its keys and its launches, as tests of the console use them."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.test import Client

from rosterkeeper.features.console import keys, schools, who
from rosterkeeper.features.console.models import Key
from rosterkeeper.features.console.schools import School
from rosterkeeper.features.console.who import Visitor
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import DirectoryAccount, Person
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.features.signin.models import Provider, Served
from rosterkeeper.launcher.keys import SecurityKey, read_key
from rosterkeeper.launcher.launch import Computer, Launch, new_launch
from rosterkeeper.matching.tables import Kind
from tests.pages.site import HOST, Site


@dataclass
class Classrooms:
    """The site with its first school, and a key of it."""

    site: Site
    school: School
    key: Key
    text: str

    @property
    def secret(self) -> SecurityKey:
        """The key as a computer has it."""
        return read_key(self.text)

    @property
    def district(self) -> int:
        """The district's number."""
        return self.key.district_id

    def launch(self, login: str, **changed: Any) -> Launch:
        """A launch as a computer of the school makes it; ``changed`` are fields that are signed otherwise."""
        now = changed.pop("now", datetime.now(UTC))
        here = {"server": HOST, "school": "", "login": login, "cover": "1", "view": "icons", "managed": "", **changed}
        return new_launch(self.secret, Computer(**here), now)

    def sent(self, launch: Launch, *, secret: SecurityKey | None = None, **changed: Any) -> Any:
        """The answer to a launch; ``changed`` are fields of the body that are not as they were signed."""
        body = {**launch.told(launch.signed_with(secret or self.secret), client="1.0.0"), **changed}
        return self.site.nobody.post("/console/launch", json.dumps(body), content_type="application/json")

    def came_in(self, login: str, **changed: Any) -> Client:
        """A browser that a launch has opened."""
        answer = self.sent(self.launch(login, **changed))
        assert answer.status_code == 200, answer.content
        client = self.site.nobody
        entered = client.get(answer.json()["address"].partition(HOST)[2])
        assert entered.status_code == 302
        return client

    def signed_in(self, person: Person, client: Client | None = None) -> Client:
        """A browser in which the person has signed in by a provider, a moment ago; they have an account."""
        found = {"slug": "x", "name": "X", "issuer": "https://x.example.org", "client_id": "x", "kinds": list(Kind)}
        provider, _ = Provider.objects.get_or_create(slug="x", defaults=found)
        Served.objects.get_or_create(provider=provider, district_id=person.district_id)
        if not person.account_id:
            account = DirectoryAccount.objects.create(district_id=person.district_id, origin="csv", username=person.uid)
            Person.objects.filter(pk=person.pk).update(account_id=account.pk)
        browser = client or self.site.nobody
        session, now = browser.session, int(time.time())
        session["person"] = {"uid": person.uid, "provider": provider.pk, "began": now, "seen": now}
        session.save()
        browser.cookies["session"] = session.session_key or ""
        return browser

    def visitor(self, client: Client) -> Visitor | None:
        """Who the server takes a browser for."""
        request = client.get("/console/hello").wsgi_request
        return who.visitor(request)

    def group(self) -> Group:
        """A class of the school with a teacher and students."""
        mine = Group.objects.filter(connection_id=self.school.connection, school_sourced_id=self.school.sourced_id)
        return mine.exclude(owners="[]").exclude(students="[]").order_by("sort_key", "id")[0]

    def teacher(self) -> Person:
        """Who teaches that class."""
        return Person.objects.get(pk=json.loads(self.group().owners)[0])


def record_of(person: Person) -> dict[str, str]:
    """What the roster says of a person."""
    rows = LIVE["users"]._default_manager.filter(connection_id=person.connection_id, sourced_id=person.sourced_id)
    return rows.values("username", "email", "given_name", "family_name").get()


def classrooms(site: Site) -> Classrooms:
    """The classrooms of a matched site, with a key of the first school that has a class."""
    district = site.connection().district_id
    taught = set(Group.objects.exclude(owners="[]").exclude(students="[]").values_list("school_sourced_id", flat=True))
    school = next(each for each in schools.served(district) if each.sourced_id in taught)
    key, text = keys.make(district, school.value)
    return Classrooms(site, school, key, text)
