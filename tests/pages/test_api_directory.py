"""The API of the directory: accounts, persons, rulings, uploads, settings, each within the districts in sight."""

import io
import json
from typing import Any

import pytest
from django.test import Client

from rosterkeeper.features.accounts import tokens
from rosterkeeper.features.accounts.rights import FOR_TOKENS, Right, Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.people import hand, uploading
from rosterkeeper.features.people.fresh import refresh
from rosterkeeper.features.people.models import DirectoryAccount, PeopleSettings, Person
from rosterkeeper.features.roster import fresh as roster
from tests.pages.site import HOST, Site


def _program(site: Site, rights: Any = FOR_TOKENS, **limits: Any) -> Client:
    _, text = tokens.make(site.account(Role.ADMINISTRATOR), "script", rights, **limits)
    return Client(headers={"host": HOST, "authorization": f"Bearer {text}"})


def _call(client: Client, method: str, address: str, **body: object) -> Any:
    return client.generic(method, f"/api/v1/directories{address}", json.dumps(body), content_type="application/json")


@pytest.fixture
def district(site: Site) -> int:
    """The number of the one district, without people."""
    assert site.installation
    return District.objects.get().pk


def test_accounts_are_added_found_changed_released_suspended_and_restored(site: Site, district: int) -> None:
    program = _program(site)
    made = _call(program, "POST", f"/{district}/accounts", username="ada", given_name="Ada", family_name="Lovelace")
    assert made.status_code == 201
    account = made.json()
    assert (account["origin"], account["person"], account["kept"]) == ("hand", None, [])
    DirectoryAccount.objects.update(origin="scim")
    address = f"/{district}/accounts/{account['uid']}"
    assert _call(program, "PATCH", address, email="ada@north.example").json()["kept"] == ["email"]
    assert _call(program, "DELETE", f"{address}/kept/email").json()["kept"] == []
    assert _call(program, "POST", f"{address}/suspend").json()["suspended_by"] == "hand"
    assert _call(program, "POST", f"{address}/restore").json()["status"] == "active"
    found = _call(program, "POST", f"/{district}/accounts/search", text="lovelace").json()
    assert [each["uid"] for each in found["items"]] == [account["uid"]]
    assert _call(program, "GET", address).json()["email"] == "ada@north.example"
    blank = _call(program, "POST", f"/{district}/accounts", given_name="Ada")
    assert (blank.status_code, blank.json()["code"]) == (400, "people.account_blank")


def test_settings_are_changed_a_part_at_a_time(site: Site, district: int) -> None:
    program = _program(site)
    before = _call(program, "GET", f"/{district}/settings").json()
    after = _call(
        program,
        "PATCH",
        f"/{district}/settings",
        mode="create_teachers",
        rules={"staff": [{"key": "user_id", "type": "LDAP"}, {"key": "email", "field": "username"}]},
        retention_days=30,
        limits={"leave": 20},
    ).json()
    assert after["rules"]["student"] == before["rules"]["student"]
    assert [each["key"] for each in after["rules"]["staff"]] == ["user_id", "email"]
    assert (after["mode"], after["life"]["retention_days"], after["life"]["limits"]["leave"]) == (
        "create_teachers",
        30,
        20,
    )
    assert after["life"]["limits"]["floor"] == before["life"]["limits"]["floor"]
    wrong = _call(program, "PATCH", f"/{district}/settings", rules={"staff": [{"key": "shoe size"}]})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "people.settings")
    assert PeopleSettings.objects.get(district_id=district).inputs == 1


