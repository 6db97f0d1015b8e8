"""Class groups: who owns them, who is in them on which day, and which of them are written anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rosterkeeper.scratch import Scratch
from tests.unit.matching.school import School


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    """A district without classes."""
    with Scratch(tmp_path / "scratch", threads=1) as scratch:
        yield School(scratch)


@pytest.mark.covers("S02")
def test_each_live_class_is_one_group_with_its_students(school: School) -> None:
    school.people(range(1, 6))
    school.klass("k1")
    school.klass("k2", "History")
    for person in (1, 2, 3):
        school.seat("k1", person)
    school.seat("k2", 3)
    school.seat("k1", 5, "teacher")
    assert school.make().live == 2
    groups = school.groups
    assert (groups["k1"].students, groups["k1"].owners, groups["k1"].name) == ([1, 2, 3], [5], "Algebra")
    assert (groups["k2"].students, groups["k2"].owners) == ([3], [])


@pytest.mark.covers("S03")
def test_forty_co_teachers_each_own_the_group(school: School) -> None:
    school.people(range(1, 42))
    school.klass("k1")
    for person in range(1, 41):
        school.seat("k1", person, "teacher")
    school.seat("k1", 41)
    school.make()
    assert school.groups["k1"].owners == list(range(1, 41))
    assert school.groups["k1"].students == [41]


def test_a_class_without_students_or_without_teachers_is_a_group_all_the_same(school: School) -> None:
    school.people([1, 2])
    school.klass("taught")
    school.klass("learned", "History")
    school.klass("bare", "Physics")
    school.seat("taught", 1, "teacher")
    school.seat("learned", 2)
    assert school.make().live == 3
    assert [(each.owners, each.students) for _, each in sorted(school.groups.items())] == [
        ([], []),
        ([], [2]),
        ([1], []),
    ]


def test_who_teaches_a_class_is_not_also_its_student_and_nobody_is_in_it_twice(school: School) -> None:
    school.people([1, 2])
    school.scratch.run("INSERT INTO record VALUES (1, 'again', 'active', 'Stone')")
    school.scratch.run("INSERT INTO person_record VALUES (1, 'again', 2)")
    school.klass("k1")
    school.seat("k1", 1, "teacher")
    school.seat("k1", 1)
    school.seat("k1", 2)
    school.scratch.run("INSERT INTO seat_in VALUES (1, 'k1', 'again', 'student', '', '', '')")
    school.make()
    assert (school.groups["k1"].owners, school.groups["k1"].students) == ([1], [2])


def test_people_who_left_are_out(school: School) -> None:
    school.people([1])
    school.people([2], status="left")
    school.klass("k1")
    school.seat("k1", 1)
    school.seat("k1", 2)
    school.make()
    assert school.groups["k1"].students == [1]


@pytest.mark.parametrize(
    ("today", "inside", "next_on"),
    [
        ("2026-09-30", False, "2026-10-01"),
        ("2026-10-01", True, "2026-11-02"),
        ("2026-11-01", True, "2026-11-02"),
        ("2026-11-02", False, "2027-07-01"),
    ],
)
def test_an_enrollment_counts_from_its_first_to_its_last_day(
    school: School, today: str, inside: bool, next_on: str
) -> None:
    # 1 November is the day on which most of the United States sets its clocks back: a date has no hours.
    school.people([1])
    school.klass("k1")
    school.seat("k1", 1, begins="2026-10-01", ends="2026-11-01")
    school.make(today)
    assert (school.groups["k1"].students == [1], school.groups["k1"].next_on) == (inside, next_on)


def test_the_next_change_is_told_over_months_years_and_leap_days(school: School) -> None:
    school.people([1, 2, 3])
    for number, last in enumerate(("2026-12-31", "2028-02-28", "2028-02-29"), 1):
        school.klass(f"k{number}", f"Class {number}", terms="")
        school.seat(f"k{number}", number, ends=last)
    school.make()
    assert [school.groups[f"k{each}"].next_on for each in (1, 2, 3)] == ["2027-01-01", "2028-02-29", "2028-03-01"]


def test_an_enrollment_that_ends_before_it_begins_never_counts(school: School) -> None:
    school.people([1])
    school.klass("k1", terms="")
    school.seat("k1", 1, begins="2026-12-01", ends="2026-11-01")
    school.make("2026-11-15")
    assert (school.groups["k1"].students, school.groups["k1"].next_on) == ([], "")


def test_a_class_goes_on_through_the_last_day_of_its_last_session(school: School) -> None:
    school.session("q1", "Q1", "2026-08-01", "2026-10-01")
    school.session("q2", "Q2", "2026-10-02", "2026-12-18")
    school.klass("k1", terms='["q1"]')
    school.klass("k2", "History", terms='["q1","q2"]')
    school.klass("k3", "Physics", terms='["unknown"]')
    school.make("2026-10-01")
    assert set(school.groups) == {"k1", "k2", "k3"}
    school.make("2026-10-02")
    assert set(school.groups) == {"k2", "k3"}


def test_only_the_groups_that_changed_are_written(school: School) -> None:
    school.people([1, 2, 3])
    school.klass("k1")
    school.klass("k2", "History")
    school.seat("k1", 1)
    school.seat("k2", 2)
    assert school.make().fresh == 2
    school.keep()
    assert (school.make().fresh, school.make().ended) == (0, 0)
    school.seat("k2", 3)
    assert school.make().fresh == 1
    school.keep()
    school.scratch.run("DELETE FROM class_in WHERE sourced_id = 'k1'")
    counts = school.make()
    assert (counts.live, counts.fresh, counts.ended) == (1, 0, 1)


def test_a_class_that_returns_has_its_group_again(school: School) -> None:
    school.klass("k1")
    school.make()
    school.keep()
    number = school.scratch.rows("SELECT id FROM known_group")
    school.make("2027-07-01")
    school.keep()
    assert school.scratch.rows("SELECT status, id FROM known_group") == [("ended", *number[0])]
    assert school.make().fresh == 1
    school.keep()
    assert school.scratch.rows("SELECT status, id FROM known_group") == [("active", *number[0])]


def test_a_class_of_more_seats_than_are_listed_at_once_is_one_group(school: School) -> None:
    for each in ("k1", "k2", "k3"):
        school.klass(each, each)
    many = range(1, 150_001)
    school.people(many)
    school.scratch.run("INSERT INTO seat_in SELECT 1, 'k2', sourced_id, 'student', 'false', '', '' FROM person_record")
    for each in ("k1", "k2", "k3"):
        school.seat(each, 1, "teacher")
    assert school.make().fresh == 3
    assert {name: (made.owners, len(made.students)) for name, made in school.groups.items()} == {
        "k1": ([1], 0),
        "k2": ([1], 149_999),
        "k3": ([1], 0),
    }
    assert school.groups["k2"].students == list(many)[1:]
