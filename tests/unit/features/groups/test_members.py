"""Who is in a group on a date, in which groups somebody is, and which groups wait for a teacher."""

import json
from datetime import timedelta

import pytest

from rosterkeeper.features.groups import changing
from rosterkeeper.features.groups.changing import Stay
from rosterkeeper.features.groups.listing import Wanted, groups
from rosterkeeper.features.groups.members import groups_of, members_of, stands
from rosterkeeper.features.groups.models import Extra, Group
from rosterkeeper.features.groups.waiting import Why
from rosterkeeper.features.people.fresh import today
from rosterkeeper.features.people.models import DirectoryAccount, Person, Ruling
from rosterkeeper.features.people.one import match_one_account
from rosterkeeper.matching.tables import GroupKind
from rosterkeeper.matching.tables import Member as Role
from rosterkeeper.oneroster.errors import SettingsError
from tests.unit.features.groups.classroom import Classroom


def _day(days: int) -> str:
    return (today(0) + timedelta(days=days)).isoformat()


def _said(group: Group, on: str = "") -> list[tuple[str, str]]:
    return [(each.person.sourced_id, str(each.place.role)) for each in members_of(group, on)]


def _listed(state: str) -> list[str]:
    return [each.group.name for each in groups(Group.objects.all(), Wanted(state=state)).rows]


@pytest.mark.covers("S03")
def test_a_teacher_sees_own_groups_only_and_co_teachers_each_see_it(room: Classroom) -> None:
    ada, bea, cid = (room.person(each, "staff", account="active") for each in ("ada", "bea", "cid"))
    pupil = room.person("pip")
    for class_id, teachers in (("k1", [ada, bea]), ("k2", [cid])):
        room.klass(class_id)
        for each in teachers:
            room.seat(class_id, each, "teacher")
        room.seat(class_id, pupil)
        room.group(class_id, teachers, [pupil], name=class_id, sort_key=class_id)
    assert [each.group.name for each in groups_of(ada, role=Role.OWNER)] == ["k1"]
    assert [each.group.name for each in groups_of(bea, role=Role.OWNER)] == ["k1"]
    assert [each.group.name for each in groups_of(cid, role=Role.OWNER)] == ["k2"]
    assert groups_of(pupil, role=Role.OWNER) == []
    assert [each.group.name for each in groups_of(pupil)] == ["k1", "k2"]


@pytest.mark.covers("S04")
def test_a_group_without_a_teacher_who_has_an_account_waits_and_says_why(room: Classroom) -> None:
    ada = room.person("ada", "staff")
    group = room.group("k1", [ada], [room.person("pip")])
    assert stands(group) == Why.NO_ACCOUNT
    assert (_listed("waiting"), _listed("active")) == (["Algebra"], ["Algebra"])
    for result, reason in (("disputed", Why.DISPUTED), ("ignored", Why.IGNORED)):
        Person.objects.filter(pk=ada.pk).update(result=result)
        assert stands(group) == reason
    room.account("ada", status="suspended", of=ada)
    assert stands(group) == Why.SUSPENDED
    assert _listed("waiting") == ["Algebra"]
    assert stands(room.group("k2", [], [], name="Bare")) == Why.NO_TEACHER
    assert [each for each, _ in _said(group)] == ["ada", "pip"]


@pytest.mark.covers("S05")
def test_a_group_attaches_the_moment_its_teachers_account_appears(room: Classroom) -> None:
    ada = room.person("ada", "staff")
    group = room.group("k1", [ada], [room.person("pip")])
    account = room.account("ada")
    matched = match_one_account(account)
    assert matched is not None
    assert (matched.pk, matched.result, matched.reason) == (ada.pk, "linked", "email")
    assert stands(group) == Why.READY
    assert _listed("waiting") == []
    DirectoryAccount.objects.filter(pk=account.pk).update(status="suspended")
    assert stands(group) == Why.SUSPENDED


def test_a_cover_teacher_takes_a_group_out_of_waiting_for_as_long_as_they_cover(room: Classroom) -> None:
    group = room.group("k1", [], [])
    cover = room.person("cov", "staff", account="active")
    changing.put_in(group, cover, Stay(Role.OWNER, _day(0), _day(3)), by=1)
    assert stands(group) == Why.READY
    assert _listed("waiting") == []
    assert stands(group, _day(3)) == Why.READY
    assert stands(group, _day(4)) == Why.NO_TEACHER
    assert [each.group.pk for each in groups_of(cover, role=Role.OWNER)] == [group.pk]
    assert groups_of(cover, _day(4)) == []


def test_members_by_hand_count_from_their_first_to_their_last_day(plain: Classroom) -> None:
    group = plain.group("k1", [], [])
    guest = plain.person("gus")
    extra = changing.put_in(group, guest, Stay(Role.GUEST, _day(1), _day(2)), by=1)
    assert [_said(group, _day(each)) for each in (0, 1, 2, 3)] == [[], [("gus", "guest")], [("gus", "guest")], []]
    changing.take_out(group, extra)
    assert _said(group, _day(1)) == []


@pytest.mark.parametrize(
    ("stay", "code"),
    [
        (Stay(from_on="2026-10-02", until_on="2026-10-01"), "groups.turned_dates"),
        (Stay(from_on="1.10.2026"), "groups.dates"),
        (Stay(until_on="20261001"), "groups.dates"),
    ],
)
def test_dates_that_make_no_sense_are_refused(plain: Classroom, stay: Stay, code: str) -> None:
    with pytest.raises(SettingsError) as refused:
        changing.put_in(plain.group("k1", [], []), plain.person("pip"), stay, by=1)
    assert refused.value.code == code
    assert not Extra.objects.exists()


