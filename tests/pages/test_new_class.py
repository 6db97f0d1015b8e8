"""The New Class page: whose classes are shown, how they are told apart, and who may choose whom."""

import json
import re

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.console import keys, settings
from rosterkeeper.features.console.schools import served
from rosterkeeper.features.console.who import By
from rosterkeeper.features.groups.models import Extra, Group, Part
from rosterkeeper.features.people.models import Person, Record
from rosterkeeper.features.roster.models import LIVE, CatalogPerson, CatalogPlace
from rosterkeeper.matching.tables import GroupKind, Kind, Member
from tests.pages.classrooms import Classrooms, record_of
from tests.pages.site import text_of

HTMX = {"HX-Request": "true"}


def _login(person: Person) -> str:
    return record_of(person)["username"]


def _own(rooms: Classrooms) -> Client:
    """A browser at the school's computer into which its first teacher has logged in."""
    return rooms.came_in(_login(rooms.teacher()))


def _page(client: Client) -> str:
    answer = client.get("/console/")
    assert answer.status_code == 200
    return text_of(answer)


def _shown(client: Client) -> set[str]:
    """The uids of the groups that can be started."""
    return set(re.findall(r'name="group" value="([^"]+)"', _page(client)))


def _found(client: Client, text: str = "") -> list[str]:
    """The uids of the teachers that the drop-down lists."""
    return re.findall(
        r'data-teacher="([^"]+)"', text_of(client.post("/console/teachers/", {"text": text}, headers=HTMX))
    )


def _taught(person: Person) -> set[str]:
    """The uids of the class groups that the roster lets the person teach today."""
    return {each.uid for each in Group.objects.filter(status="active") if person.pk in json.loads(each.owners)}


def _teachers(school: str) -> set[str]:
    """The uids of the school's active teachers, by its roles."""
    roles = LIVE["roles"]._default_manager.filter(role="teacher", org_sourced_id=school, status="active")
    users = set(roles.values_list("user_sourced_id", flat=True))
    return set(
        Person.objects.filter(
            pk__in=Record.objects.filter(sourced_id__in=users).values("person_id"), status="active"
        ).values_list("uid", flat=True)
    )


def _colleague(rooms: Classrooms) -> Person:
    """Another teacher of the school with a class there."""
    mine = rooms.teacher().uid
    among = Person.objects.filter(uid__in=_teachers(rooms.school.sourced_id)).order_by("pk")
    return next(each for each in among if each.uid != mine and _taught(each))


def _stranger(rooms: Classrooms) -> Person:
    """A teacher of another school."""
    here = _teachers(rooms.school.sourced_id)
    others = [each for each in served(rooms.district) if each != rooms.school]
    uids = set[str]().union(*(_teachers(each.sourced_id) for each in others)) - here
    return Person.objects.filter(uid__in=uids).order_by("pk")[0]


def _district_key(rooms: Classrooms) -> None:
    rooms.key, rooms.text = keys.make(rooms.district, "")


@pytest.mark.covers("N30", "N32", "N35", "S03")
@pytest.mark.both_databases
def test_the_first_screen_shows_the_current_classes_of_the_teacher_who_has_logged_in(rooms: Classrooms) -> None:
    client, teacher = _own(rooms), rooms.teacher()
    page = _page(client)
    assert "New class" in page
    assert f"({_login(teacher)})" in page
    assert _shown(client) == _taught(teacher)
    assert _taught(teacher)


@pytest.mark.covers("N32", "S03")
def test_a_class_counts_while_its_enrollment_and_one_of_its_terms_do(rooms: Classrooms) -> None:
    client, group = _own(rooms), rooms.group()
    before = _shown(client)
    sessions = LIVE["academicSessions"]._default_manager
    sessions.update(start_date="2098-01-01")
    page = _page(client)
    assert group.uid not in page
    assert "of another term" in page or "of other terms" in page
    assert "The next one begins on 2098-01-01" in page
    assert "check its term" in page
    sessions.update(status="tobedeleted")
    assert _shown(client) == before
    Group.objects.filter(pk=group.pk).update(owners="[]")
    assert _shown(client) == before - {group.uid}


