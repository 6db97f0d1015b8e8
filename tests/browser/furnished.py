"""An installation with something on every page: a district's weeks, a held change, orders, notices, a token, roles.

Its names are those that break pages that are not careful: markup, quotes, a script, letters of another direction.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rosterkeeper.engine.options import Options
from rosterkeeper.features.accounts import links, tokens
from rosterkeeper.features.accounts.models import Account, AccountSchool
from rosterkeeper.features.accounts.rights import Right, Role
from rosterkeeper.features.connections import workflow as connections
from rosterkeeper.features.connections.choosing import choose
from rosterkeeper.features.console import keys
from rosterkeeper.features.people.models import Person
from rosterkeeper.features.publish.models import Kind, Target
from rosterkeeper.features.roster.fresh import refresh
from rosterkeeper.features.runs import orders
from rosterkeeper.features.sealed.box import installed_box
from rosterkeeper.features.signin.models import Attempt
from rosterkeeper.job.words import Action
from rosterkeeper.matching.tables import Result
from rosterkeeper.sample import Extra, write_sample
from rosterkeeper.sources.spec import CsvSpec
from tests.browser.directory import furnish_directory
from tests.districts.cast import drop_half
from tests.districts.tables import Tables, read, repack
from tests.identity.people import signs_in_by
from tests.identity.running import Identity
from tests.installation import Installation
from tests.pages.site import Site
from tests.pages.weeks import FIRST, HELD, SECOND, pull

# Enough for lists to have rows, few enough to be looked at quickly.
_USERS = 60
HOSTILE = (
    "<script>window.ran=1</script>",
    "\"><img src=x onerror='window.ran=1'>",
    "{{ 7|add:7 }}",
    "O'Brien & Søn אבג",
)


@dataclass(frozen=True)
class Furnished:
    """The installation, and what stands in its addresses."""

    installation: Installation
    places: dict[str, str]
    school: str

    def address(self, route: str) -> str:
        """A route's address with real ids in its places."""
        for place, value in self.places.items():
            route = route.replace(place, value)
        return f"{route}?older={FIRST}&newer={SECOND}" if route.endswith("/compare/") else route


def furnish(installation: Installation, folder: Path) -> Furnished:
    """Fill the installation: a first day, a second one, and a third that is held, for half of the students are gone."""
    package = folder / "north.zip"
    hostile = [_day(folder, 1, _rename), _day(folder, 2, _rename), _day(folder, 2, _rename_and_lose)]
    with installation.in_process():
        shutil.copyfile(hostile[0], package)
        north = connections.add(f"north {HOSTILE[1]}", CsvSpec(path=str(package)))
        choose(north, Options(parents=True, all_parents=True, demographics=True))
        for day in hostile:
            pull(north, package, day)
            refresh(north.pk)
        site = Site(installation)
        asked = [orders.place(north, each) for each in (Action.PREVIEW, Action.TEST)]
        site.work()
        school = read(hostile[0])["orgs"].rows[1][0]
        AccountSchool.objects.create(account=site.account(Role.SCHOOL), connection_id=north.pk, org=school)
        target = Target.objects.create(
            name=HOSTILE[1], kind=Kind.EMAIL, address=installed_box().seal("it@example.org"), words=[]
        )
        tokens.make(site.account(Role.ADMINISTRATOR), HOSTILE[1], [Right.SEE])
        directory = furnish_directory(
            north.district_id, north.pk, name=HOSTILE[0], by=site.account(Role.ADMINISTRATOR).pk
        )
        provider = signs_in_by(
            Identity("https://launchpad.classlink.com", folder), "classlink", (north.district_id, []), name=HOSTILE[0]
        )
        signer = Person.objects.filter(district_id=north.district_id, result=Result.LINKED).earliest("pk")
        Attempt.objects.create(
            reference="ABCDEFGH", provider_id=provider.pk, person_uid=signer.uid, code="signin.suspended"
        )
        invited = Account.objects.make("invited@example.org", role=Role.VIEWER, name=HOSTILE[0])
        secret = links.new(invited, links.INVITED)
        key, _ = keys.make(north.district_id, "", HOSTILE[0])
    directory["<int:key>"] = str(key.pk)
    places = directory | _places(hostile[0], north.pk, asked[0].pk, target.pk, secret)
    return Furnished(installation, {**places, "/sign-ins/person/<str:uid>": f"/sign-ins/person/{signer.uid}"}, school)


def _places(package: Path, connection: int, order: int, target: int, secret: str) -> dict[str, str]:
    tables = read(package)
    enrollment = tables["enrollments"]
    row = enrollment.rows[0]
    person, taught, school = (
        row[enrollment.column(each)] for each in ("userSourcedId", "classSourcedId", "schoolSourcedId")
    )
    return {
        "/orders/<int:number>": f"/orders/{order}",
        "/runs/<int:number>": f"/runs/{HELD}",
        "<int:run>": str(FIRST),
        "/notices/<int:number>": f"/notices/{target}",
        "<int:connection>": str(connection),
        "<int:number>": str(connection),
        "/back/<slug:way>": "/back/undo",
        "/decide/<slug:way>": "/decide/approve",
        "/add/<slug:kind>": "/add/classlink",
        "/school/<path:sourced_id>": f"/school/{school}",
        "/class/<path:sourced_id>": f"/class/{taught}",
        "<path:sourced_id>": person,
        "<slug:form>": "csv",
        "<slug:number>": "001",
        "<str:secret>": secret,
    }


def _rename(tables: Tables) -> None:
    for table, column in (
        ("users", "givenName"),
        ("users", "familyName"),
        ("orgs", "name"),
        ("classes", "title"),
        ("courses", "title"),
        ("academicSessions", "title"),
    ):
        place = tables[table].column(column)
        for number, row in enumerate(tables[table].rows):
            row[place] = HOSTILE[number % len(HOSTILE)]


def _rename_and_lose(tables: Tables) -> None:
    drop_half(tables)
    _rename(tables)


def _day(folder: Path, day: int, spoil: Callable[[Tables], None]) -> Path:
    clean = folder / f"clean-{day}.zip"
    write_sample(clean, users=_USERS, seed=1, day=day, extra=Extra(change_percent=10))
    return repack(clean, folder / f"{spoil.__name__}-{day}.zip", spoil)
