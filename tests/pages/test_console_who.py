"""Who is at a console, whom a login means, and which classes they reach: judged anew at every request."""

import json
from typing import Any

import msgspec
import pytest
from django.http import Http404
from django.test import Client

from rosterkeeper.features.connections.choosing import choose, options_of
from rosterkeeper.features.console import keys, settings
from rosterkeeper.features.console.reach import Reach, group_for, may_teach, may_teach_each
from rosterkeeper.features.console.schools import served
from rosterkeeper.features.console.who import By, Visitor
from rosterkeeper.features.groups.models import Extra, Group, Part
from rosterkeeper.features.people.models import DirectoryAccount, Person
from rosterkeeper.features.roster.models import LIVE, CatalogPerson
from rosterkeeper.matching.tables import GroupKind, Kind, Member
from tests.pages.classrooms import Classrooms
from tests.pages.lesson import pupil_elsewhere
from tests.pages.site import text_of


def _recognised(rooms: Classrooms, login: str) -> Person | None:
    found = rooms.visitor(rooms.came_in(login))
    assert found is not None
    return found.teacher


def _known(rooms: Classrooms, client: Client) -> Visitor:
    found = rooms.visitor(client)
    assert found is not None
    return found


def _name(person: Person, username: str, email: str = "") -> None:
    """Let the roster and its catalog, whose index of words follows rows that come and go, call the person so."""
    rows = LIVE["users"]._default_manager.filter(sourced_id=person.sourced_id)
    rows.update(username=username, email=email)
    words = f"{username} {email}".lower().strip()
    for row in CatalogPerson.objects.filter(sourced_id=person.sourced_id):
        facets = [each for each in row.words.split() if each.startswith("=")]
        CatalogPerson.objects.filter(pk=row.pk).delete()
        row.words = " ".join([words, *facets])
        row.save(force_insert=True)


def _colleague(rooms: Classrooms) -> Person:
    """Another teacher of the school who teaches a class there."""
    mine = Group.objects.filter(school_sourced_id=rooms.school.sourced_id).exclude(owners="[]")
    ids = {number for each in mine for number in json.loads(each.owners)} - {rooms.teacher().pk}
    return Person.objects.filter(pk__in=ids).order_by("pk")[0]


def _leave_out(rooms: Classrooms) -> None:
    """Let the connection take the school over no more."""
    north = rooms.site.connection()
    choose(north, msgspec.structs.replace(options_of(north), excluded_schools=(rooms.school.sourced_id,)))


@pytest.mark.covers("N30")
@pytest.mark.parametrize("login", ["jsmith", "JSmith", "SCHOOL\\jsmith", "jsmith@x.example", "JSMITH@X.EXAMPLE"])
def test_a_login_means_the_teacher_whose_username_or_email_it_is(rooms: Classrooms, login: str) -> None:
    _name(rooms.teacher(), "jsmith", "jsmith@x.example")
    assert _recognised(rooms, login) == rooms.teacher()


@pytest.mark.covers("N30")
@pytest.mark.both_databases
def test_a_login_is_an_emails_local_part_or_the_directorys_username(rooms: Classrooms) -> None:
    _name(rooms.teacher(), "4711", "jsmith@x.example")
    assert _recognised(rooms, "jsmith") == rooms.teacher()
    assert _recognised(rooms, "jsmith@other.example") is None
    account = DirectoryAccount.objects.create(
        district_id=rooms.district, origin="csv", username="JohnS", username_key="johns"
    )
    Person.objects.filter(pk=rooms.teacher().pk).update(account_id=account.pk)
    assert _recognised(rooms, "SCHOOL\\johns") == rooms.teacher()
    DirectoryAccount.objects.filter(pk=account.pk).update(status="suspended")
    assert _recognised(rooms, "johns") is None


@pytest.mark.covers("N31")
def test_an_unknown_a_blank_and_an_ambiguous_login_mean_nobody(rooms: Classrooms) -> None:
    _name(rooms.teacher(), "4711", "jsmith@x.example")
    _name(_colleague(rooms), "4712", "jsmith@y.example")
    for login in ("jsmith", "nobody", "", "\\", "jsmit", "%", '"', "jsmith *", "x" * 256):
        assert _recognised(rooms, login) is None
    assert _recognised(rooms, "jsmith@y.example") == _colleague(rooms)


def test_a_student_and_a_teacher_of_another_school_are_not_meant(rooms: Classrooms) -> None:
    student = Person.objects.get(pk=json.loads(rooms.group().students)[0])
    _name(student, "pupil")
    assert _recognised(rooms, "pupil") is None
    teacher = rooms.teacher()
    _name(teacher, "jsmith")
    CatalogPerson.objects.filter(sourced_id=teacher.sourced_id).update(schools='["elsewhere"]')
    assert _recognised(rooms, "jsmith") is None


