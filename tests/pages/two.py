"""Two districts with the same ids and schools: `north` of the first, and one of the second that is full of one word.

Everything of the second district has a number that nothing of the first has, and says `Quagga` wherever it can.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from rosterkeeper.features.accounts import tokens
from rosterkeeper.features.accounts.models import Account, AccountDistrict
from rosterkeeper.features.accounts.rights import FOR_TOKENS, Role
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections import workflow as connections
from rosterkeeper.features.connections.models import DEFAULT_DISTRICT, Connection, District
from rosterkeeper.features.console import keys
from rosterkeeper.features.notices import targets
from rosterkeeper.features.publish.models import Kind
from rosterkeeper.features.roster.fresh import refresh
from rosterkeeper.features.runs import orders
from rosterkeeper.features.schedules.schedule import Form, Schedule
from rosterkeeper.features.schedules.workflow import set_schedule
from rosterkeeper.job.words import Action
from rosterkeeper.sources.spec import CsvSpec
from tests.districts.cast import drop_half
from tests.districts.tables import Tables, repack
from tests.installation import Installation
from tests.pages.site import HOST, PASSWORD, Site
from tests.pages.weeks import pull

WORD: Final = "Quagga"
# Where the numbers of the second district begin.
BEYOND: Final = 7000
# Where those begin that the tests themselves make.
_LATER: Final = 8000
# Calls of one token before the next one is taken: fewer than may be made at once.
_CALLS: Final = 90


@dataclass
class Program:
    """A program that calls the API as an account, with tokens limited to ``districts``; it never calls too often."""

    account: Account
    districts: tuple[int, ...] = ()
    _calls: int = 0
    _client: Client | None = None

    def call(self, method: str, address: str, body: object = None) -> Any:
        """The answer to one call."""
        if self._client is None or self._calls >= _CALLS:
            _, text = tokens.make(self.account, "program", FOR_TOKENS, districts=self.districts)
            self._client, self._calls = Client(headers={"host": HOST, "authorization": f"Bearer {text}"}), 0
        self._calls += 1
        more: dict[str, Any] = {} if body is None else {"data": body, "content_type": "application/json"}
        if isinstance(body, str):
            more = {"data": {"file": SimpleUploadedFile("a.zip", body.encode()), "name": "a"}}
        return getattr(self._client, method.lower())(f"/api/v1{address}", **more)


@dataclass
class Two:
    """The site, its two districts and who may see which."""

    site: Site
    _browsers: dict[str, Client] = field(default_factory=dict)

    @property
    def mine(self) -> District:
        """The first district."""
        return District.objects.get(name=DEFAULT_DISTRICT)

    @property
    def theirs(self) -> District:
        """The second district."""
        return District.objects.get(id=BEYOND + 1)

    @property
    def link(self) -> Connection:
        """The second district's connection."""
        return Connection.objects.get(id=BEYOND + 1)

    def account(self, name: str, role: Role = Role.ADMINISTRATOR, districts: tuple[District, ...] = ()) -> Account:
        """An account of that name, limited to the districts."""
        email = f"{name}@example.org"
        there = Account.objects.filter(email=email).first()
        if there:
            return there
        made = Account.objects.make(email, role=role, password=PASSWORD)
        AccountDistrict.objects.bulk_create(AccountDistrict(account=made, district_id=each.pk) for each in districts)
        return made

    @property
    def insider(self) -> Account:
        """The first district's administrator."""
        return self.account("insider", districts=(self.mine,))

    @property
    def vendor(self) -> Account:
        """An administrator of all districts."""
        return self.site.account(Role.ADMINISTRATOR)

    def browser(self, account: Account) -> Client:
        """A browser in which the account has signed in."""
        if account.email not in self._browsers:
            client = Client(headers={"host": HOST})
            client.force_login(account)
            self._browsers[account.email] = client
        return self._browsers[account.email]


def furnish(installation: Installation, folder: Path) -> None:
    """Add the second district to an installation with `north`: two syncs, the last one held, and one of everything."""
    first = repack(folder / "north.first", folder / "quagga-1.zip", _mark)
    second = repack(first, folder / "quagga-2.zip", drop_half)
    with installation.in_process():
        site = Site(installation)
        two = Two(site)
        _ = two.vendor, two.insider
        refresh(site.connection().pk)
        _number_from(BEYOND)
        package = folder / "quagga.zip"
        shutil.copyfile(first, package)
        link = connections.add(f"{WORD}-link", CsvSpec(path=str(package), label=WORD), district=f"{WORD} district")
        pull(link, package, first)
        held = pull(link, package, second)
        assert held.held_state == "waiting"
        refresh(link.pk)
        orders.place(link, Action.PREVIEW)
        site.work()
        set_schedule(link, Schedule(form=Form.DAILY), now=timezone.now())
        theirs = two.account(WORD.lower(), districts=(two.theirs,))
        tokens.make(theirs, f"{WORD} script", FOR_TOKENS)
        made, _secret = targets.add(
            targets.Stated(name=f"{WORD} bell", kind=Kind.EMAIL, address=f"{WORD}@example.org", district=two.theirs.pk)
        )
        targets.try_out(made)
        keys.make(two.theirs.pk, "", f"{WORD} library")
        record("connection.reset", about=f"connection:{link.pk}", account=theirs.pk, details={"word": WORD})
        log = settings.ROSTER_JOB_LOG.parent / f"district-{two.theirs.pk}"
        log.mkdir(parents=True)
        (log / "GW001.log").write_text(f"{WORD} users.csv row 3\n", encoding="utf-8")
        _number_from(_LATER)


def _mark(tables: Tables) -> None:
    for table, columns in (
        ("users", ("givenName", "familyName", "email", "username", "identifier")),
        ("classes", ("title",)),
        ("courses", ("title",)),
        ("academicSessions", ("title",)),
    ):
        for column in columns:
            place = tables[table].column(column)
            for row in tables[table].rows:
                row[place] = f"{WORD}{row[place]}"


def _number_from(number: int) -> None:
    """Let the next row of every table have the number that follows."""
    with database.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'")
        for (table,) in cursor.fetchall():
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, number])
