"""The API of families, and of people by kind: a product gets the kinds that it needs and no other."""

import json
from typing import Any

import pytest
from django.test import Client

from rosterkeeper.features.accounts import kinds, tokens
from rosterkeeper.features.accounts.rights import Right, Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import Person
from rosterkeeper.oneroster.errors import SettingsError
from tests.pages.households import leave_out, settle
from tests.pages.site import HOST, Site


def _program(site: Site, *only: str, **limits: Any) -> Client:
    token, text = tokens.make(site.account(Role.ADMINISTRATOR), "script", [Right.ROSTER], **limits)
    kinds.limit(token, only)
    return Client(headers={"host": HOST, "authorization": f"Bearer {text}"})


def _address(site: Site, rest: str) -> str:
    return f"/api/v1/directories/{site.connection().district_id}{rest}"


def _names(answer: Any) -> list[str]:
    return [each["sourced_id"] for each in answer.json()["items"]]


@pytest.fixture
def families(synced: Site) -> Site:
    """A site with a few families."""
    settle(synced.connection())
    return synced


@pytest.mark.covers("R22")
def test_a_product_gets_the_kinds_that_it_needs_and_no_others(families: Site) -> None:
    program = _program(families, "student", "staff")
    assert _names(program.get(_address(families, "/people?kind=student"))) == ["kid", "sis"]
    refused = program.get(_address(families, "/people?kind=parent"))
    assert (refused.status_code, refused.json()["code"]) == (403, "token.kind")
    kid = program.get(_address(families, "/people?kind=student")).json()["items"][0]
    assert kid["parents"] == []


@pytest.mark.covers("R22")
def test_what_does_not_ask_for_kinds_is_closed_to_a_token_that_has_some(families: Site) -> None:
    program = _program(families, "student")
    answers = [
        program.get("/api/v1/roster"),
        program.post("/api/v1/roster/people", "{}", content_type="application/json"),
        program.post(_address(families, "/parents/search"), "{}", content_type="application/json"),
        program.get(_address(families, "/parents/left-out")),
    ]
    assert [each.status_code for each in answers] == [403] * 4


@pytest.mark.covers("R06", "L20")
def test_parents_are_told_both_ways_and_those_left_out_are_not_among_them(families: Site) -> None:
    leave_out(families.connection(), "P-1", "option.parent_without_email")
    program = _program(families)
    (mum,) = program.get(_address(families, "/people?kind=parent")).json()["items"]
    uids = {each.sourced_id: each.uid for each in Person.objects.all()}
    assert {each["person"] for each in mum["children"]} == {uids["kid"], uids["sis"]}
    assert (mum["email"], mum["account_status"], bool(mum["account"])) == ("mum@example.org", "active", True)
    kid = program.get(_address(families, "/people?kind=student")).json()["items"][0]
    assert {(each["person"], each["relationship"]) for each in kid["parents"]} == {
        (uids["mum"], "guardian"),
        (uids["dad"], "parent"),
    }
    told = program.get(_address(families, "/parents/left-out")).json()
    assert [each["sourced_id"] for each in told["items"]] == ["P-1"]
    assert told["numbers"]["option.parent_without_email"] == 1


def test_whoever_left_is_told_to_no_product(families: Site) -> None:
    Person.objects.filter(sourced_id="sis").update(status="left")
    program = _program(families)
    assert _names(program.get(_address(families, "/people?kind=student"))) == ["kid"]
    assert len(program.get(_address(families, "/people?kind=parent")).json()["items"][0]["children"]) == 1


def test_people_come_a_page_at_a_time_and_who_was_handed_out_is_written_down(families: Site) -> None:
    program = _program(families)
    first = program.get(_address(families, "/people?kind=student&limit=1")).json()
    rest = program.get(_address(families, f"/people?kind=student&limit=1&after={first['next']}")).json()
    assert [first["items"][0]["sourced_id"], rest["items"][0]["sourced_id"], rest["next"]] == ["kid", "sis", None]
    number = families.connection().pk
    assert Entry.objects.filter(action="roster.listed").first().keys == [f"user:{number}:kid"]  # type: ignore[union-attr]


def test_parents_are_searched_by_a_body(families: Site) -> None:
    program = _program(families)
    body = json.dumps({"kind": "staff"})
    answer = program.post(_address(families, "/parents/search"), body, content_type="application/json").json()
    assert [(each["name"], each["has_access"]) for each in answer["items"]] == [("Dad Field", False)]
    assert answer["items"][0]["children"][0]["relationship"] == "parent"


def test_another_district_is_unknown_and_schools_are_refused(families: Site) -> None:
    assert _program(families).get("/api/v1/directories/99/people?kind=student").status_code == 404
    limited = _program(families, schools=[(families.connection().pk, "s1")])
    assert limited.get(_address(families, "/people?kind=student")).json()["code"] == "api.all_schools"


def test_a_token_is_made_for_kinds_that_there_are(families: Site) -> None:
    token, _ = tokens.make(families.account(Role.ADMINISTRATOR), "script", [Right.ROSTER])
    with pytest.raises(SettingsError) as told:
        kinds.limit(token, ["pupil"])
    assert told.value.code == "token.kinds"


@pytest.mark.covers("R22")
def test_the_page_of_tokens_limits_one_to_kinds(families: Site) -> None:
    stated = {"name": "library", "scopes": ["roster"], "kinds": ["student"], "days": "30"}
    answer = families.administrator.post("/tokens/", stated)
    assert answer.status_code == 200
    assert "only student" in answer.content.decode()


@pytest.mark.covers("R22")
def test_who_is_for_classes_sees_groups_and_of_their_members_the_kinds_alone(families: Site) -> None:
    district = families.connection().district_id
    Group.objects.create(uid="g-1", district_id=district, kind="class", name="Algebra", owners="[4]", students="[2]")
    classes = _program(families, "class", "staff")
    assert [each["uid"] for each in classes.get("/api/v1/groups").json()["items"]] == ["g-1"]
    assert _names(classes.get("/api/v1/groups/g-1/members")) == ["dad"]
    refused = _program(families, "student", "staff").get("/api/v1/groups")
    assert (refused.status_code, refused.json()["code"]) == (403, "token.kind")