@pytest.mark.covers("N31", "N29")
def test_an_unknown_login_chooses_the_teacher_by_hand_which_is_written_down(rooms: Classrooms) -> None:
    client, other = rooms.came_in("SCHOOL\\nobody"), _colleague(rooms)
    page = _page(client)
    assert "no teacher's here" in page
    assert "SCHOOL\\nobody" in page
    assert "choose the teacher above" in page
    assert _shown(client) == set()
    client.post("/console/choose/", {"teacher": other.uid})
    assert _shown(client) == _taught(other)
    assert "Chosen by hand" in _page(client)
    entry = Entry.objects.get(action="console.teacher_chosen")
    assert entry.about == f"user:{other.connection_id}:{other.sourced_id}"
    assert entry.details == {"by": "key"}
    assert entry.actor.startswith(f"console:{rooms.key.key_id}")
    assert entry.district == rooms.district


@pytest.mark.covers("N31")
def test_a_colleagues_lesson_is_covered_and_ones_own_come_back(rooms: Classrooms) -> None:
    client, other = _own(rooms), _colleague(rooms)
    own = _shown(client)
    client.post("/console/choose/", {"teacher": other.uid})
    assert _shown(client) == _taught(other)
    client.post("/console/choose/", {"teacher": rooms.teacher().uid})
    assert _shown(client) == own
    assert Entry.objects.filter(action="console.teacher_chosen").count() == 1


@pytest.mark.covers("N31")
def test_where_cover_is_not_allowed_nobody_is_found_or_chosen(rooms: Classrooms) -> None:
    settings.change(rooms.district, {"cover": False})
    client, other = rooms.came_in("nobody"), _colleague(rooms)
    page = _page(client)
    assert "choosing a teacher by hand is not allowed here" in page
    assert 'id="teacher"' not in page
    assert _found(client) == []
    assert client.post("/console/choose/", {"teacher": other.uid}).status_code == 404
    assert _shown(_own(rooms)) == _taught(rooms.teacher())
    settings.change(rooms.district, {"cover": True})
    client.post("/console/choose/", {"teacher": other.uid})
    assert _shown(client)
    settings.change(rooms.district, {"cover": False})
    assert _shown(client) == set()


@pytest.mark.covers("N29")
@pytest.mark.both_databases
def test_the_drop_down_lists_the_active_teachers_of_the_school_as_one_types(rooms: Classrooms) -> None:
    client, teacher = _own(rooms), rooms.teacher()
    every = _teachers(rooms.school.sourced_id)
    listed = _found(client)
    assert set(listed) <= every
    assert len(listed) == min(20, len(every))
    record = record_of(teacher)
    assert teacher.uid in _found(client, record["family_name"][:3].upper())
    assert _found(client, record["username"]) == [teacher.uid]
    answer = text_of(client.post("/console/teachers/", {"text": record["username"]}, headers=HTMX))
    assert "1 teacher found" in answer
    assert record["username"] in answer
    assert rooms.school.name in answer
    assert _found(client, "qqzzqq") == []
    assert _found(client, _login(_stranger(rooms))) == []
    assert client.get("/console/teachers/").status_code == 405


@pytest.mark.covers("N29")
def test_without_script_the_found_teachers_are_buttons(rooms: Classrooms) -> None:
    client, other = rooms.came_in("nobody"), _colleague(rooms)
    page = text_of(client.post("/console/teachers/", {"text": _login(other)}))
    assert "<html" in page
    assert f'name="teacher" value="{other.uid}"' in page
    assert "No teacher is called so" in text_of(client.post("/console/teachers/", {"text": "qqzzqq"}))


def test_a_teacher_who_has_a_child_at_the_school_is_none_of_its_teachers(rooms: Classrooms) -> None:
    client, other = rooms.came_in("nobody"), _stranger(rooms)
    row = CatalogPerson.objects.get(sourced_id=other.sourced_id)
    facets = row.words.split() + [
        each
        for each in CatalogPerson.objects.get(sourced_id=rooms.teacher().sourced_id).words.split()
        if each.startswith("=s")
    ]
    CatalogPerson.objects.filter(pk=row.pk).delete()
    row.schools = json.dumps([*json.loads(row.schools), rooms.school.sourced_id])
    row.roles, row.words = json.dumps(["parent", "teacher"]), " ".join(facets)
    row.save(force_insert=True)
    assert _found(client, _login(other)) == []
    assert client.post("/console/choose/", {"teacher": other.uid}).status_code == 404
    assert rooms.school not in getattr(rooms.visitor(rooms.signed_in(other)), "schools", (rooms.school,))


