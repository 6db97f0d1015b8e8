"""The API of connections: everything that the pages change, with the same refusals."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from rosterkeeper.features.accounts import tokens
from rosterkeeper.features.accounts.rights import Right, Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.connections import uploads, workflow
from rosterkeeper.features.connections.choosing import options_of
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.specs import stated_spec
from rosterkeeper.features.connections.workflow import verified
from rosterkeeper.features.runs.models import Order
from rosterkeeper.sources.spec import OneRosterSpec
from tests.pages.site import HOST, Site

_SERVER = {"kind": "oneroster", "url": "https://roster.example.org", "client_id": "key", "secret": "hush-hush"}


def _program(site: Site) -> Client:
    _, text = tokens.make(site.account(Role.MANAGER), "script", [Right.SEE, Right.RUN, Right.SETTINGS])
    return Client(headers={"host": HOST, "authorization": f"Bearer {text}"})


def _send(client: Client, method: str, address: str, **body: object) -> Any:
    return client.generic(method, f"/api/v1/connections{address}", json.dumps(body), content_type="application/json")


def _told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def _zip() -> SimpleUploadedFile:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("manifest.csv", "propertyName,value\nmanifest.version,1.0\n")
    return SimpleUploadedFile("export.zip", held.getvalue(), "application/zip")


def _server() -> Connection:
    made = workflow.add("sis", OneRosterSpec(url="https://roster.example.org", client_id="key", secret="hush-hush"))
    verified(made)
    return made


@pytest.mark.covers("N01")
def test_a_program_adds_a_connection_which_is_tested_at_once_and_tells_no_secret(site: Site) -> None:
    answer = _send(_program(site), "POST", "", name="sis", **_SERVER)

    assert answer.status_code == 201
    assert "hush-hush" not in answer.content.decode()
    made = site.connection("sis")
    assert (answer.json()["connection"]["id"], made.settings["url"]) == (made.pk, "https://roster.example.org")
    assert Order.objects.get(pk=answer.json()["order"]).action == "test"
    assert Entry.objects.filter(action="connection.added", about=f"connection:{made.pk}").exists()


def test_a_draft_is_stored_and_not_tested_and_a_check_stores_nothing(site: Site) -> None:
    program = _program(site)
    checked = _send(program, "POST", "/check", **_SERVER)
    assert checked.json()["settings"]["url"] == "https://roster.example.org"
    assert "hush-hush" not in checked.content.decode()
    assert not Connection.objects.exists()

    answer = _send(program, "POST", "", name="sis", draft=True, **_SERVER)
    assert (answer.status_code, answer.json()["order"]) == (201, None)
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({**_SERVER, "url": "ftp://x"}, (400, "connection.url")),
        ({**_SERVER, "tenant_id": "7"}, (400, "connection.other_kind")),
        ({"kind": "csv", "path": "rosters/a.zip"}, (400, "api.bad_input")),
        ({"kind": "csv", "path": "upload:0123.zip"}, (400, "api.bad_input")),
        ({**_SERVER, "proxy": "https://elsewhere.example"}, (400, "api.bad_input")),
        ({"kind": "paper"}, (400, "api.bad_input")),
    ],
)
def test_what_cannot_be_right_is_refused_by_its_place(site: Site, body: dict[str, object], told: object) -> None:
    assert _told(_send(_program(site), "POST", "", name="sis", **body)) == told
    assert not Connection.objects.exists()


@pytest.mark.covers("M28", "M29")
def test_what_a_page_asks_about_first_a_call_must_say(site: Site) -> None:
    program, server = _program(site), _server()
    elsewhere = {"url": "https://other.example.org"}
    assert _told(_send(program, "POST", "", name="two", **_SERVER)) == (409, "connection.second_source")
    assert _send(program, "POST", "", name="two", second_source=True, draft=True, **_SERVER).status_code == 201

    assert _told(_send(program, "PATCH", f"/{server.pk}", **elsewhere)) == (409, "connection.other_district")
    edited = _send(program, "PATCH", f"/{server.pk}", other_district=True, **elsewhere)
    assert edited.json()["changed"] == ["settings"]
    assert list(Order.objects.values_list("action", flat=True)) == ["test", "preview"]


def test_an_edit_keeps_the_secret_that_it_does_not_name(site: Site) -> None:
    program, server = _program(site), _server()
    edited = _send(program, "PATCH", f"/{server.pk}", name="renamed", page_size=500)
    assert edited.json()["changed"] == ["name", "settings"]
    found = stated_spec(site.connection("renamed"))
    assert isinstance(found, OneRosterSpec)
    assert (found.secret, found.page_size) == ("hush-hush", 500)


def test_a_secret_that_signs_in_another_way_is_not_kept(site: Site) -> None:
    program = _program(site)
    body = {"kind": "classlink", "tenant_id": "7", "secret": "api-key"}
    number = _send(program, "POST", "", name="link", draft=True, **body).json()["connection"]["id"]
    moved = {"tenant_id": "", "url": "https://roster.example.org", "client_id": "key"}
    assert _told(_send(program, "PATCH", f"/{number}", **moved)) == (400, "connection.secret")
    assert _send(program, "PATCH", f"/{number}", **moved, secret="other").status_code == 200


@pytest.mark.covers("M05", "M02")
def test_a_zip_is_refused_with_a_conflict_while_a_server_brings_its_people(synced: Site) -> None:
    program, north = _program(synced), synced.connection()
    _server()
    told = (409, "connection.other_source")
    assert _told(_send(program, "POST", f"/{north.pk}/sync")) == told
    assert _told(program.post(f"/api/v1/connections/{north.pk}/zip", {"file": _zip()})) == told
    assert _told(program.post("/api/v1/connections/zip", {"name": "b", "file": _zip()})) == told
    assert _told(_send(program, "POST", "", name="c", kind="csv", path="/srv/a.zip")) == told
    assert not Order.objects.filter(ended_at=None).exists()
    assert not list((settings.ROSTER_ARTIFACTS / "uploads").glob("*"))


@pytest.mark.covers("N05", "M27")
def test_a_program_sends_a_zip_and_another_in_its_place(site: Site) -> None:
    program = _program(site)
    sent = program.post("/api/v1/connections/zip", {"name": "zip", "guardians_only": "true", "file": _zip()})
    assert sent.status_code == 201
    made = site.connection("zip")
    assert options_of(made).parents
    before = made.settings["path"]
    again = program.post(f"/api/v1/connections/{made.pk}/zip", {"file": _zip()})
    assert again.json()["changed"] == ["settings"]
    assert site.connection("zip").settings["path"] != before


def test_a_zip_that_is_too_large_or_for_a_server_is_refused(site: Site) -> None:
    program, server = _program(site), _server()
    beyond: dict[str, Any] = {uploads.TOO_LARGE: True}
    large = program.post("/api/v1/connections/zip", {"name": "zip", "file": _zip()}, **beyond)
    assert _told(large) == (400, "connection.upload_size")
    other = program.post(f"/api/v1/connections/{server.pk}/zip", {"file": _zip()})
    assert _told(other) == (400, "connection.other_kind")
    assert _told(program.post("/api/v1/connections/zip", {"name": "zip"})) == (400, "api.bad_input")


@pytest.mark.covers("M20", "M21")
def test_options_are_changed_one_by_one_and_switching_people_off_must_be_understood(synced: Site) -> None:
    program, number = _program(synced), synced.connection().pk
    assert _told(_send(program, "PATCH", f"/{number}/options", students=False)) == (409, "connection.switched_off")
    done = _send(program, "PATCH", f"/{number}/options", students=False, grades=["09", "08", "09"], understood=True)
    assert sorted(done.json()["changed"]) == ["grades", "students"]
    assert Order.objects.get(pk=done.json()["order"]).action == "preview"
    held = _send(program, "GET", f"/{number}/options").json()
    assert (held["students"], held["staff"], held["grades"]) == (False, True, ["08", "09"])
    assert _told(_send(program, "PATCH", f"/{number}/options", roles=["king"])) == (400, "connection.role")


@pytest.mark.covers("L29", "L31")
def test_schools_are_excluded_by_their_ids(synced: Site) -> None:
    program, number = _program(synced), synced.connection().pk
    school = _send(program, "GET", f"/{number}/schools").json()["included"][0]["sourced_id"]
    done = _send(program, "PUT", f"/{number}/schools", excluded=[school, "nowhere"])
    assert done.json()["changed"] == ["excluded_schools"]
    assert [each["sourced_id"] for each in _send(program, "GET", f"/{number}/schools").json()["excluded"]] == [school]


@pytest.mark.covers("L34", "L38", "L39")
def test_reset_and_delete_must_be_understood(synced: Site) -> None:
    program, number = _program(synced), synced.connection().pk
    for what in ("reset", "delete"):
        assert _told(_send(program, "POST", f"/{number}/{what}")) == (400, "api.bad_input")
        assert _told(_send(program, "POST", f"/{number}/{what}", understood=False)) == (400, "api.bad_input")

    reset = _send(program, "POST", f"/{number}/reset", understood=True, rebuild=True)
    assert Order.objects.get(pk=reset.json()["order"]).wish["full"] is True
    synced.work()
    assert _send(program, "POST", f"/{number}/delete", understood=True).status_code == 200
    assert _told(_send(program, "GET", f"/{number}")) == (404, "connection.unknown")
    assert Entry.objects.filter(action="connection.deleted").count() == 1


def test_the_overview_and_the_checklist_tell_what_the_pages_tell(synced: Site) -> None:
    program, north = _program(synced), synced.connection()
    overview = program.get("/api/v1/overview").json()
    assert [each["name"] for each in overview["connections"]] == ["north"]
    steps = {each["key"]: each["state"] for each in program.get("/api/v1/setup").json()["steps"]}
    assert (steps["people"], steps["automate"]) == ("done", "next")
    assert program.get("/api/v1/setup", {"connection": north.pk + 999}).status_code == 404
    program.post("/api/v1/setup/approved")
    assert Entry.objects.filter(action="setup.approved").count() == 1