def test_whoever_teaches_no_more_is_out_at_the_next_click(rooms: Classrooms) -> None:
    _name(rooms.teacher(), "jsmith")
    client = rooms.came_in("jsmith")
    assert client.get("/console/").status_code == 200
    CatalogPerson.objects.filter(sourced_id=rooms.teacher().sourced_id).update(roles='["aide"]')
    page = client.get("/console/")
    assert page.status_code == 403
    assert "not an active teacher" in text_of(page)
    assert client.get("/console/").status_code == 403


def test_a_school_that_is_gone_or_not_served_ends_visits_and_launches(rooms: Classrooms) -> None:
    client = rooms.came_in("nobody")
    _leave_out(rooms)
    assert "console.school_gone" in text_of(client.get("/console/"))
    assert rooms.sent(rooms.launch("nobody")).json()["code"] == "console.school_gone"


@pytest.mark.covers("N23")
def test_a_keys_schools_are_its_own_or_the_districts_that_are_served(rooms: Classrooms) -> None:
    assert _known(rooms, rooms.came_in("nobody")).schools == (rooms.school,)
    everywhere = served(rooms.district)
    rooms.key, rooms.text = keys.make(rooms.district, "")
    found = _known(rooms, rooms.came_in("nobody"))
    assert (found.schools, found.school) == (everywhere, None)
    names = LIVE["orgs"]._default_manager.filter(type="school", status="active").values_list("name", flat=True)
    assert [each.name for each in everywhere] == sorted(names, key=str.lower)
    assert _known(rooms, rooms.came_in("nobody", school=rooms.school.name)).school == rooms.school
    _leave_out(rooms)
    assert rooms.school not in _known(rooms, rooms.came_in("nobody")).schools


def test_a_launch_by_key_never_sees_guardians_and_a_sign_in_does(rooms: Classrooms) -> None:
    _name(rooms.teacher(), "jsmith")
    settings.change(rooms.district, {"guardians_at_cover": True})
    by_key = _known(rooms, rooms.came_in("jsmith"))
    assert (by_key.by, by_key.sees_guardians, by_key.sees_guardians_at_cover) == (By.KEY, False, False)
    signed_in = _known(rooms, rooms.signed_in(rooms.teacher()))
    assert (signed_in.by, signed_in.teacher) == (By.PERSON, rooms.teacher())
    assert (signed_in.sees_guardians, signed_in.sees_guardians_at_cover) == (True, True)
    assert rooms.school in signed_in.schools


@pytest.mark.parametrize("kind", [Kind.STUDENT, Kind.PARENT])
def test_students_and_parents_have_no_console(rooms: Classrooms, kind: Kind) -> None:
    student = Person.objects.get(pk=json.loads(rooms.group().students)[0])
    Person.objects.filter(pk=student.pk).update(kind=kind)
    client = rooms.signed_in(Person.objects.get(pk=student.pk))
    page = client.get("/console/")
    assert page.status_code == 403
    assert "for teachers and staff" in text_of(page)
    # It is no console that they were signed out of.
    assert client.get("/me/").status_code == 200


def test_nobody_is_sent_to_sign_in_and_comes_back(rooms: Classrooms) -> None:
    assert "console.nobody" in text_of(rooms.site.nobody.get("/console/"))
    rooms.signed_in(rooms.teacher())
    answer = rooms.site.nobody.get("/console/?view=list")
    assert answer["Location"] == "/signin/?next=/console/%3Fview%3Dlist"
    part = rooms.site.nobody.get("/console/", headers={"HX-Request": "true"})
    assert part["HX-Redirect"].startswith("/signin/")


def test_whoever_came_last_is_at_the_console(rooms: Classrooms) -> None:
    _name(rooms.teacher(), "jsmith")
    client = rooms.signed_in(_colleague(rooms), rooms.came_in("jsmith"))
    assert _known(rooms, client).teacher == _colleague(rooms)
    client.session.flush()
    assert rooms.visitor(client) is None
    client = rooms.signed_in(_colleague(rooms))
    answer = rooms.sent(rooms.launch("jsmith"))
    client.get(answer.json()["address"].partition("localhost")[2])
    assert _known(rooms, client).teacher == rooms.teacher()
    assert client.get("/me/").status_code == 302


def test_an_administrators_session_is_no_console(rooms: Classrooms) -> None:
    page = rooms.site.administrator.get("/console/")
    assert page.status_code == 403
    assert "console.nobody" in text_of(page)


