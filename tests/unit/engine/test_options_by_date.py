"""Options that go by the day: who has left, and which classes are taught now."""

import pytest

from tests.unit.engine.choices import NewScratch, chosen, ran, school_class, session, taken_over, town
from tests.unit.engine.districts import enrollment


@pytest.mark.covers("L18", "R10")
@pytest.mark.parametrize(
    ("begin", "end", "today", "stays"),
    [
        ("2026-09-01", "2026-10-15", "2026-08-31", False),
        ("2026-09-01", "2026-10-15", "2026-09-01", True),
        ("2026-09-01", "2026-10-15", "2026-10-14", True),
        ("2026-09-01", "2026-10-15", "2026-10-15", False),
        ("", "2026-10-15", "2026-08-31", True),
        ("2026-09-01", "", "2026-12-18", True),
        ("", "", "2026-10-15", True),
        # The nights on which clocks change are days like any other.
        ("2026-10-25", "2026-11-01", "2026-10-25", True),
        ("2026-10-25", "2026-11-01", "2026-11-01", False),
        # Between fall and spring whoever stayed to the end has not left, be the last day written in or out.
        ("2026-09-01", "2026-12-19", "2026-12-30", True),
        ("2026-09-01", "2026-12-18", "2026-12-30", True),
        ("2026-09-01", "2026-11-18", "2026-12-30", False),
        ("2026-09-01", "2026-12-19", "2027-01-10", False),
    ],
)
def test_a_student_is_left_out_once_every_enrollment_has_ended(
    new_scratch: NewScratch, begin: str, end: str, today: str, *, stays: bool
) -> None:
    tables = town()
    tables["enrollments"] = [enrollment("e", "kn-fall", "north", "ann", beginDate=begin, endDate=end)]
    on = ran(new_scratch, tables, chosen(respect_enrolment_date=True), today=today)
    assert ("ann" in on.given("users")) == stays
    assert on.why().get("ann", "") == ("" if stays else "option.enrolment_date")


@pytest.mark.covers("L18", "L19", "R10", "R11")
def test_without_the_option_dates_count_for_nothing(new_scratch: NewScratch) -> None:
    tables = town()
    tables["enrollments"][0] |= {"beginDate": "2025-09-01", "endDate": "2026-06-12"}
    tables["academicSessions"].append(session("old", "2025-08-15", "2026-06-12"))
    tables["classes"].append(school_class("kn-old", "north", "old"))
    made = ran(new_scratch, tables)
    assert "ann" in made.given("users")
    assert made.given("classes") == {"kn-fall", "kn-spring", "ks", "kn-old"}


@pytest.mark.covers("L18")
def test_one_current_enrollment_none_at_all_or_another_role_keep_a_person(new_scratch: NewScratch) -> None:
    tables = town()
    past = {"beginDate": "2026-08-20", "endDate": "2026-09-20"}
    tables["enrollments"] = [
        enrollment("e1", "kn-fall", "north", "ann", **past),
        enrollment("e2", "kn-spring", "north", "ann"),
        enrollment("e3", "kn-fall", "north", "tom", **past) | {"role": "teacher"},
        enrollment("e4", "kn-fall", "north", "both", **past),
    ]
    made = ran(new_scratch, tables, chosen(respect_enrolment_date=True))
    assert made.given("users") >= {"ann", "bob", "tom", "both"}
    assert made.given("enrollments") == {"e1", "e2", "e3", "e4"}


@pytest.mark.covers("L18")
def test_a_bad_row_makes_nobody_leave(new_scratch: NewScratch) -> None:
    tables = town()
    tables["enrollments"] = [
        enrollment("e1", "kn-fall", "north", "ann", endDate="2026-09-20"),
        enrollment("e2", "ks", "south", "ann"),
    ]
    live = taken_over(new_scratch, tables)
    tables["enrollments"][1]["classSourcedId"] = "nowhere"
    made = ran(new_scratch, tables, chosen(respect_enrolment_date=True), live)
    assert made.gone("users") == set()


@pytest.mark.covers("L18", "L17")
def test_who_has_left_is_told_by_enrollments_that_are_not_taken_over(new_scratch: NewScratch) -> None:
    tables = town()
    tables["enrollments"][0]["endDate"] = "2026-09-20"
    made = ran(new_scratch, tables, chosen(respect_enrolment_date=True, classrooms=False))
    assert "ann" not in made.given("users")
    assert made.given("enrollments") == set()


@pytest.mark.covers("L19", "R11")
@pytest.mark.parametrize(
    ("today", "classes"),
    [
        ("2026-08-14", {"kn-fall", "ks", "year"}),
        ("2026-08-15", {"kn-fall", "ks", "year"}),
        ("2026-12-18", {"kn-fall", "ks", "year"}),
        # Nothing leaves in the gap between two terms.
        ("2026-12-19", {"kn-fall", "ks", "year"}),
        ("2027-01-09", {"kn-fall", "ks", "year"}),
        ("2027-01-10", {"kn-spring", "year", "ks"}),
        ("2027-06-11", {"kn-spring", "year", "ks"}),
        ("2027-08-01", {"kn-spring", "year", "ks"}),
    ],
)
def test_only_classes_of_current_sessions_are_taken_over(
    new_scratch: NewScratch, today: str, classes: set[str]
) -> None:
    tables = town()
    tables["classes"] += [school_class("year", "north", "year", "fall"), school_class("free", "north")]
    made = ran(new_scratch, tables, chosen(respect_academic_sessions=True), today=today)
    assert made.given("classes") == classes | {"free"}


@pytest.mark.covers("L19")
def test_a_class_out_of_session_takes_its_enrollments_along_and_nobody_else(new_scratch: NewScratch) -> None:
    options = chosen(respect_academic_sessions=True)
    live = taken_over(new_scratch, town(), options)
    tables = town()
    tables["classes"].append(school_class("ks-spring", "south", "spring"))
    made = ran(new_scratch, tables, options, live, today="2027-01-10", changed=False)
    assert (made.gone("classes"), made.gone("enrollments")) == ({"kn-fall", "ks"}, {"e-ann", "e-bob", "e-tom", "e-tia"})
    assert (made.gone("users"), made.made.reasons) == (set(), [])


@pytest.mark.covers("L19")
def test_days_before_and_after_widen_a_session(new_scratch: NewScratch) -> None:
    options = chosen(respect_academic_sessions=True, days_before=5, days_after=3)
    for today, classes in (
        ("2027-01-04", {"kn-fall", "ks"}),
        ("2027-01-05", {"kn-spring", "ks"}),
        ("2027-06-14", {"kn-spring", "ks"}),
    ):
        assert ran(new_scratch, town(), options, today=today).given("classes") == classes
    tables = town()
    tables["academicSessions"].append(session("may", "2026-12-19", "2027-01-10"))
    tables["classes"].append(school_class("kn-may", "north", "may"))
    for today, kept in (("2026-12-21", True), ("2026-12-22", False)):
        assert ("kn-fall" in ran(new_scratch, tables, options, today=today).given("classes")) == kept
