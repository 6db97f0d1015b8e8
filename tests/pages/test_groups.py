"""The pages and calls of groups, over a synced district that was matched."""

import json

import pytest
from django.test import Client

from rosterkeeper.features.accounts import tokens
from rosterkeeper.features.accounts.models import AccountDistrict, AccountSchool
from rosterkeeper.features.accounts.rights import Right, Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.groups import telling
from rosterkeeper.features.groups.models import Extra, Group, GroupSettings
from rosterkeeper.features.people import fresh as matching
from rosterkeeper.features.people.models import DirectoryAccount, Person
from rosterkeeper.features.publish.models import Event, Target
from rosterkeeper.features.roster.models import LIVE, Catalog
from tests.pages.site import HOST, Site, text_of

HTMX = {"HX-Request": "true"}


def _taught() -> Group:
    """The first group with owners and students."""
    return Group.objects.exclude(owners="[]").exclude(students="[]").order_by("sort_key", "id")[0]


def _email(person: Person) -> str:
    rows = LIVE["users"]._default_manager.filter(sourced_id=person.sourced_id)
    return str(rows.values_list("email", flat=True).get())


def _token(site: Site, *rights: Right) -> Client:
    _, text = tokens.make(site.account(Role.ADMINISTRATOR), "script", rights)
    return Client(headers={"host": HOST, "authorization": f"Bearer {text}"})


def _person(number: int) -> Person:
    return Person.objects.get(pk=number)


@pytest.mark.covers("S02", "S03", "S04", "S05")
def test_every_live_class_is_a_group_and_waits_until_its_teacher_has_an_account(matched: Site) -> None:
    assert (
        Group.objects.filter(status="active").count()
        == LIVE["classes"]._default_manager.filter(status="active").count()
    )
    group = _taught()
    owner = _person(json.loads(group.owners)[0])
    client = matched.administrator
    page = text_of(client.get(f"/groups/{group.uid}/"))
    assert "no account in the directory" in page
    waiting = text_of(client.get("/groups/waiting/"))
    assert group.uid in waiting
    assert "Add or import the teacher&#x27;s account" in waiting
    client.post(
        f"/directory/{owner.district_id}/add/", {"username": "teacher", "email": _email(owner), "kind": "staff"}
    )
    account = DirectoryAccount.objects.get(username="teacher")
    assert _person(owner.pk).account_id == account.pk
    assert "no account in the directory" not in text_of(client.get(f"/groups/{group.uid}/"))
    assert group.uid not in text_of(client.get("/groups/waiting/"))


def test_groups_are_searched_in_a_body_and_narrowed_by_school_kind_and_state(matched: Site) -> None:
    client, group = matched.administrator, _taught()
    found = text_of(client.post("/groups/", {"text": group.name[:6], "state": "active"}, headers=HTMX))
    assert group.uid in found
    assert "<html" not in found
    assert "No group found" in text_of(client.post("/groups/", {"text": "no such", "state": "all"}, headers=HTMX))
    assert "No group found" not in text_of(client.get("/groups/", {"text": "no such"}))
    school = f"{group.connection_id}:{group.school_sourced_id}"
    assert group.uid in text_of(client.post("/groups/", {"school": school, "kind": "class", "text": group.name}))
    assert "No group found" in text_of(client.post("/groups/", {"kind": "merged"}))
    assert "No group found" in text_of(client.post("/groups/", {"state": "ended"}))


def test_a_groups_page_tells_members_and_what_people_did_to_it(matched: Site) -> None:
    client, group = matched.administrator, _taught()
    client.post(f"/groups/{group.uid}/name/", {"name": "Blue birds"})
    page = text_of(client.get(f"/groups/{group.uid}/"))
    assert "Blue birds" in page
    assert "given by hand and stays" in page
    assert "renamed" in page
    for number in json.loads(group.students)[:3]:
        assert f"/person/{_person(number).sourced_id}" in page
    client.post(f"/groups/{group.uid}/name/", {"name": ""})
    group.refresh_from_db()
    assert group.name_by == "template"
    assert "class&#x27;s group begins and ends" in text_of(client.post(f"/groups/{group.uid}/end/", follow=True))


