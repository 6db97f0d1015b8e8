"""The page SCIM of a district's directory."""

import re

import pytest
from django.test import Client

from rosterkeeper.features.accounts import tokens
from rosterkeeper.features.accounts.rights import Right, Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.scim.models import DirectoryToken
from tests.pages.site import HOST, Site, text_of

_TOKEN = re.compile(r"rks_[\w-]{43}")


@pytest.mark.covers("L42")
def test_a_token_is_made_shown_once_rotated_and_revoked(synced: Site) -> None:
    district = synced.connection().district_id
    page = f"/directory/{district}/scim/"
    assert f"/scim/v2/{district}" in text_of(synced.administrator.get(page))
    shown = text_of(synced.administrator.post(page, {"name": "Entra ID"}))
    first = _TOKEN.findall(shown)[0]
    assert first not in text_of(synced.administrator.get(page))
    kept = DirectoryToken.objects.get()
    again = text_of(synced.administrator.post(f"{page}{kept.pk}/rotate/"))
    assert _TOKEN.findall(again)[0] != first
    assert DirectoryToken.objects.filter(until=None).count() == 1
    synced.administrator.post(f"{page}{kept.pk}/revoke/")
    assert "not good any more" in text_of(synced.administrator.get(page))
    synced.administrator.post(f"{page}{kept.pk}/rotate/")
    assert "nothing can take its place" in text_of(synced.administrator.get(page))
    told = list(Entry.objects.filter(action__startswith="scim.").order_by("pk").values_list("action", flat=True))
    assert told == ["scim.token_made", "scim.token_made", "scim.token_rotated", "scim.token_revoked"]


@pytest.mark.covers("M01")
def test_a_token_of_another_district_is_not_there_and_viewers_see_no_tab(synced: Site) -> None:
    district = synced.connection().district_id
    kept = DirectoryToken.objects.create(district_id=district + 1, name="x", hint="rks_", secret_hash="x")
    assert synced.administrator.post(f"/directory/{district}/scim/{kept.pk}/revoke/").status_code == 404
    assert synced.administrator.get(f"/directory/{district + 1}/scim/").status_code == 404
    viewer = synced.signed_in(Role.VIEWER)
    assert viewer.get(f"/directory/{district}/scim/").status_code == 403
    assert "/scim/" not in text_of(viewer.get(f"/directory/{district}/"))


@pytest.mark.covers("L42")
def test_programs_and_the_command_make_list_rotate_and_revoke_tokens_with_the_right_of_settings(synced: Site) -> None:
    district = synced.connection().district_id
    at, call = f"/api/v1/directories/{district}/scim/tokens", _program(synced, Right.SETTINGS)
    made = call.post(at, {"name": "Okta"}, "application/json")
    assert made.status_code == 201
    assert _TOKEN.fullmatch(made.json()["token"])
    number = made.json()["id"]
    listed = call.get(at).json()
    assert listed["address"].endswith(f"/scim/v2/{district}")
    assert [(each["id"], each["is_good"], "token" in each) for each in listed["items"]] == [(number, True, False)]
    rotated = call.post(f"{at}/{number}/rotate", {}, "application/json").json()
    assert rotated["token"] != made.json()["token"]
    assert call.delete(f"{at}/{number}").json()["is_good"] is False
    refused = call.post(f"{at}/{number}/rotate", {}, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (400, "scim.token_ended")
    assert call.delete(f"{at}/987654").status_code == 404
    assert _program(synced, Right.SEE, Right.ROSTER).get(at).status_code == 403
    program = synced.installation.run
    text = program("scim", "add", "default", "Entra ID", "--json").ok().object
    assert _TOKEN.fullmatch(text["token"])
    assert program("scim", "revoke", "default", text["id"], "--json").ok().object["state"] == "ended"
    assert "scim.no_token" in program("scim", "rotate", "default", 987654).err
    good = {
        each["id"]
        for each in program("scim", "list", "default", "--json").ok().object["tokens"]
        if each["state"] == "good"
    }
    assert good == {rotated["id"]}


def _program(site: Site, *rights: Right) -> Client:
    _, text = tokens.make(site.account(Role.ADMINISTRATOR), "program", rights)
    return Client(headers={"host": HOST, "authorization": f"Bearer {text}"})
