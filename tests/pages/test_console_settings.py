"""The page Teacher's console, its calls and commands: keys of schools, switches, and what computers need."""

import io
import json
import plistlib
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rosterkeeper.features.accounts import tokens
from rosterkeeper.features.accounts.rights import Right, Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.console import keys
from rosterkeeper.features.console.models import Key, Nonce, Opening, Visit
from rosterkeeper.features.console.schools import served
from rosterkeeper.features.console.settings import settings_of
from rosterkeeper.features.console.sweeping import sweep
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.features.sealed.field import sealed_columns
from rosterkeeper.launcher.keys import read_key
from tests.pages.classrooms import Classrooms
from tests.pages.site import HOST, text_of

_TEXT = re.compile(r'id="key" readonly value="(RK-[0-9A-Z-]+)"')


def _shown_key(page: str) -> str:
    found = _TEXT.search(page)
    assert found
    return found[1]


def _actions() -> list[str]:
    return list(Entry.objects.filter(action__startswith="console.").order_by("pk").values_list("action", flat=True))


@pytest.mark.covers("N19")
def test_a_key_is_made_for_a_school_and_shown_with_the_address(rooms: Classrooms) -> None:
    client, page = rooms.site.administrator, f"/teachers-console/{rooms.district}/"
    assert client.get("/teachers-console/")["Location"] == page
    answer = client.post(f"{page}keys/", {"school": rooms.school.value, "name": "Library"})
    text = _shown_key(text_of(answer))
    made = Key.objects.latest("pk")
    assert (made.key_id, made.school, made.name) == (read_key(text).id, rooms.school.sourced_id, "Library")
    assert made.made_by == rooms.site.account(Role.ADMINISTRATOR).pk
    assert text not in made.secret
    assert f'value="http://{HOST}"' in text_of(answer)
    assert answer["Cache-Control"] == "no-store"
    plain = text_of(client.get(page))
    assert text not in plain
    assert "Library" in plain
    assert _shown_key(text_of(client.post(f"{page}keys/{made.pk}/show/"))) == text
    assert _actions()[-2:] == ["console.key_made", "console.key_shown"]


@pytest.mark.covers("N23")
def test_the_schools_of_keys_are_those_of_the_roster(rooms: Classrooms) -> None:
    page = f"/teachers-console/{rooms.district}/"
    assert rooms.school.name in text_of(rooms.site.administrator.get(page))
    wrong = rooms.site.administrator.post(f"{page}keys/", {"school": "1:elsewhere"})
    assert wrong.status_code == 422
    assert Key.objects.count() == 1
    whole = rooms.site.administrator.post(f"{page}keys/", {"school": "district"})
    assert "The whole district" in text_of(whole)
    assert Key.objects.latest("pk").school == ""


@pytest.mark.covers("N23")
def test_schools_of_one_name_are_told_apart_and_named_as_the_page_does(rooms: Classrooms) -> None:
    other = next(each for each in served(rooms.district) if each != rooms.school)
    rows = LIVE["orgs"]._default_manager.filter(connection_id=other.connection, sourced_id=other.sourced_id)
    rows.update(name=rooms.school.name)
    keys.make(rooms.district, other.value)
    page = text_of(rooms.site.administrator.get(f"/teachers-console/{rooms.district}/"))
    for each in (rooms.school, other):
        # In the list of keys, and among the schools for a new one.
        assert page.count(f"{rooms.school.name} ({each.sourced_id})") == 2
    rooms.key, rooms.text = keys.make(rooms.district, "")
    label = f"{rooms.school.name} ({other.sourced_id})"
    assert rooms.sent(rooms.launch("x", school=label.upper())).status_code == 200
    assert Opening.objects.latest("pk").school == other.sourced_id
    assert rooms.sent(rooms.launch("x", school=rooms.school.name)).json()["code"] == "console.school_unknown"


def test_rotating_a_key_leaves_the_old_one_good_for_some_days(rooms: Classrooms) -> None:
    client, page = rooms.site.administrator, f"/teachers-console/{rooms.district}/"
    answer = client.post(f"{page}keys/{rooms.key.pk}/rotate/", {"days": "3"})
    rooms.key.refresh_from_db()
    assert rooms.key.until is not None
    assert timedelta(days=2) < rooms.key.until - timezone.now() <= timedelta(days=3)
    assert rooms.sent(rooms.launch("x")).status_code == 200
    rooms.text = _shown_key(text_of(answer))
    assert rooms.sent(rooms.launch("x")).status_code == 200
    client.post(f"{page}keys/{rooms.key.pk}/rotate/", {"days": "200"})
    assert Key.objects.get(pk=rooms.key.pk).until == rooms.key.until
    assert "from 0 to 365" in text_of(client.post(f"{page}keys/{rooms.key.pk}/rotate/", {"days": "x"}, follow=True))


def test_a_revoked_key_is_neither_shown_nor_rotated(rooms: Classrooms) -> None:
    client, page = rooms.site.administrator, f"/teachers-console/{rooms.district}/"
    client.post(f"{page}keys/{rooms.key.pk}/revoke/")
    for way in ("show", "rotate"):
        told = text_of(client.post(f"{page}keys/{rooms.key.pk}/{way}/", {"days": "1"}, follow=True))
        assert "not good any more" in told
        assert "RK-" not in told
    assert Key.objects.count() == 1


def test_switches_are_saved_and_written_down(rooms: Classrooms) -> None:
    client, page = rooms.site.administrator, f"/teachers-console/{rooms.district}/"
    client.post(f"{page}switches/", {"is_on": "on", "full_sign_in": "on"})
    kept = settings_of(rooms.district)
    assert (kept.is_on, kept.trusts_login, kept.cover, kept.guardians_at_cover) == (True, False, False, False)
    assert Entry.objects.latest("pk").details == {"trusts_login": False, "cover": False}
    client.post(f"{page}switches/", {"is_on": "on", "full_sign_in": "on"})
    assert _actions().count("console.settings") == 1