def test_a_cover_teacher_is_looked_for_put_in_with_dates_and_taken_out(matched: Site) -> None:
    client, group = matched.administrator, _taught()
    other = Person.objects.filter(kind="staff", status="active").exclude(pk__in=json.loads(group.owners))[0]
    address = f"/groups/{group.uid}/put-in/"
    stay = {"role": "owner", "from_on": "", "until_on": "2099-01-31"}
    assert f"{other.connection_id}:{other.sourced_id}" in text_of(client.post(address, {**stay, "text": _email(other)}))
    wrong = {**stay, "from_on": "2099-02-01", "person": f"{other.connection_id}:{other.sourced_id}"}
    assert "before the first" in text_of(client.post(address, wrong))
    assert "Nobody of this district" in text_of(client.post(address, {**stay, "person": "1:nobody"}))
    client.post(address, {**stay, "person": f"{other.connection_id}:{other.sourced_id}"})
    extra = Extra.objects.get()
    assert (extra.role, extra.until_on, extra.person_id) == ("owner", "2099-01-31", other.pk)
    assert "2099-01-31" in text_of(client.get(f"/groups/{group.uid}/"))
    client.post(f"/groups/{group.uid}/take-out/{extra.pk}/")
    assert not Extra.objects.exists()


def test_merged_and_custom_groups_are_made_changed_ended_and_restored(matched: Site) -> None:
    client = matched.administrator
    one, two = Group.objects.filter(kind="class").order_by("sort_key", "id")[:2]
    district = str(one.district_id)
    look = {"district": district, "name": "Both", "text": one.name, "look": "yes"}
    assert one.uid in text_of(client.post("/groups/new/merged/", look))
    assert "one or more class groups" in text_of(client.post("/groups/new/merged/", {**look, "save": "yes"}))
    client.post("/groups/new/merged/", {**look, "save": "yes", "part": [one.uid, two.uid]})
    merged = Group.objects.get(kind="merged")
    assert {one.uid, two.uid} <= set(text_of(client.get(f"/groups/{merged.uid}/")).replace("/", " ").split())
    assert merged.uid in text_of(client.get(f"/groups/{one.uid}/"))
    client.post(f"/groups/{merged.uid}/parts/", {"save": "yes", "part": [one.uid]})
    assert two.uid not in text_of(client.get(f"/groups/{merged.uid}/"))
    assert client.get(f"/groups/{one.uid}/parts/").status_code == 404
    client.post("/groups/new/custom/", {"district": district, "name": "Chess", "save": "yes"})
    custom = Group.objects.get(kind="custom")
    client.post(f"/groups/{custom.uid}/end/")
    assert "Restore the group" in text_of(client.get(f"/groups/{custom.uid}/"))
    client.post(f"/groups/{custom.uid}/restore/")
    custom.refresh_from_db()
    assert custom.status == "active"


def test_the_template_is_tried_on_live_examples_before_it_is_saved(matched: Site) -> None:
    client, group = matched.administrator, _taught()
    address = f"/groups/names/{group.district_id}/"
    tried = text_of(client.post(address, {"template": "{title} at {school}"}, headers=HTMX))
    assert " at " in tried
    assert "<html" not in tried
    assert not GroupSettings.objects.exists()
    assert "not one that can be filled in" in text_of(client.post(address, {"template": "{nobody}", "save": "yes"}))
    assert not GroupSettings.objects.exists()
    client.post(address, {"template": "{title} at {school}", "save": "yes"})
    assert matching.behind() == [group.district_id]
    assert matching.refresh(group.district_id).code == ""
    group.refresh_from_db()
    assert " at " in group.name


