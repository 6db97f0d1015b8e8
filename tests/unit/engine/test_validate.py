"""validate: what keeps a record out, what keeps a known value, and what only tells."""

from collections.abc import Callable

import pytest

from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.oneroster.fields import ORGS, USERS
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Mode
from tests.unit.engine.districts import enrollment, small, user
from tests.unit.engine.tables import KeptRoster, Tables, TableSource, applied, codes, first_load, found, planned

NewScratch = Callable[[], Scratch]


def _live(new_scratch: NewScratch, tables: Tables | None = None) -> KeptRoster:
    return first_load(new_scratch, tables or small())


def test_a_clean_district_has_no_findings(new_scratch: NewScratch) -> None:
    scratch = new_scratch()
    made = planned(scratch, TableSource(small()))
    assert codes(scratch) == set()
    assert made.first
    assert made.numbers["users"].add == 40


def test_a_record_without_its_title_stays_out_and_its_live_row_stays(new_scratch: NewScratch) -> None:
    live = _live(new_scratch)
    bad = small()
    bad["classes"][0]["title"] = ""
    scratch = new_scratch()
    made = planned(scratch, TableSource(bad), live)
    assert found(scratch) == {("row.missing_required", "k0", "title")}
    assert (made.numbers["classes"].rejected, made.numbers["classes"].remove) == (1, 0)
    assert made.numbers["enrollments"].unchanged == 40
    assert made.changes == 0


def test_what_refers_to_a_record_that_was_kept_out_is_never_removed(new_scratch: NewScratch) -> None:
    live = _live(new_scratch)
    bad = small()
    bad["classes"][0]["title"] = ""
    bad["enrollments"] = [row for row in bad["enrollments"] if row["classSourcedId"] != "k0"]
    made = planned(new_scratch(), TableSource(bad), live)
    assert made.numbers["enrollments"].remove == 0


def test_a_user_kept_out_keeps_the_roles_that_its_record_would_have_said(new_scratch: NewScratch) -> None:
    live = _live(new_scratch)
    bad = small()
    bad["users"][0]["role"] = "wizard"
    made = planned(new_scratch(), TableSource(bad), live)
    assert (made.numbers["users"].rejected, made.numbers["users"].remove, made.numbers["roles"].remove) == (1, 0, 0)


def test_a_row_without_an_id_makes_absence_prove_nothing(new_scratch: NewScratch) -> None:
    live = _live(new_scratch)
    bad = small()
    bad["users"][0]["sourcedId"] = ""
    scratch = new_scratch()
    made = planned(scratch, TableSource(bad), live)
    assert "row.missing_id" in codes(scratch)
    assert made.numbers["users"].remove == 0


def test_two_records_with_one_id_stay_out_and_two_alike_are_one(new_scratch: NewScratch) -> None:
    tables = small()
    tables["users"].append(dict(tables["users"][0]))
    tables["users"].append(tables["users"][1] | {"givenName": "Eve"})
    scratch = new_scratch()
    made = planned(scratch, TableSource(tables))
    assert {("row.repeated", "u0", "sourcedId"), ("row.duplicate_id", "u1", "sourcedId")} <= found(scratch)
    assert made.numbers["users"].add == 39
    assert made.numbers["users"].rejected == 2


def test_ids_that_differ_in_case_are_two_records(new_scratch: NewScratch) -> None:
    tables = small()
    tables["users"].append(user("U0", ["s0"]))
    scratch = new_scratch()
    assert planned(scratch, TableSource(tables)).numbers["users"].add == 41
    assert codes(scratch) == set()


def test_a_reference_to_nothing_keeps_the_record_out(new_scratch: NewScratch) -> None:
    tables = small()
    tables["enrollments"].append(enrollment("lost", "nowhere", "s0", "u0"))
    scratch = new_scratch()
    made = planned(scratch, TableSource(tables))
    assert found(scratch) == {("reference.missing", "lost", "classSourcedId")}
    assert made.numbers["enrollments"].add == 40


def test_a_reference_to_a_rejected_record_says_so(new_scratch: NewScratch) -> None:
    tables = small()
    tables["classes"][0]["title"] = ""
    scratch = new_scratch()
    planned(scratch, TableSource(tables))
    assert ("reference.rejected", "e0", "classSourcedId") in found(scratch)


def test_a_delta_may_point_at_records_delivered_earlier(new_scratch: NewScratch) -> None:
    live = _live(new_scratch)
    delta = {"enrollments": [enrollment("late", "k0", "s0", "u1")]}
    scratch = new_scratch()
    made = planned(scratch, TableSource(delta, {"enrollments": Mode.DELTA}), live)
    assert codes(scratch) == set()
    assert (made.numbers["enrollments"].add, made.numbers["enrollments"].remove) == (1, 0)


