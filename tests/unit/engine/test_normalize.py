"""normalize: what raw cells become."""

import hashlib
import random
from collections.abc import Callable

import pyarrow as pa

from rosterkeeper.engine import forms
from rosterkeeper.engine.cells import CellTest, mask
from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.oneroster.fields import CLASSES, ENROLLMENTS, ROLES, USERS
from rosterkeeper.scratch import Scratch
from tests.unit.engine.districts import small, user
from tests.unit.engine.tables import TableSource, codes, first_load, found, planned

NewScratch = Callable[[], Scratch]
_IMPROVED = "SELECT current_setting('enable_optimizer')"


def _enrollments_with(new_scratch: NewScratch, cells: list[dict[str, str]]) -> list[tuple[dict[str, str], set[str]]]:
    """What one enrollment becomes for each of the cells, and the codes told of it."""
    tables = small()
    for number, each in enumerate(cells):
        tables["enrollments"][number] |= each
    scratch = new_scratch()
    planned(scratch, TableSource(tables))
    kept = scratch.reader(f"SELECT * FROM {norm_table(ENROLLMENTS)}").read_all().to_pylist()
    rows = {row["sourced_id"]: row for row in kept}
    told = found(scratch)
    return [
        (rows.get(f"e{number}", {}), {code for code, sourced_id, _ in told if sourced_id == f"e{number}"})
        for number in range(len(cells))
    ]


def _enrollment_with(new_scratch: NewScratch, **cells: str) -> tuple[dict[str, str], set[str]]:
    return _enrollments_with(new_scratch, [cells])[0]


def test_a_date_is_read_in_the_forms_that_feeds_use_and_never_guessed(new_scratch: NewScratch) -> None:
    written = {
        "2026-09-01": ("2026-09-01", set()),
        "": ("", set()),
        "2026-09-01T00:00:00.000Z": ("2026-09-01", {"row.repaired_date"}),
        "9/1/2026": ("2026-09-01", {"row.repaired_date"}),
        "09/01/2026": ("2026-09-01", {"row.repaired_date"}),
        "20260901": ("2026-09-01", {"row.repaired_date"}),
        "2026-02-30": ("", {"row.ignored_value"}),
        "epoch": ("", {"row.ignored_value"}),
        "soon": ("", {"row.ignored_value"}),
    }
    became = _enrollments_with(new_scratch, [{"beginDate": each} for each in written])
    assert {each: (row["begin_date"], seen) for each, (row, seen) in zip(written, became, strict=True)} == written


def test_a_boolean_is_repaired_and_said(new_scratch: NewScratch) -> None:
    written = {
        "true": ("true", set()),
        "TRUE": ("true", {"row.repaired_boolean"}),
        "1": ("true", {"row.repaired_boolean"}),
        "No": ("false", {"row.repaired_boolean"}),
        "perhaps": ("", {"row.ignored_value"}),
    }
    became = _enrollments_with(new_scratch, [{"primary": each} for each in written])
    assert {each: (row["primary"], seen) for each, (row, seen) in zip(written, became, strict=True)} == written


def test_the_case_of_a_word_is_repaired_and_an_extension_is_kept(new_scratch: NewScratch) -> None:
    became = _enrollments_with(new_scratch, [{"role": "Student"}, {"role": "ext:observer"}])
    assert [(row["role"], seen) for row, seen in became] == [
        ("student", {"row.repaired_word"}),
        ("ext:observer", set()),
    ]


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
    live = first_load(new_scratch, small())
    shuffled = {name: list(reversed(rows)) for name, rows in small().items()}
    made = planned(new_scratch(), TableSource(shuffled), live)
    assert made.changes == 0
    assert sum(each.unchanged for each in made.numbers.values()) == sum(each.live for each in made.numbers.values())


def test_a_later_date_alone_is_no_change(new_scratch: NewScratch) -> None:
    live = first_load(new_scratch, small())
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


def test_faults_are_the_same_whether_it_is_asked_first_if_there_are_any(new_scratch: NewScratch) -> None:
    tests = [CellTest("row.inactive", "status", "a = 1"), CellTest("row.missing_id", "sourcedId", "b > 2")]
    few, many = mask(tests, asks_first=False), mask(tests, asks_first=True)
    rows = new_scratch().rows(f"SELECT {few}, {many} FROM (VALUES (1, NULL), (NULL, 3), (0, 0), (1, 9)) AS cell(a, b)")
    assert rows == [(1, 1), (2, 2), (0, 0), (3, 3)]


def test_a_plan_is_looked_for_again_once_few_rows_were_gone_through_without(new_scratch: NewScratch) -> None:
    scratch = new_scratch()
    with scratch.unimproved():
        assert scratch.beside().rows(_IMPROVED) == [(False,)]
    assert scratch.rows(_IMPROVED) == [(True,)]


def test_the_quick_hash_of_a_row_is_the_same_number(new_scratch: NewScratch) -> None:
    chosen = random.Random(7)
    letters = "aZ0-é界\U0001f600\x00 \n'\""
    texts = ["".join(chosen.choices(letters, k=chosen.randrange(90))) for _ in range(6000)]
    cells = {"a": texts[:2000], "b": texts[2000:4000], "c": texts[4000:]}
    scratch = new_scratch()
    scratch.run(forms.macros())
    scratch.land("CREATE TABLE given AS SELECT * FROM incoming", pa.table(cells))
    made = scratch.rows(f"SELECT {forms.row_hash([*cells])}, {forms.quick_row_hash([*cells])} FROM given")
    prints = (
        hashlib.md5("\x1f".join(row).encode(), usedforsecurity=False) for row in zip(*cells.values(), strict=True)
    )
    assert made == [(number, number) for number in (int(each.hexdigest()[:15], 16) for each in prints)]