@pytest.mark.covers("N23")
def test_a_school_is_chosen_from_those_of_the_roster_and_limits_teachers_and_classes(rooms: Classrooms) -> None:
    _district_key(rooms)
    client = _own(rooms)
    page = _page(client)
    every = served(rooms.district)
    assert re.findall(r'<option value="(\d+:[^"]+)"', page) == [each.value for each in every]
    other = next(each for each in every if each != rooms.school and _teachers(each.sourced_id))
    client.post("/console/choose/", {"school": other.value})
    assert f'<option value="{other.value}" selected>' in _page(client)
    assert _shown(client).isdisjoint(
        Group.objects.exclude(school_sourced_id=other.sourced_id).values_list("uid", flat=True)
    )
    assert set(_found(client)) <= _teachers(other.sourced_id)
    client.post("/console/choose/", {"school": ""})
    assert _shown(client) == _taught(rooms.teacher())


@pytest.mark.covers("N23")
def test_schools_of_one_name_are_told_apart_by_their_ids(rooms: Classrooms) -> None:
    _, text = keys.make(rooms.district, "")
    rooms.text = text
    client = rooms.came_in(_login(rooms.teacher()))
    schools = served(rooms.district)
    first, second = schools[:2]
    assert f"({first.sourced_id})" not in _page(client)
    LIVE["orgs"]._default_manager.filter(sourced_id=second.sourced_id).update(name=first.name)
    page = _page(client)
    assert f"({first.sourced_id})</option>" in page
    assert f"({second.sourced_id})</option>" in page


@pytest.mark.covers("N23")
def test_choosing_another_school_lets_go_of_who_does_not_teach_there(rooms: Classrooms) -> None:
    _district_key(rooms)
    client, other = rooms.came_in("nobody"), _stranger(rooms)
    client.post("/console/choose/", {"teacher": other.uid})
    assert record_of(other)["username"] in _page(client)
    client.post("/console/choose/", {"school": rooms.school.value})
    assert record_of(other)["username"] not in _page(client)


@pytest.mark.covers("N34")
def test_icon_view_and_list_view_are_switched_and_remembered(rooms: Classrooms) -> None:
    client = _own(rooms)
    assert "class-icons" in _page(client)
    client.post("/console/view/", {"view": "list"})
    assert "class-list" in _page(client)
    client.post("/console/view/", {"view": "sideways"})
    assert "class-list" in _page(client)
    assert client.cookies["console_view"]["max-age"] == 365 * 24 * 60 * 60
    assert client.cookies["console_view"]["httponly"]
    assert "class-list" in _page(rooms.came_in(_login(rooms.teacher()), view="list"))


@pytest.mark.covers("N34")
@pytest.mark.both_databases
def test_the_list_tells_two_classes_of_one_name_apart(rooms: Classrooms) -> None:
    teacher = rooms.teacher()
    client, taught = rooms.came_in(_login(teacher), view="list"), sorted(_taught(teacher))
    Group.objects.filter(uid__in=taught).update(name="Same")
    group = Group.objects.get(uid=taught[0])
    classes = LIVE["classes"]._default_manager.filter(sourced_id=group.class_sourced_id)
    classes.update(class_code="MA-7b", periods='["3","5"]', location="Room 12", grades='["07","08"]')
    course = LIVE["courses"]._default_manager.filter(
        sourced_id=classes.values_list("course_sourced_id", flat=True).get()
    )
    page = _page(client)
    row = page[page.index(taught[0]) :].partition("</tr>")[0]
    for told in ("MA-7b", "3, 5", "Room 12", "07, 08", rooms.school.name, course.values_list("title", flat=True).get()):
        assert told in row
    assert f'class="number">{len(json.loads(group.students))}</td>' in row
    for heading in ("Course", "Code", "Period", "Room", "Term", "Grade", "Students", "School"):
        assert f">{heading}</th>" in page


@pytest.mark.covers("N32", "S03")
def test_merged_and_covered_groups_are_shown_and_empty_ones_are_marked(rooms: Classrooms) -> None:
    teacher, group = rooms.teacher(), rooms.group()
    client = _own(rooms)
    seat = Group.objects.filter(school_sourced_id=rooms.school.sourced_id).exclude(uid__in=_taught(teacher))[0]
    merged = Group(district_id=rooms.district, kind=GroupKind.MERGED, name="Both sets")
    merged.save()
    custom = Group(district_id=rooms.district, kind=GroupKind.CUSTOM, name="Chess")
    custom.save()
    Part.objects.create(group_id=merged.pk, part_id=group.pk)
    for each in (seat, custom):
        Extra.objects.create(
            group_id=each.pk, person_id=teacher.pk, district_id=rooms.district, role=Member.OWNER, until_on="2099-01-31"
        )
    Group.objects.filter(pk=seat.pk).update(students="[]")
    page = _page(client)
    assert {merged.uid, seat.uid} <= _shown(client)
    assert ">merged<" in page
    assert "cover until 2099-01-31" in page
    assert "no students" in page
    # A custom group is of no school; a school's key opens it where nobody in it is another school's.
    assert custom.uid in _shown(client)
    assert custom.uid in _shown(rooms.signed_in(teacher))