@pytest.mark.covers("N31")
def test_own_classes_and_cover_are_told_apart(rooms: Classrooms) -> None:
    _name(rooms.teacher(), "jsmith")
    found, group = _known(rooms, rooms.came_in("jsmith")), rooms.group()
    assert may_teach(found, group) == Reach.OWN
    others = Group.objects.filter(school_sourced_id=rooms.school.sourced_id, status="active")
    other = next(each for each in others if rooms.teacher().pk not in json.loads(each.owners))
    assert may_teach(found, other) == Reach.COVER
    assert group_for(found, other.uid) == (other, Reach.COVER)
    without = _known(rooms, rooms.came_in("jsmith", cover="0"))
    assert may_teach_each(without, [group, other]) == {group.pk: Reach.OWN, other.pk: Reach.NONE}
    settings.change(rooms.district, {"cover": False})
    assert may_teach(_known(rooms, rooms.came_in("jsmith")), other) == Reach.NONE
    with pytest.raises(Http404):
        group_for(without, other.uid)


def _of_another_school(rooms: Classrooms, group: Group) -> Group:
    Group.objects.filter(pk=group.pk).update(school_sourced_id="elsewhere")
    return Group.objects.get(pk=group.pk)


def test_another_schools_class_is_out_of_reach_of_a_key_whoever_owns_it(rooms: Classrooms) -> None:
    _name(rooms.teacher(), "jsmith")
    group = _of_another_school(rooms, rooms.group())
    found = _known(rooms, rooms.came_in("jsmith"))
    assert may_teach(found, group) == Reach.NONE
    assert may_teach(_known(rooms, rooms.signed_in(rooms.teacher())), group) == Reach.OWN


@pytest.mark.parametrize("change", [{"district_id": 99}, {"status": "ended"}])
def test_a_foreign_and_an_ended_group_are_unknown(rooms: Classrooms, change: dict[str, Any]) -> None:
    found, group = _known(rooms, rooms.signed_in(rooms.teacher())), rooms.group()
    Group.objects.filter(pk=group.pk).update(**change)
    for uid in (group.uid, "no such"):
        with pytest.raises(Http404):
            group_for(found, uid)


def test_an_owner_by_hand_owns_and_a_lost_enrollment_does_not(rooms: Classrooms) -> None:
    _name(rooms.teacher(), "jsmith")
    found, group, colleague = _known(rooms, rooms.came_in("jsmith", cover="0")), rooms.group(), _colleague(rooms)
    teacher = rooms.teacher()
    Group.objects.filter(pk=group.pk).update(owners=json.dumps([colleague.pk]))
    group.refresh_from_db()
    assert may_teach(found, group) == Reach.NONE
    Extra.objects.create(group_id=group.pk, person_id=teacher.pk, district_id=rooms.district, role=Member.OWNER)
    assert may_teach(found, group) == Reach.OWN


def test_a_merged_group_is_of_a_school_where_all_its_parts_are(rooms: Classrooms) -> None:
    first, second = list(Group.objects.filter(school_sourced_id=rooms.school.sourced_id)[:2])
    merged = Group.objects.create(district_id=rooms.district, kind=GroupKind.MERGED, name="Both")
    found = _known(rooms, rooms.came_in("nobody"))
    assert may_teach(found, merged) == Reach.NONE
    Part.objects.create(group_id=merged.pk, part_id=first.pk)
    Part.objects.create(group_id=merged.pk, part_id=second.pk)
    assert may_teach(found, merged) == Reach.COVER
    _of_another_school(rooms, second)
    assert may_teach(found, merged) == Reach.NONE


@pytest.mark.covers("S03")
def test_a_custom_group_is_its_owners_and_a_schools_key_opens_it_where_nobody_is_another_schools(
    rooms: Classrooms,
) -> None:
    _name(rooms.teacher(), "jsmith")
    club = Group.objects.create(district_id=rooms.district, kind=GroupKind.CUSTOM, name="Chess")
    Extra.objects.create(group_id=club.pk, person_id=rooms.teacher().pk, district_id=rooms.district, role=Member.OWNER)
    by_key = _known(rooms, rooms.came_in("jsmith"))
    assert may_teach(by_key, club) == Reach.OWN
    assert may_teach(_known(rooms, rooms.came_in("nobody")), club) == Reach.NONE
    assert may_teach(_known(rooms, rooms.signed_in(rooms.teacher())), club) == Reach.OWN
    pupil = json.loads(rooms.group().students)[0]
    Extra.objects.create(group_id=club.pk, person_id=pupil, district_id=rooms.district)
    assert may_teach(by_key, club) == Reach.OWN
    Extra.objects.create(group_id=club.pk, person_id=pupil_elsewhere(rooms).pk, district_id=rooms.district)
    assert may_teach(by_key, club) == Reach.NONE
    assert may_teach(_known(rooms, rooms.signed_in(rooms.teacher())), club) == Reach.OWN
    assert may_teach(_known(rooms, rooms.signed_in(_colleague(rooms))), club) == Reach.NONE
    rooms.key, rooms.text = keys.make(rooms.district, "")
    assert may_teach(_known(rooms, rooms.came_in("jsmith")), club) == Reach.OWN