@pytest.mark.covers("S06")
def test_one_users_groups_are_resynced_from_the_persons_page(matched: Site) -> None:
    client, group = matched.administrator, _taught()
    owner = _person(json.loads(group.owners)[0])
    other = Group.objects.exclude(pk=group.pk).exclude(students="[]")
    others = {each.pk: each.students for each in other if owner.pk not in json.loads(each.owners)}
    part = text_of(client.get(f"/groups/of-record/{owner.connection_id}/{owner.sourced_id}"))
    assert group.uid in part
    assert "Resync this user" in part
    gone = _person(json.loads(group.students)[0])
    seats = LIVE["enrollments"]._default_manager.filter(user_sourced_id=gone.sourced_id)
    seats.update(status="tobedeleted")
    answer = client.post(f"/groups/of/{owner.uid}/resync/", follow=True)
    assert "looked at" in text_of(answer)
    group.refresh_from_db()
    assert gone.pk not in json.loads(group.students)
    assert others == {each.pk: each.students for each in Group.objects.filter(pk__in=list(others))}
    assert Entry.objects.filter(action="groups.resynced").count() == 1

    Catalog.objects.update(version=-1)
    answer = client.post(f"/groups/of/{owner.uid}/resync/", follow=True)
    assert "Nothing was resynced" in text_of(answer)
    assert Entry.objects.filter(action="groups.resynced").count() == 1


def test_a_school_viewer_sees_the_groups_of_the_school_alone_and_changes_none(matched: Site) -> None:
    group = _taught()
    foreign = Group.objects.exclude(school_sourced_id=group.school_sourced_id)[0]
    custom = matched.administrator.post(
        "/groups/new/custom/", {"district": str(group.district_id), "name": "Chess", "save": "yes"}
    )
    viewer = matched.signed_in(Role.SCHOOL)
    account = matched.account(Role.SCHOOL)
    AccountSchool.objects.create(account=account, connection_id=group.connection_id, org=group.school_sourced_id)
    assert viewer.get(f"/groups/{group.uid}/").status_code == 200
    assert viewer.get(f"/groups/{foreign.uid}/").status_code == 404
    assert viewer.get(custom["Location"]).status_code == 404
    assert "Chess" not in text_of(viewer.post("/groups/", {"state": "all"}))
    assert viewer.post(f"/groups/{group.uid}/name/", {"name": "Mine"}).status_code == 403


def test_another_districts_reader_gets_no_group(matched: Site) -> None:
    group = _taught()
    south = District.objects.create(name="South")
    account = matched.account(Role.MANAGER)
    AccountDistrict.objects.create(account=account, district_id=south.pk)
    reader = matched.signed_in(Role.MANAGER)
    for address in (f"/groups/{group.uid}/", f"/groups/names/{group.district_id}/", f"/groups/{group.uid}/put-in/"):
        assert reader.get(address).status_code == 404, address
    assert group.uid not in text_of(reader.post("/groups/", {"state": "all"}))
    assert (
        reader.post("/groups/new/custom/", {"district": group.district_id, "name": "X", "save": "y"}).status_code == 422
    )
    assert not Group.objects.filter(kind="custom").exists()


def test_calls_list_groups_members_and_what_changed_since(matched: Site) -> None:
    reader, group = _token(matched, Right.ROSTER), _taught()
    first = reader.get("/api/v1/groups?limit=2").json()
    second = reader.get("/api/v1/groups", {"limit": "2", "after": str(first["next"])}).json()
    assert not {each["uid"] for each in first["items"]} & {each["uid"] for each in second["items"]}
    members = reader.get(f"/api/v1/groups/{group.uid}/members").json()["items"]
    assert {each["person"] for each in members if each["role"] == "student"} == set(
        Person.objects.filter(pk__in=json.loads(group.students)).values_list("uid", flat=True)
    )
    everything = reader.get("/api/v1/groups", {"changed_since": "2020-01-01T00:00:00Z", "limit": "200"}).json()["items"]
    assert len(everything) == Group.objects.count()
    assert reader.get("/api/v1/groups", {"changed_since": "2099-01-01T00:00:00Z"}).json()["items"] == []
    found = reader.post("/api/v1/groups/search", {"text": group.name, "state": "waiting"}, "application/json").json()
    assert group.uid in {each["uid"] for each in found["items"]}
    owner = _person(json.loads(group.owners)[0])
    theirs = reader.get(f"/api/v1/persons/{owner.uid}/groups").json()["items"]
    assert group.uid in {each["group"] for each in theirs if each["role"] == "owner"}