def test_a_full_sign_in_that_nobody_can_do_is_told(rooms: Classrooms) -> None:
    client, page = rooms.site.administrator, f"/teachers-console/{rooms.district}/"
    assert "So nobody gets in" not in text_of(client.get(page))
    client.post(f"{page}switches/", {"is_on": "on", "full_sign_in": "on"})
    told = text_of(client.get(page))
    assert "So nobody gets in" in told
    assert 'href="/providers/"' in told
    rooms.signed_in(rooms.teacher())
    assert "So nobody gets in" not in text_of(client.get(page))


def test_templates_and_the_console_itself_are_there_to_download(rooms: Classrooms) -> None:
    client = rooms.site.administrator
    with zipfile.ZipFile(io.BytesIO(client.get("/teachers-console/templates.zip").content)) as archive:
        names = archive.namelist()
        linux = json.loads(archive.read("linux/etc/rosterkeeper/console-policy.json"))
        mac = plistlib.loads(archive.read("macos/org.rosterkeeper.console.plist"))
    wanted = {"RK_Tutor_Machine.admx", "en-US/RK_Tutor_Machine.adml", "RK_Tutor_User.adm"}
    assert {f"windows/{each}" for each in wanted} <= {*names}
    assert linux == mac
    assert linux["server"] == f"http://{HOST}"
    assert "key" not in linux
    with zipfile.ZipFile(io.BytesIO(client.get("/teachers-console/console.pyz").content)) as archive:
        assert {"__main__.py", "rosterkeeper/launcher/main.py"} <= {*archive.namelist()}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SCHOOL])
def test_who_may_not_manage_settings_sees_no_key(rooms: Classrooms, role: Role) -> None:
    page = f"/teachers-console/{rooms.district}/"
    client = rooms.site.signed_in(role)
    assert client.get(page).status_code == 403
    assert client.post(f"{page}keys/{rooms.key.pk}/show/").status_code == 403


def _call(client: Client, method: str, address: str, body: object = None) -> Any:
    return client.generic(method, f"/api/v1{address}", json.dumps(body or {}), content_type="application/json")


def test_calls_do_all_that_the_page_does(rooms: Classrooms) -> None:
    _, token = tokens.make(rooms.site.account(Role.ADMINISTRATOR), "script", [Right.SETTINGS])
    client = Client(headers={"host": HOST, "authorization": f"Bearer {token}"})
    base = f"/districts/{rooms.district}/console"
    assert _call(client, "PATCH", base, {"cover": False}).json()["cover"] is False
    assert _call(client, "GET", base).json()["is_on"] is True
    made = _call(client, "POST", f"{base}/keys", {"school": rooms.school.value, "note": "Hall"})
    assert made.status_code == 201
    number, text = made.json()["number"], made.json()["text"]
    assert _call(client, "POST", f"{base}/keys/{number}/show").json()["text"] == text
    rotated = _call(client, "POST", f"{base}/keys/{number}/rotate", {"days": 1}).json()
    assert (rotated["school"], rotated["note"]) == (rooms.school.value, "Hall")
    assert _call(client, "POST", f"{base}/keys/{number}/revoke").json()["state"] == "console.key_revoked"
    listed = _call(client, "GET", f"{base}/keys")
    assert [each["state"] for each in listed.json()["items"]] == ["good", "good", "console.key_revoked"]
    assert "RK-" not in text_of(listed)
    refused = _call(client, "POST", f"{base}/keys/{number}/show")
    assert (refused.status_code, refused.json()["code"]) == (409, "console.key_ended")
    unknown = _call(client, "POST", f"{base}/keys", {"school": "1:elsewhere"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "console.no_school")


def test_what_is_over_is_forgotten(rooms: Classrooms) -> None:
    rooms.came_in("jsmith")
    rooms.sent(rooms.launch("jsmith"))
    assert sweep(timezone.now()) == 0
    assert sweep(timezone.now() + timedelta(minutes=11)) == 4
    assert sweep(timezone.now() + timedelta(hours=11)) == 1
    assert not any(rows.objects.exists() for rows in (Nonce, Opening, Visit))


def test_a_change_of_the_secret_key_takes_the_keys_of_schools_along(rooms: Classrooms) -> None:
    assert (Key, "secret") in list(sealed_columns())
    assert keys.show(rooms.key) == rooms.text


def test_commands_make_rotate_and_revoke_keys(rooms: Classrooms) -> None:
    run = rooms.site.installation.run
    made = run("console-keys", "add", "--school", rooms.school.name, "--note", "Hall", "--json").ok().object
    assert (made["school"], made["note"], made["state"]) == (rooms.school.value, "Hall", "good")
    rooms.text = made["text"]
    assert rooms.sent(rooms.launch("nobody")).status_code == 200
    assert run("console-keys", "rotate", made["key"], "--days", 0).ok().out.startswith("RK-")
    assert rooms.sent(rooms.launch("nobody")).json()["code"] == "console.key_old"
    run("console-keys", "revoke", rooms.key.key_id).ok()
    listed = run("console-keys", "list", "--json").ok()
    assert [each["state"] for each in listed.object["keys"]] == ["good", "replaced", "revoked"]
    assert "RK-" not in listed.out
    assert run("console-keys", "show", made["key"]).code == 1
    unknown = run("console-keys", "add", "--school", "Nowhere", "--json")
    assert (unknown.code, unknown.object["error"]["code"]) == (2, "console.no_school")
