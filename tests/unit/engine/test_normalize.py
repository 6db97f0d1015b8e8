"""normalize: what raw cells become."""

from collections.abc import Callable

import pytest

from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.oneroster.fields import CLASSES, ENROLLMENTS, ROLES, USERS
from rosterkeeper.scratch import Scratch
from tests.unit.engine.districts import small, user
from tests.unit.engine.tables import TableSource, applied, codes, found, planned

NewScratch = Callable[[], Scratch]


def _enrollment_with(new_scratch: NewScratch, **cells: str) -> tuple[dict[str, str], set[str]]:
    tables = small()
    tables["enrollments"][0] |= cells
    scratch = new_scratch()
    planned(scratch, TableSource(tables))
    rows = scratch.reader(f"SELECT * FROM {norm_table(ENROLLMENTS)} WHERE sourced_id = 'e0'").read_all().to_pylist()
    return rows[0] if rows else {}, codes(scratch)


@pytest.mark.parametrize(
    ("written", "kept", "code"),
    [
        ("2026-09-01", "2026-09-01", ""),
        ("", "", ""),
        ("2026-09-01T00:00:00.000Z", "2026-09-01", "row.repaired_date"),
        ("9/1/2026", "2026-09-01", "row.repaired_date"),
        ("09/01/2026", "2026-09-01", "row.repaired_date"),
        ("20260901", "2026-09-01", "row.repaired_date"),
        ("2026-02-30", "", "row.ignored_value"),
        ("epoch", "", "row.ignored_value"),
        ("soon", "", "row.ignored_value"),
    ],
)
def test_a_date_is_read_in_the_forms_that_feeds_use_and_never_guessed(
    new_scratch: NewScratch, written: str, kept: str, code: str
) -> None:
    row, seen = _enrollment_with(new_scratch, beginDate=written)
    assert row["begin_date"] == kept
    assert seen == ({code} if code else set())


@pytest.mark.parametrize(
    ("written", "kept", "code"),
    [
        ("true", "true", ""),
        ("TRUE", "true", "row.repaired_boolean"),
        ("1", "true", "row.repaired_boolean"),
        ("No", "false", "row.repaired_boolean"),
        ("perhaps", "", "row.ignored_value"),
    ],
)
def test_a_boolean_is_repaired_and_said(new_scratch: NewScratch, written: str, kept: str, code: str) -> None:
    row, seen = _enrollment_with(new_scratch, primary=written)
    assert row["primary"] == kept
    assert seen == ({code} if code else set())


def test_the_case_of_a_word_is_repaired_and_an_extension_is_kept(new_scratch: NewScratch) -> None:
    row, seen = _enrollment_with(new_scratch, role="Student")
    assert (row["role"], seen) == ("student", {"row.repaired_word"})
    row, seen = _enrollment_with(new_scratch, role="ext:observer")
    assert (row["role"], seen) == ("ext:observer", set())


def test_an_unknown_role_keeps_the_record_out(new_scratch: NewScratch) -> None:
    row, seen = _enrollment_with(new_scratch, role="wizard")
    assert row == {}
    assert seen == {"row.invalid_value"}


def test_surrounding_blanks_are_not_part_of_a_value(new_scratch: NewScratch) -> None:
    row, seen = _enrollment_with(new_scratch, userSourcedId="  u0\t")
    assert (row["user_sourced_id"], seen) == ("u0", set())


def test_a_list_is_a_set_unless_its_order_means_something(new_scratch: NewScratch) -> None:
    tables = small()
    tables["classes"][0] |= {"grades": '["11","09","11",""]', "subjects": '["b","a"]', "subjectCodes": '["2","1"]'}
    scratch = new_scratch()
    planned(scratch, TableSource(tables))
    row = scratch.rows(f"SELECT grades, subjects FROM {norm_table(CLASSES)} WHERE sourced_id = 'k0'")[0]
    assert row == ('["09","11"]', '["b","a"]')


def test_a_school_year_written_as_a_span_is_the_year_it_ends_in(new_scratch: NewScratch) -> None:
    for written in ("2026-2027", "2026/27"):
        tables = small()
        tables["academicSessions"][0]["schoolYear"] = written
        scratch = new_scratch()
        planned(scratch, TableSource(tables))
        years = scratch.rows("SELECT school_year FROM norm_academic_sessions WHERE sourced_id = 'year'")
        assert years == [("2027",)]
        assert codes(scratch) == {"row.repaired_year"}


def test_a_moment_with_an_offset_is_one_instant(new_scratch: NewScratch) -> None:
    tables = small()
    tables["users"][0]["dateLastModified"] = "2026-09-01T02:00:00+02:00"
    scratch = new_scratch()
    planned(scratch, TableSource(tables))
    moments = scratch.rows(f"SELECT date_last_modified FROM {norm_table(USERS)} WHERE sourced_id = 'u0'")
    assert moments == [("2026-09-01T00:00:00.000Z",)]


def test_a_flat_role_becomes_one_role_for_each_org(new_scratch: NewScratch) -> None:
    tables = small()
    tables["users"].append(user("both", ["s0", "s1"], role="teacher"))
    tables["users"].append(user("nowhere", [], role="parent"))
    scratch = new_scratch()
    planned(scratch, TableSource(tables))
    roles = scratch.rows(
        f"SELECT user_sourced_id, role, role_type, org_sourced_id FROM {norm_table(ROLES)}"
        " WHERE user_sourced_id IN ('both', 'nowhere') ORDER BY ALL"
    )
    assert roles == [
        ("both", "teacher", "primary", "s0"),
        ("both", "teacher", "primary", "s1"),
        ("nowhere", "parent", "primary", ""),
    ]


def test_the_same_rows_in_another_order_are_unchanged(new_scratch: NewScratch) -> None:
    scratch = new_scratch()
    planned(scratch, TableSource(small()))
    live = applied(scratch)
    shuffled = {name: list(reversed(rows)) for name, rows in small().items()}
    made = planned(new_scratch(), TableSource(shuffled), live)
    assert made.changes == 0
    assert sum(each.unchanged for each in made.numbers.values()) == sum(each.live for each in made.numbers.values())


def test_a_later_date_alone_is_no_change(new_scratch: NewScratch) -> None:
    scratch = new_scratch()
    planned(scratch, TableSource(small()))
    live = applied(scratch)
    touched = small()
    for row in touched["users"]:
        row["dateLastModified"] = "2026-09-30T00:00:00Z"
    assert planned(new_scratch(), TableSource(touched), live).changes == 0


def test_findings_name_the_place_and_never_the_value(new_scratch: NewScratch) -> None:
    tables = small()
    tables["demographics"][3]["birthDate"] = "31.12.2011"
    scratch = new_scratch()
    planned(scratch, TableSource(tables))
    assert found(scratch) == {("row.ignored_value", "u3", "birthDate")}
    assert scratch.rows("SELECT file, row FROM finding") == [("demographics.csv", 5)]