def test_calls_make_change_and_fill_groups_and_targets_are_told_without_names(matched: Site) -> None:
    target = Target.objects.create(name="sis", kind="webhook", address="https://example.org", words=["groups.changed"])
    Target.objects.create(name="all", kind="webhook", address="https://example.org")
    writer, group = _token(matched, Right.RUN, Right.ROSTER), _taught()
    json_type = "application/json"
    made = writer.post("/api/v1/groups", {"district": group.district_id, "kind": "custom", "name": "Chess"}, json_type)
    uid = made.json()["uid"]
    person = _person(json.loads(group.students)[0])
    put = {"person": person.uid, "role": "student", "until_on": "2099-01-31"}
    number = writer.post(f"/api/v1/groups/{uid}/members", put, json_type).json()["number"]
    assert [each["person"] for each in writer.get(f"/api/v1/groups/{uid}/members").json()["items"]] == [person.uid]
    assert writer.get(f"/api/v1/groups/{uid}/members", {"on": "2099-02-01"}).json()["items"] == []
    assert writer.delete(f"/api/v1/groups/{uid}/members/{number}").status_code == 204
    assert writer.patch(f"/api/v1/groups/{uid}", {"status": "ended"}, json_type).json()["status"] == "ended"
    refused = writer.patch(f"/api/v1/groups/{group.uid}", {"status": "ended"}, json_type)
    assert (refused.status_code, refused.json()["code"]) == (400, "groups.follows_class")
    done = writer.post(f"/api/v1/persons/{person.uid}/groups/resync", {}, json_type).json()
    assert done["changed"] == []
    events = Event.objects.filter(word="groups.changed")
    assert {each.deliveries.get().target_id for each in events} == {target.pk}
    assert all("Chess" not in " ".join([each.title, *each.lines]) for each in events)
    telling.tell_matched()
    assert Event.objects.latest("pk").title == f"{Group.objects.filter(kind='class').count()} class groups have changed"
    telling.tell_matched()
    assert Event.objects.latest("pk").pk == events.latest("pk").pk


def test_groups_of_one_name_in_two_districts_are_told_apart(matched: Site) -> None:
    client, north = matched.administrator, District.objects.get()
    group = _taught()
    page = text_of(client.get("/groups/"))
    assert 'name="district"' not in page
    assert 'scope="col">District<' not in page
    south = District.objects.create(name="South")
    twin = Group.objects.create(district_id=south.pk, kind="custom", name=group.name, sort_key=group.sort_key)
    page = text_of(client.post("/groups/", {"text": group.name}))
    assert group.uid in page
    assert twin.uid in page
    assert f'<td dir="auto">{north.name}</td>' in page
    assert '<td dir="auto">South</td>' in page
    assert f">{north.name}: " in page
    page = text_of(client.post("/groups/", {"text": group.name, "district": south.pk}))
    assert twin.uid in page
    assert group.uid not in page
    assert "South</span>" in text_of(client.get("/groups/waiting/"))


@pytest.mark.parametrize("kind", ["custom", "merged"])
def test_a_district_that_is_none_is_refused_by_the_form_and_not_by_a_fault(matched: Site, kind: str) -> None:
    for district in ("north", "99999999999999999999", "-1"):
        answer = matched.administrator.post(f"/groups/new/{kind}/", {"district": district, "name": "X", "save": "yes"})
        assert answer.status_code == 422
    assert not Group.objects.filter(name="X").exists()