def test_for_another_date_a_groups_enrollments_are_read(plain: Classroom) -> None:
    ada, pip = plain.person("ada", "staff"), plain.person("pip")
    plain.klass("k1")
    plain.seat("k1", ada, "teacher")
    plain.seat("k1", pip, begins=_day(2), ends=_day(5))
    group = plain.group("k1", [ada], [], next_on=_day(2))
    assert [len(_said(group, _day(each))) for each in (0, 1, 2, 5, 6)] == [1, 1, 2, 2, 1]
    assert [each.group.pk for each in groups_of(pip, _day(2))] == [group.pk]
    assert groups_of(pip) == []


def test_a_merged_group_has_the_owners_students_and_guests_of_its_parts(room: Classroom) -> None:
    ada, bea, pip, gus = (room.person(each) for each in ("ada", "bea", "pip", "gus"))
    parts = [room.group("k1", [ada], [pip]), room.group("k2", [bea], [ada])]
    changing.put_in(parts[1], gus, Stay(Role.GUEST), by=1)
    merged = changing.make(room.district, GroupKind.MERGED, "Both", parts=parts)
    assert _said(merged) == [("ada", "owner"), ("bea", "owner"), ("pip", "student"), ("gus", "guest")]
    assert (merged.connection_id, merged.school_sourced_id) == (room.connection.pk, "s1")
    room.klass("k1")
    room.seat("k1", pip)
    assert {each.group.name for each in groups_of(pip)} == {"Algebra", "Both"}
    with pytest.raises(SettingsError) as refused:
        changing.put_in(merged, gus, Stay(), by=1)
    assert refused.value.code == "groups.of_parts"
    changing.set_parts(merged, parts[:1])
    assert _said(merged) == [("ada", "owner"), ("pip", "student")]


def test_a_custom_group_has_whom_somebody_put_into_it_until_it_ends(plain: Classroom) -> None:
    ada, pip = plain.person("ada", account="active"), plain.person("pip")
    club = changing.make(plain.district, GroupKind.CUSTOM, "  Chess   club ")
    changing.put_in(club, ada, Stay(Role.OWNER), by=1)
    changing.put_in(club, pip, Stay(), by=1)
    assert (club.name, _said(club)) == ("Chess club", [("ada", "owner"), ("pip", "student")])
    assert [each.group.name for each in groups_of(pip)] == ["Chess club"]
    changing.end(club)
    assert groups_of(pip) == []
    changing.restore(club)
    assert [each.group.name for each in groups_of(pip)] == ["Chess club"]


def test_what_the_roster_says_of_a_class_group_is_not_changed_by_hand(plain: Classroom) -> None:
    group = plain.group("k1", [], [])
    for change in (
        lambda: changing.end(group),
        lambda: changing.set_parts(group, [group]),
        lambda: changing.make(plain.district, GroupKind.CLASS, "Own"),
        lambda: changing.make(plain.district, GroupKind.CUSTOM, "  "),
        lambda: changing.make(plain.district, GroupKind.MERGED, "None", parts=[]),
    ):
        with pytest.raises(SettingsError):
            change()
    assert Group.objects.count() == 1


def test_a_name_by_hand_stays_until_it_is_given_back_to_the_template(plain: Classroom) -> None:
    group = plain.group("k1", [], [], print=5)
    changing.rename(group, "Mine")
    assert (group.name, group.name_by, group.sort_key) == ("Mine", "hand", "mine")
    changing.rename(group, " ")
    assert (group.name, group.name_by, group.print) == ("Mine", "template", 0)


def test_who_left_is_in_no_group_and_strangers_cannot_be_put_into_one(plain: Classroom) -> None:
    pip = plain.person("pip")
    group = plain.group("k1", [], [pip])
    Person.objects.filter(pk=pip.pk).update(status="left")
    pip.refresh_from_db()
    assert _said(group) == []
    with pytest.raises(SettingsError) as refused:
        changing.put_in(group, pip, Stay(), by=1)
    assert refused.value.code == "groups.person"


@pytest.mark.parametrize(
    "case", ["two persons", "two accounts", "stronger key", "ruling", "linked", "suspended", "NULL"]
)
def test_an_account_is_not_matched_at_once_where_there_is_any_doubt(plain: Classroom, case: str) -> None:
    ada = plain.person("ada", email="NULL" if case == "NULL" else "ada@example.org")
    account = plain.account("ada", status="suspended" if case == "suspended" else "active")
    account.sourced_id = "somebody-else" if case == "stronger key" else ""
    account.email = "NULL" if case == "NULL" else account.email
    account.save()
    if case == "two persons":
        plain.person("bea", email="ada@example.org")
    if case == "two accounts":
        plain.account("other", email="ADA@example.org")
    if case == "linked":
        plain.account("first", of=ada)
    if case == "ruling":
        Ruling.objects.create(
            district_id=plain.district, connection_id=plain.connection.pk, sourced_id="ada", word="ignore"
        )
    assert match_one_account(account) is None
    assert json.dumps(list(Person.objects.filter(account_id=account.pk).values("pk"))) == "[]"


def test_those_that_wait_are_found_a_stretch_after_the_other(plain: Classroom) -> None:
    ada = plain.person("ada", "staff", account="active")
    for number in range(2_100):
        waits = number in (1, 2_050, 2_090)
        name = f"g{number:04}"
        plain.group(f"k{number}", [] if waits else [ada], [], name=name, sort_key=name)
    wanted, every = Wanted(state="waiting"), Group.objects.all()
    first = groups(every, wanted, number=2)
    assert [each.group.name for each in first.rows] == ["g0001", "g2050"]
    rest = groups(every, wanted, number=2, after=first.after)
    assert [each.group.name for each in rest.rows] == ["g2090"]
    assert rest.after == ""