def test_a_list_is_uploaded_its_columns_chosen_and_applied(site: Site, district: int) -> None:
    program = _program(site)
    file = io.BytesIO(b"Anmeldename;Nachname\nada;Lovelace\n;Nobody\n")
    file.name = "users.csv"
    sent = program.post(f"/api/v1/directories/{district}/uploads", {"file": file, "whole": "true"})
    assert sent.status_code == 201
    told = sent.json()
    assert (told["state"], told["headings"]) == ("columns", ["Anmeldename", "Nachname"])
    address = f"/{district}/uploads/{told['number']}"
    early = _call(program, "POST", f"{address}/apply")
    assert (early.status_code, early.json()["code"]) == (409, "people.upload_not_ready")
    columns = {"username": "Anmeldename", "family_name": "Nachname"}
    assert _call(program, "PUT", f"{address}/columns", columns=columns).json()["state"] == "look"
    _work()
    ready = _call(program, "GET", address).json()
    assert (ready["state"], ready["new"], ready["rejected"]) == ("ready", 1, 1)
    assert ready["lines"] == [{"code": "directory.no_key", "line": 3, "field": ""}]
    _call(program, "POST", f"{address}/apply")
    _work()
    assert _call(program, "GET", address).json()["state"] == "applied"
    assert DirectoryAccount.objects.get().username == "ada"
    again = _call(program, "POST", f"{address}/apply")
    assert (again.status_code, again.json()["code"]) == (409, "people.upload_ended")


def _work() -> None:
    for number in uploading.waiting():
        uploading.carry_out(number)


@pytest.mark.covers("L33", "L25")
def test_unmatched_people_are_listed_and_decided_about(synced: Site) -> None:
    program, north = _program(synced), synced.connection()
    district = north.district_id
    assert roster.refresh(north.pk).code == ""
    account = hand.add(district, {"username": "spare", "email": "spare@north.example"})
    assert refresh(district).code == ""
    (numbers,) = _call(program, "GET", "").json()["items"]
    unmatched = Person.objects.filter(result="unmatched", status="active")
    assert sum(kind["unmatched"] for kind in numbers["persons"].values()) == unmatched.count() > 100
    assert numbers["accounts"]["unmatched"] == 1

    found, after = list[dict[str, Any]](), ""
    while after is not None:
        page = _call(program, "POST", f"/{district}/persons/search", after=after, limit=60).json()
        found += page["items"]
        after = page["next"]
    assert len({each["uid"] for each in found}) == len(found) == unmatched.count()
    one = next(each for each in found if each["record"]["email"])
    named = page["items"][0]["record"]["name"].split()[-1]
    searched = _call(program, "POST", f"/{district}/persons/search", text=named).json()
    assert {each["uid"] for each in searched["items"]} >= {page["items"][0]["uid"]}
    assert searched["next"] is None
    org = _call(program, "POST", f"/{district}/persons/search", connection=north.pk, school="no such school").json()
    assert org["items"] == []

    address = f"/{district}/persons/{one['uid']}"
    decided = _call(program, "POST", f"{address}/rulings", word="link", account=account.uid)
    assert (decided.status_code, decided.json()["by"]) == (201, "alice@example.org")
    refresh(district)
    told = _call(program, "GET", address).json()
    assert (told["person"]["account"], told["person"]["reason"]) == (account.uid, "ruling")
    number = decided.json()["number"]
    assert _call(program, "DELETE", f"/{district}/rulings/{number}").json()["ended_at"]
    nobody = _call(program, "POST", f"{address}/rulings", word="link")
    assert (nobody.status_code, nobody.json()["code"]) == (400, "people.no_account")
    split = _call(program, "POST", f"{address}/rulings", word="split")
    assert (split.status_code, split.json()["code"]) == (400, "people.only_record")
    assert Entry.objects.filter(action="people.ruled").count() == 1


def test_another_district_is_as_unknown_as_one_that_there_is_not(site: Site, district: int) -> None:
    other = District.objects.create(name="south")
    account = hand.add(other.pk, {"username": "eve"})
    program = _program(site, districts=[district])
    for address in (
        f"/{other.pk}/settings",
        f"/{other.pk}/accounts/{account.uid}",
        f"/{district}/accounts/{account.uid}",
    ):
        assert _call(program, "GET", address).status_code == 404
    assert [each["district"] for each in _call(program, "GET", "").json()["items"]] == [district]


def test_whoever_is_limited_to_schools_sees_no_directory(site: Site, district: int) -> None:
    program = _program(site, [Right.ROSTER, Right.SEE], schools=[(1, "school")])
    assert _call(program, "POST", f"/{district}/accounts/search").status_code == 403
    assert _call(program, "POST", f"/{district}/persons/search").status_code == 403
