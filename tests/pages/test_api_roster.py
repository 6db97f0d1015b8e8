"""The API of the roster: who asks sees the people of their own schools, and what is searched for is in the body."""

import json
from typing import Any

import pytest
from django.test import Client

from rosterkeeper.features.accounts import tokens
from rosterkeeper.features.accounts.rights import Right, Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.roster.fresh import refresh
from rosterkeeper.features.roster.reading import schools
from tests.pages.site import HOST, Site


def _program(site: Site, **limits: Any) -> Client:
    _, text = tokens.make(site.account(Role.ADMINISTRATOR), "script", [Right.ROSTER], **limits)
    return Client(headers={"host": HOST, "authorization": f"Bearer {text}"})


def _post(client: Client, address: str, **body: object) -> Any:
    return client.post(f"/api/v1/roster{address}", json.dumps(body), content_type="application/json")


def _everybody(client: Client, **wanted: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = _post(client, "/people", after=after, limit=50, **wanted).json()
        found += page["items"]
        after = page["next"]
    return found


@pytest.mark.covers("S16")
def test_people_classes_and_terms_are_found_and_told_whole(synced: Site) -> None:
    program, number = _program(synced), synced.connection().pk
    refresh(number)
    (roster,) = program.get("/api/v1/roster").json()["items"]
    assert roster["is_current"]
    everybody = _everybody(program)
    assert len(everybody) == len({each["sourced_id"] for each in everybody}) == roster["totals"]["people"]

    one = next(each for each in everybody if each["roles"] == ["student"])
    found = _post(program, "/people", text=one["sourced_id"]).json()["items"]
    assert [each["sourced_id"] for each in found] == [one["sourced_id"]]
    told = program.get(f"/api/v1/roster/{number}/people/{one['sourced_id']}").json()
    assert told["person"]["shown"]["family_name"] == one["family_name"]
    assert told["person"]["records"]
    assert told["reasons"][-1]["code"] == "why.present"
    seat = told["person"]["classes"][0]["taught"]["sourced_id"]
    in_class = program.get(f"/api/v1/roster/{number}/classes/{seat}").json()
    assert one["sourced_id"] in {each["person"]["sourced_id"] for each in in_class["students"]}
    assert program.get(f"/api/v1/roster/{number}/history/{one['sourced_id']}").json()["items"] == []
    assert program.get(f"/api/v1/roster/{number}/terms").json()["items"]
    assert program.get(f"/api/v1/roster/{number}/health").json()["measures"]
    assert _post(program, f"/{number}/classes", limit=1).json()["next"]
    org = program.get(f"/api/v1/roster/{number}/schools").json()["items"][0]
    assert program.get(f"/api/v1/roster/{number}/schools/{org['sourced_id']}").json() == org

    seen = Entry.objects.filter(action="roster.seen", about=f"user:{number}:{one['sourced_id']}")
    assert seen.count() == 2
    listed = Entry.objects.filter(action="roster.listed").latest("pk")
    assert listed.keys == [f"user:{number}:{one['sourced_id']}"]


@pytest.mark.covers("L42")
def test_a_token_of_one_school_reaches_nobody_of_another(synced: Site) -> None:
    number = synced.connection().pk
    refresh(number)
    mine, *others = [each.sourced_id for each in schools(number)]
    program = _program(synced, schools=[(number, mine)])
    whole = _everybody(_program(synced))
    strangers = [each["sourced_id"] for each in whole if mine not in each["schools"]]
    assert strangers
    assert others

    everybody = _everybody(program)
    assert everybody
    assert all(each["schools"] == [mine] for each in everybody)
    assert [each["sourced_id"] for each in program.get(f"/api/v1/roster/{number}/schools").json()["items"]] == [mine]
    assert program.get(f"/api/v1/roster/{number}/schools/{others[0]}").status_code == 404
    assert _post(program, "/people", connection=number, school=others[0]).json()["items"] == []
    for kind in ("people", "history"):
        assert program.get(f"/api/v1/roster/{number}/{kind}/{strangers[0]}").status_code == 404
    assert program.get(f"/api/v1/roster/{number}/history/{everybody[0]['sourced_id']}").status_code == 404
    assert _post(program, "/missing", typed=strangers[0]).json() == {"items": []}
    assert set(program.get(f"/api/v1/roster/{number}/health").json()["schools"]) <= {mine}
    assert program.get(f"/api/v1/roster/{number + 1}/terms").status_code == 404


def test_why_somebody_is_missing_is_answered(synced: Site) -> None:
    (told,) = _post(_program(synced), "/missing", typed="nobody-has-this-id").json()["items"]
    assert told["person"] is None
    assert told["reasons"][0]["code"] == "why.not_in_source"


@pytest.mark.parametrize(
    "body", [{"issue": "poverty"}, {"limit": 0}, {"state": "gone"}, {"name": "x"}, {"text": "x" * 201}]
)
def test_a_search_that_makes_no_sense_is_refused_without_repeating_it(site: Site, body: dict[str, object]) -> None:
    answer = _post(_program(site), "/people", **body)
    assert (answer.status_code, answer.json()["code"]) == (400, "api.bad_input")
    assert "poverty" not in answer.content.decode()