def test_a_teacher_and_a_school_without_classes_are_told_what_to_do(rooms: Classrooms) -> None:
    client = _own(rooms)
    _district_key(rooms)
    whole = _own(rooms)
    Group.objects.update(owners="[]")
    page = _page(client)
    assert "No class today" in page
    assert "ask the school's office" in page
    whole.post("/console/choose/", {"school": rooms.school.value})
    assert "choose “All schools” above" in _page(whole)
    CatalogPlace.objects.filter(kind="school").update(classes=0)
    assert "The roster has no class of this school" in _page(whole)


def test_a_person_of_no_school_is_told_what_to_do(rooms: Classrooms) -> None:
    teacher = rooms.teacher()
    CatalogPerson.objects.filter(sourced_id=teacher.sourced_id).update(schools="")
    Group.objects.update(owners="[]")
    assert "belongs to no school" in _page(rooms.signed_in(teacher))


@pytest.mark.parametrize("by", list(By))
@pytest.mark.both_databases
def test_forged_schools_teachers_and_classes_are_not_there(rooms: Classrooms, by: By) -> None:
    teacher, stranger = rooms.teacher(), _stranger(rooms)
    client = _own(rooms) if by == By.KEY else rooms.signed_in(teacher)
    foreign = Person.objects.create(
        district_id=rooms.district + 1, kind=Kind.STAFF, connection_id=99, sourced_id=teacher.sourced_id
    )
    student = Person.objects.get(pk=json.loads(rooms.group().students)[0])
    elsewhere = next(each for each in served(rooms.district) if each != rooms.school)
    own = _shown(client)
    for school in (elsewhere.value, f"99:{rooms.school.sourced_id}", rooms.school.sourced_id, "1:", ":", "x" * 5000):
        assert client.post("/console/choose/", {"school": school}).status_code == 404
    for uid in (stranger.uid, foreign.uid, student.uid, "nobody", str(teacher.pk), "\x00", "x" * 5000):
        assert client.post("/console/choose/", {"teacher": uid}).status_code == 404
    theirs = Group.objects.filter(school_sourced_id=elsewhere.sourced_id, status="active").exclude(owners="[]")[0]
    far = Group(district_id=rooms.district + 1, kind=GroupKind.CLASS, name="Far", owners=f"[{teacher.pk}]")
    far.save()
    for uid in (theirs.uid, far.uid, "", "nobody"):
        assert client.post("/console/start/", {"group": uid}).status_code == 404
    assert _shown(client) == own
    assert not Entry.objects.filter(action="console.teacher_chosen").exists()


def test_a_choice_is_of_one_visit_and_cannot_be_made_up(rooms: Classrooms) -> None:
    other = _colleague(rooms)
    client = rooms.came_in("nobody")
    client.post("/console/choose/", {"teacher": other.uid})
    kept = client.cookies["console_choice"].value
    own = _own(rooms)
    for made_up in (kept, kept[:-2], "x", json.dumps({"teacher": other.uid})):
        own.cookies["console_choice"] = made_up
        assert _shown(own) == _taught(rooms.teacher())


def test_nobody_at_the_console_finds_and_chooses_nothing(rooms: Classrooms) -> None:
    for client in (rooms.site.nobody, rooms.site.administrator):
        for address in ("choose/", "teachers/", "view/", "start/"):
            assert client.post(f"/console/{address}", {"text": ""}).status_code in (302, 403)
    assert not Entry.objects.filter(action="console.teacher_chosen").exists()


def test_thirty_classes_take_no_more_queries_than_one(rooms: Classrooms) -> None:
    client, teacher = _own(rooms), rooms.teacher()
    with CaptureQueriesContext(database) as few:
        number = len(_shown(client))
    more = Group.objects.filter(school_sourced_id=rooms.school.sourced_id, status="active")
    for each in more.exclude(uid__in=_taught(teacher)):
        Extra.objects.create(group_id=each.pk, person_id=teacher.pk, district_id=rooms.district, role=Member.OWNER)
    with CaptureQueriesContext(database) as many:
        assert len(_shown(client)) > number
    # Groups that others let them into are looked up once.
    assert len(many) <= len(few) + 1 <= 30
    assert ("Search these classes" in _page(client)) == (len(_shown(client)) > 12)
