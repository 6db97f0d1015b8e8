"""A teacher signs in at a real provider, sees their own classes, is suspended by a sync, and is out."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.db.models import Max, Min
from playwright.sync_api import Page, expect

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.people.models import DirectoryAccount, PeopleSettings, Person
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.matching.tables import Kind, Mode
from rosterkeeper.oneroster.fields import ENROLLMENTS
from tests.browser.conftest import Service, running
from tests.browser.walk import looks
from tests.districts.tables import Tables, repack
from tests.identity.people import signs_in_by
from tests.identity.running import Identity, provider
from tests.installation import Installation


@pytest.fixture
def identity(tmp_path: Path) -> Iterator[Identity]:
    """A provider of OpenID Connect that runs beside the service."""
    folder = tmp_path / "identity"
    folder.mkdir()
    with provider(folder) as made:
        yield made


@pytest.fixture
def school(synced_template: Installation, tmp_path: Path) -> Iterator[Installation]:
    """A synced district that makes accounts of its people; another day's zip may be put in its place."""
    shutil.copytree(synced_template.data_dir, tmp_path / "data")
    made = replace(synced_template, data_dir=tmp_path / "data")
    with made.in_process():
        district = Connection.objects.get(name="north").district_id
        PeopleSettings.objects.update_or_create(district_id=district, defaults={"mode": Mode.CREATE})
    made.run("people", "match").ok()
    yield made
    zip_path = synced_template.data_dir.parent / "north.zip"
    shutil.copyfile(zip_path.with_suffix(".first"), zip_path)


def _teacher(school: Installation, identity: Identity, service: Service) -> tuple[Person, str]:
    """A teacher who can sign in and teaches all year, and their family name."""
    identity.register(f"{service.url}/signin/classlink/back/")
    with school.in_process():
        seats = LIVE[ENROLLMENTS.name]._default_manager.filter(role="teacher")
        year = seats.aggregate(Min("begin_date"), Max("end_date"))
        seats = seats.filter(begin_date=year["begin_date__min"], end_date=year["end_date__max"])
        all_year = seats.values("user_sourced_id")
        teacher = Person.objects.filter(kind=Kind.STAFF, sourced_id__in=all_year).order_by("pk")[0]
        signs_in_by(identity, "classlink", (teacher.district_id, ["2284"]))
        name = DirectoryAccount.objects.get(pk=teacher.account_id).family_name
    identity.says("teacher", {"classLink_tenant_id": "2284", "classLink_sourcedId": teacher.sourced_id})
    return teacher, name


def _without(sourced_id: str, tables: Tables) -> None:
    for name, table in tables.held.items():
        keys = [table.column(key) for key in ("sourcedId", "userSourcedId") if key in table.header]
        if name != "manifest":
            table.rows = [row for row in table.rows if all(row[key] != sourced_id for key in keys)]


@pytest.mark.covers("L01", "M31")
def test_a_teacher_sees_their_classes_until_a_sync_suspends_them(
    page: Page, school: Installation, identity: Identity
) -> None:
    with running(school) as service:
        teacher, name = _teacher(school, identity, service)
        page.goto(f"{service.url}/me/")
        assert looks(page) == []
        page.get_by_role("link", name="Sign in with ClassLink").click()
        page.get_by_label("User").fill("teacher")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Your classes")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text(name)
        expect(page.get_by_role("main").get_by_text(re.compile("students?$")).first).to_be_visible()
        assert looks(page) == []

        folder = school.data_dir.parent
        zip_path = Path(_path_of(school))
        repack(zip_path, folder / "next.zip", lambda tables: _without(teacher.sourced_id, tables))
        shutil.copyfile(folder / "next.zip", zip_path)
        school.run("sync", "north").ok()
        school.run("people", "match").ok()

        page.reload()
        expect(page.get_by_role("heading", name="Not signed in")).to_be_visible()
        expect(page.get_by_role("main")).not_to_contain_text(name)
        assert looks(page) == []
        page.goto(f"{service.url}/me/")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def _path_of(school: Installation) -> str:
    with school.in_process():
        return str(Connection.objects.get(name="north").settings["path"])