def test_what_a_delta_points_at_is_not_judged_without_the_roster_it_belongs_to(new_scratch: NewScratch) -> None:
    delta = {"enrollments": [enrollment("late", "k0", "s0", "u1")]}
    scratch = new_scratch()
    assert planned(scratch, TableSource(delta, {"enrollments": Mode.DELTA})).rejected == 0
    bulk = new_scratch()
    assert planned(bulk, TableSource(delta)).rejected == 1


def test_a_reference_resolves_in_the_districts_other_connections(new_scratch: NewScratch) -> None:
    tables = {"demographics": [{"sourcedId": "theirs", "sex": "male"}]}
    scratch = new_scratch()
    made = planned(scratch, TableSource(tables), KeptRoster({}, {"users": ["theirs"]}))
    assert codes(scratch) == set()
    assert made.numbers["demographics"].add == 1


def test_a_link_that_a_record_can_do_without_is_ignored(new_scratch: NewScratch) -> None:
    tables = small()
    tables["users"][0]["agentSourcedIds"] = '["u1","ghost"]'
    tables["classes"][0]["termSourcedIds"] = '["gone"]'
    scratch = new_scratch()
    planned(scratch, TableSource(tables))
    assert found(scratch) == {
        ("reference.dropped", "u0", "agentSourcedIds"),
        ("reference.dropped", "k0", "termSourcedIds"),
    }
    agents = scratch.rows(f"SELECT agent_sourced_ids FROM {norm_table(USERS)} WHERE sourced_id = 'u0'")
    assert agents == [('["u1"]',)]


@pytest.mark.covers("L02")
def test_a_masked_name_or_a_bad_value_keeps_what_is_known(new_scratch: NewScratch) -> None:
    live = _live(new_scratch)
    masked = small()
    masked["users"][0] |= {"givenName": "", "familyName": ""}
    masked["demographics"][1]["sex"] = "??"
    scratch = new_scratch()
    made = planned(scratch, TableSource(masked), live)
    assert made.changes == 0
    assert ("row.blank_required", "u0", "givenName") in found(scratch)
    assert ("row.ignored_value", "u1", "sex") in found(scratch)


def test_an_optional_field_that_is_blank_is_blanked(new_scratch: NewScratch) -> None:
    live = _live(new_scratch)
    changed = small()
    changed["users"][0]["email"] = ""
    assert planned(new_scratch(), TableSource(changed), live).numbers["users"].update == 1


def test_parents_in_a_circle_are_told_and_ignored(new_scratch: NewScratch) -> None:
    tables = small()
    tables["orgs"][0]["parentSourcedId"] = "s0"
    scratch = new_scratch()
    planned(scratch, TableSource(tables))
    assert found(scratch) == {
        ("semantic.cycle", "district", "parentSourcedId"),
        ("semantic.cycle", "s0", "parentSourcedId"),
    }
    parents = scratch.rows(f"SELECT parent_sourced_id FROM {norm_table(ORGS)} ORDER BY sourced_id")
    assert parents == [("",), ("",), ("district",)]


def test_a_blank_school_is_the_classes(new_scratch: NewScratch) -> None:
    tables = small()
    tables["enrollments"][1]["schoolSourcedId"] = ""
    scratch = new_scratch()
    made = planned(scratch, TableSource(tables))
    assert {"row.blank_required", "semantic.school_filled"} == codes(scratch)
    assert scratch.rows("SELECT school_sourced_id FROM change_enrollments WHERE sourced_id = 'e1'") == [("s1",)]
    again = planned(new_scratch(), TableSource(small()), applied(scratch))
    assert (made.numbers["enrollments"].add, again.changes) == (40, 0)


def test_what_only_tells(new_scratch: NewScratch) -> None:
    tables = small()
    tables["enrollments"][0] |= {"beginDate": "2026-10-01", "endDate": "2026-09-01"}
    tables["classes"][0] |= {"subjects": '["Math"]', "subjectCodes": '["1","2"]'}
    tables["classes"][1]["schoolSourcedId"] = "district"
    tables["users"].append(user("has space", ["s0"]))
    scratch = new_scratch()
    made = planned(scratch, TableSource(tables))
    assert codes(scratch) == {
        "semantic.dates_reversed",
        "semantic.unpaired_subjects",
        "reference.not_a_school",
        "row.id_form",
    }
    assert made.rejected == 0


@pytest.mark.covers("N06")
def test_a_record_of_a_1_0_feed_that_is_inactive_is_removed(new_scratch: NewScratch) -> None:
    live = _live(new_scratch)
    changed = small()
    changed["users"][0]["status"] = "inactive"
    scratch = new_scratch()
    made = planned(scratch, TableSource(changed), live)
    assert made.numbers["users"].remove == 1
    assert ("row.inactive", "u0", "status") in found(scratch)
