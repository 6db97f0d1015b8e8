"""Resync of one user's groups: theirs from the live roster, at once, and nobody else's."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.groups.resync import resync
from rosterkeeper.features.people.fresh import today
from rosterkeeper.features.people.saving import save
from rosterkeeper.features.roster.models import LIVE, CatalogSeats
from rosterkeeper.features.runs.models import State
from rosterkeeper.scratch import Scratch
from tests.unit.features.groups.classroom import AT, Classroom
from tests.unit.matching.school import School


def _day(days: int) -> str:
    return (today(0) + timedelta(days=days)).isoformat()


@pytest.mark.covers("S06")
def test_only_the_persons_groups_are_made_anew(room: Classroom) -> None:
    ada, pip, new = room.person("ada", "staff"), room.person("pip"), room.person("new")
    for class_id in ("k1", "k2"):
        room.klass(class_id)
        room.seat(class_id, pip)
        room.seat(class_id, new)
        room.group(class_id, [], [pip])
    room.seat("k1", ada, "teacher")
    done = resync(ada)
    assert (done.groups, len(done.changed), done.is_current) == (1, 1, True)
    groups = {each.class_sourced_id: each for each in Group.objects.all()}
    assert json.loads(groups["k1"].owners) == [ada.pk]
    assert json.loads(groups["k1"].students) == [pip.pk, new.pk]
    assert json.loads(groups["k2"].students) == [pip.pk]
    assert (groups["k1"].changed_at > AT, groups["k2"].changed_at) == (True, AT)
    entry = Entry.objects.get(action="groups.resynced")
    assert (entry.about, entry.details) == (f"user:{room.connection.pk}:ada", {"classes": 1, "changed": 1})
    assert resync(ada).changed == []


@pytest.mark.covers("S06")
def test_nothing_is_made_of_lists_that_are_behind_the_roster(room: Classroom) -> None:
    ada, pip, new = room.person("ada", "staff"), room.person("pip"), room.person("new")
    room.klass("k1")
    room.seat("k1", ada, "teacher")
    room.seat("k1", pip)
    held = CatalogSeats.objects.get().seat_ids
    room.seat("k1", new)
    group = room.group("k1", [ada], [pip, new])
    # The child who came today is on the roster and in the group, and not yet in the catalog.
    CatalogSeats.objects.update(seat_ids=held)
    State.objects.create(connection_id=room.connection.pk, version=1)

    done = resync(ada)

    assert (done.groups, done.changed, done.is_current) == (0, [], False)
    group.refresh_from_db()
    assert (json.loads(group.students), group.changed_at) == ([pip.pk, new.pk], AT)
    assert not Entry.objects.filter(action="groups.resynced").exists()


def test_a_resync_follows_dates_ends_and_begins_groups(plain: Classroom) -> None:
    pip = plain.person("pip")
    plain.session("past", "2020-01-01", _day(-1))
    plain.session("now", "2020-01-01", _day(0))
    plain.klass("over", terms='["past"]')
    plain.klass("on", terms='["now"]')
    plain.klass("gone")
    plain.klass("new", "Algebra")
    for each in ("over", "on", "gone", "new"):
        plain.seat(each, pip, begins=_day(1) if each == "on" else "", ends=_day(4))
    LIVE["classes"]._default_manager.filter(sourced_id="gone").update(status="tobedeleted")
    for each in ("over", "on", "gone"):
        plain.group(each, [], [pip])
    resync(pip)
    groups = {each.class_sourced_id: each for each in Group.objects.all()}
    assert {each: group.status for each, group in groups.items()} == {
        "over": "ended",
        "on": "active",
        "gone": "ended",
        "new": "active",
    }
    assert (json.loads(groups["on"].students), groups["on"].next_on) == ([], _day(1))
    assert (json.loads(groups["new"].students), groups["new"].next_on) == ([pip.pk], _day(5))
    assert groups["new"].name == "Algebra (2)"
    assert json.loads(groups["over"].students) == [pip.pk]


@pytest.mark.parametrize("leaves", [False, True])
def test_a_resync_takes_who_is_switched_off_out_where_the_district_says_that_they_left(
    room: Classroom, leaves: bool
) -> None:
    pip, off = room.person("pip"), room.person("off", enabled_user="false")
    room.klass("k1")
    for each in (pip, off):
        room.seat("k1", each)
    save(room.district, mode="match", rules={}, options={"life": {"disabled_leave": leaves}})
    resync(pip)
    group = Group.objects.get(class_sourced_id="k1")
    assert json.loads(group.students) == ([pip.pk] if leaves else [pip.pk, off.pk])


def test_one_group_made_anew_has_the_print_that_a_matching_gives_it(plain: Classroom, tmp_path: Path) -> None:
    persons = [plain.person(each) for each in ("ada", "bea", "pip")]
    plain.klass("k1")
    with Scratch(tmp_path / "scratch", threads=1) as scratch:
        school = School(scratch)
        school.klass("k1", terms="")
        for person, role, ends in zip(persons, ("teacher", "student", "student"), ("", _day(3), _day(-1)), strict=True):
            school.people([person.pk])
            school.seat("k1", person.pk, role, ends=ends)
            plain.seat("k1", person, role, ends=ends)
        school.make(today(0).isoformat())
        made = school.groups["k1"]
    resync(persons[0])
    group = Group.objects.get(class_sourced_id="k1")
    assert group.print == made.print
    assert (json.loads(group.owners), json.loads(group.students)) == (made.owners, made.students)
    assert (group.name, group.next_on) == (made.name, made.next_on)
