"""Zips sent by a browser: stored, displayed, bounded, and refused where a server already brings those people."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import SkipFile
from django.test import RequestFactory

from rosterkeeper.engine.options import Options
from rosterkeeper.features.connections import exclusive, uploads, workflow
from rosterkeeper.features.connections.choosing import choose, options_of
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.specs import spec_of
from rosterkeeper.features.connections.workflow import verified
from rosterkeeper.features.runs import orders
from rosterkeeper.features.runs import workflow as runs
from rosterkeeper.features.runs.models import Order
from rosterkeeper.features.runs.workflow import Ended
from rosterkeeper.job.words import Action
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.spec import CsvSpec, OneRosterSpec
from tests.pages.site import Site, text_of

_STATED = {"name": "zip", "district": "default", "way": "upload"}


def _zip(name: str = "export Ä.zip") -> SimpleUploadedFile:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("manifest.csv", "propertyName,value\nmanifest.version,1.0\n")
    return SimpleUploadedFile(name, held.getvalue(), "application/zip")


def _server() -> Connection:
    made = workflow.add("sis", OneRosterSpec(url="https://roster.example.org", client_id="k", secret="hush"))
    verified(made)
    return made


def _stored() -> list[Path]:
    return sorted((settings.ROSTER_ARTIFACTS / "uploads").glob("*"))


@pytest.mark.covers("N05", "N01")
def test_an_upload_is_stored_in_the_data_folder_and_displayed_with_name_size_and_time(site: Site) -> None:
    made = site.administrator.post("/connections/add/csv/", {**_STATED, "file": _zip()})

    found = site.connection("zip")
    spec = spec_of(found)
    assert isinstance(spec, CsvSpec)
    assert [str(each) for each in _stored()] == [spec.path]
    assert made["Location"] == f"/connections/{found.pk}/test/"
    page = text_of(site.administrator.get(f"/connections/{found.pk}/"))
    assert "export Ä.zip" in page
    assert "bytes" in page
    assert "<time" in page


@pytest.mark.covers("N38")
def test_a_file_that_is_no_zip_is_told_by_the_test(site: Site) -> None:
    file = SimpleUploadedFile("roster.zip", b"not a zip", "application/zip")
    made = site.administrator.post("/connections/add/csv/", {**_STATED, "file": file})

    site.work()

    page = text_of(site.administrator.get(made["Location"]))
    assert "did not pass" in page
    assert site.connection("zip").verified_at is None


def test_another_upload_takes_the_place_of_the_first_and_needs_a_sync(site: Site) -> None:
    site.administrator.post("/connections/add/csv/", {**_STATED, "draft": "yes", "file": _zip()})
    found = site.connection("zip")
    before = spec_of(found)

    kept = site.administrator.post(f"/connections/{found.pk}/edit/", {"name": "zip", "way": "upload"})
    assert kept["Location"] == f"/connections/{found.pk}/"
    assert spec_of(site.connection("zip")) == before

    site.administrator.post(f"/connections/{found.pk}/edit/", {"name": "zip", "way": "upload", "file": _zip("b.zip")})

    assert spec_of(site.connection("zip")) != before
    assert "b.zip" in text_of(site.administrator.get(f"/connections/{found.pk}/"))
    assert "needs sync" in text_of(site.administrator.get("/connections/"))


@pytest.mark.covers("N05")
def test_a_path_on_the_server_is_taken_whole_or_not_at_all(site: Site) -> None:
    half = site.administrator.post("/connections/add/csv/", {**_STATED, "way": "path", "path": "rosters/a.zip"})
    assert 'id="id_path_error"' in text_of(half)

    whole = {**_STATED, "way": "path", "path": "/srv/rosters/a.zip", "draft": "yes"}
    assert site.administrator.post("/connections/add/csv/", whole).status_code == 302
    page = text_of(site.administrator.get(f"/connections/{site.connection('zip').pk}/"))
    assert "/srv/rosters/a.zip" in page
    assert "nothing is there" in page


def test_an_upload_beyond_the_limit_is_refused_at_its_field(site: Site) -> None:
    request = RequestFactory().post("/")
    with pytest.raises(SkipFile):
        uploads.WithinLimit(request).receive_data_chunk(b"one more", uploads.LARGEST)
    assert uploads.was_too_large(request)

    told: dict[str, Any] = {uploads.TOO_LARGE: True}
    answer = site.administrator.post("/connections/add/csv/", _STATED, **told)

    assert "larger than 2 GB" in text_of(answer)
    assert not Connection.objects.exists()


@pytest.mark.covers("M05", "M02")
def test_a_zip_of_students_and_staff_is_refused_while_a_server_brings_them(site: Site) -> None:
    _server()
    assert "come from sis" in text_of(site.administrator.get("/connections/add/csv/"))

    refused = site.administrator.post("/connections/add/csv/", {**_STATED, "file": _zip()})

    assert 'id="id_guardians_only_error"' in text_of(refused)
    assert not Connection.objects.filter(kind="csv").exists()
    assert not _stored()


@pytest.mark.covers("M27")
def test_a_zip_of_guardians_is_taken_beside_a_server(site: Site) -> None:
    _server()

    site.administrator.post("/connections/add/csv/", {**_STATED, "file": _zip(), "guardians_only": "on"})

    options = options_of(site.connection("zip"))
    assert (options.students, options.staff, options.classrooms, options.parents) == (False, False, False, True)


@pytest.mark.covers("M05")
def test_a_zip_that_was_there_first_neither_uploads_nor_syncs_until_the_server_is_off(site: Site) -> None:
    site.administrator.post("/connections/add/csv/", {**_STATED, "draft": "yes", "file": _zip()})
    number = site.connection("zip").pk
    server = _server()
    assert "Uploads are disabled" in text_of(site.administrator.get(f"/connections/{number}/edit/"))

    again = site.administrator.post(f"/connections/{number}/edit/", {"name": "zip", "way": "upload", "file": _zip()})
    refused = site.administrator.post(f"/connections/{number}/sync/", follow=True)

    assert "come from the connection sis" in text_of(again)
    assert "come from the connection sis" in text_of(refused)
    assert not Order.objects.filter(action="sync").exists()
    choose(server, Options(students=False, staff=False))
    site.administrator.post(f"/connections/{number}/sync/")
    assert Order.objects.filter(action="sync").exists()


def test_deleting_a_connection_deletes_its_upload(site: Site) -> None:
    site.administrator.post("/connections/add/csv/", {**_STATED, "draft": "yes", "file": _zip()})

    site.administrator.post(f"/connections/{site.connection('zip').pk}/delete/", {"understood": "yes"})

    assert not _stored()


@pytest.mark.covers("M05", "M27")
@pytest.mark.parametrize("ask", [runs.sync, runs.preview])
def test_whoever_asks_a_zip_brings_nobody_whom_a_server_brings(
    site: Site, tmp_path: Path, ask: Callable[..., Ended]
) -> None:
    (tmp_path / "north.zip").write_bytes(_zip().read())
    made = workflow.add("zip", CsvSpec(path=str(tmp_path / "north.zip")))
    server = _server()

    with pytest.raises(SettingsError) as refused:
        ask(made, on_progress=lambda _: None)
    choose(made, exclusive.GUARDIANS_ONLY)
    beside = ask(made, on_progress=lambda _: None)

    assert (refused.value.code, server.name in refused.value.what) == ("connection.other_source", True)
    assert beside.result.code != "connection.other_source"


@pytest.mark.covers("M05")
def test_an_order_placed_before_the_server_came_tells_why_it_is_refused(site: Site, tmp_path: Path) -> None:
    (tmp_path / "north.zip").write_bytes(_zip().read())
    made = workflow.add("zip", CsvSpec(path=str(tmp_path / "north.zip")))
    order = orders.place(made, Action.SYNC)
    _server()

    site.work()

    order.refresh_from_db()
    assert order.result["code"] == "connection.other_source"
    assert "connection.other_source" in text_of(site.administrator.get(f"/connections/{made.pk}/"))
