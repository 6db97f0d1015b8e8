"""diff and guard: what would change, and what makes it wait."""

from collections.abc import Callable

import pytest

from rosterkeeper.engine.changes import fingerprint
from rosterkeeper.engine.guard_limits import Limits
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Mode
from tests.unit.engine.districts import small, user
from tests.unit.engine.tables import TableSource, first_load, planned

NewScratch = Callable[[], Scratch]
Rows = dict[str, list[dict[str, str]]]


def _without(tables: Rows, people: set[str]) -> Rows:
    """The district without those people and all that is theirs."""
    return tables | {
        "users": [row for row in tables["users"] if row["sourcedId"] not in people],
        "demographics": [row for row in tables["demographics"] if row["sourcedId"] not in people],
        "enrollments": [row for row in tables["enrollments"] if row["userSourcedId"] not in people],
    }


def _codes(reasons: list[object]) -> set[str]:
    return {str(getattr(reason, "code", "")) for reason in reasons}


def test_each_operation_is_counted(new_scratch: NewScratch) -> None:
    live = first_load(new_scratch, small())
    for row in live.rows_by_entity["users"]:
        if row["sourced_id"] == "u5":
            row["status"] = "tobedeleted"
    later = _without(small(), {"u0"})
    later["users"][2]["familyName"] = "Byron"
    later["users"].append(user("new", ["s0"]))
    numbers = planned(new_scratch(), TableSource(later), live).numbers["users"]
    assert (numbers.add, numbers.update, numbers.remove, numbers.restore, numbers.unchanged) == (1, 1, 1, 1, 37)


@pytest.mark.covers("N07")
def test_a_delta_removes_only_what_it_says(new_scratch: NewScratch) -> None:
    live = first_load(new_scratch, small())
    delta = {"users": [user("u0", ["s0"], status="tobedeleted"), user("u1", ["s1"], givenName="Eve", status="active")]}
    made = planned(new_scratch(), TableSource(delta, {"users": Mode.DELTA}), live)
    users = made.numbers["users"]
    assert (users.remove, users.update, users.add) == (1, 1, 0)
    assert made.numbers["roles"].remove == 1


def test_a_delta_about_an_unknown_removed_record_does_nothing(new_scratch: NewScratch) -> None:
    live = first_load(new_scratch, small())
    delta = {"users": [user("never", ["s0"], status="tobedeleted")]}
    assert planned(new_scratch(), TableSource(delta, {"users": Mode.DELTA}), live).changes == 0


def test_a_delta_of_a_flat_user_replaces_its_roles(new_scratch: NewScratch) -> None:
    live = first_load(new_scratch, small())
    delta = {"users": [user("u0", ["s1"])]}
    roles = planned(new_scratch(), TableSource(delta, {"users": Mode.DELTA}), live).numbers["roles"]
    assert (roles.add, roles.remove) == (1, 1)


def test_a_type_that_loses_more_than_the_limit_holds_all(new_scratch: NewScratch) -> None:
    live = first_load(new_scratch, small(100))
    gone = {f"u{number}" for number in range(12)}
    made = planned(new_scratch(), TableSource(_without(small(100), gone)), live)
    assert "hold.remove_percent" in _codes([*made.reasons])
    assert made.held_schools == []


def test_ten_percent_and_five_records_pass(new_scratch: NewScratch) -> None:
    live = first_load(new_scratch, small(100))
    ten = {f"u{number}" for number in range(10)}
    assert planned(new_scratch(), TableSource(_without(small(100), ten)), live).reasons == []
    live = first_load(new_scratch, small(8))
    five = {f"u{number}" for number in range(5)}
    assert planned(new_scratch(), TableSource(_without(small(8), five)), live).reasons == []


def test_an_emptied_collection_holds_and_removes_nothing(new_scratch: NewScratch) -> None:
    live = first_load(new_scratch, small())
    made = planned(new_scratch(), TableSource(small() | {"users": []}), live)
    assert "hold.emptied" in _codes([*made.reasons])
    assert made.numbers["users"].remove == 0
    assert made.numbers["roles"].remove == 0


def test_an_empty_collection_is_legal_where_nothing_wasfirst_load(new_scratch: NewScratch) -> None:
    without = {name: rows for name, rows in small().items() if name != "demographics"}
    live = first_load(new_scratch, without)
    assert planned(new_scratch(), TableSource(without | {"demographics": []}), live).reasons == []


def test_a_collection_that_is_not_part_of_the_pull_is_left_alone(new_scratch: NewScratch) -> None:
    live = first_load(new_scratch, small())
    without = {name: rows for name, rows in small().items() if name != "demographics"}
    made = planned(new_scratch(), TableSource(without), live)
    assert made.changes == 0
    assert "demographics" not in made.numbers


def test_one_school_gone_holds_that_school_and_lets_the_rest_through(new_scratch: NewScratch) -> None:
    live = first_load(new_scratch, small(600, 60))
    later = _without(small(600, 60), {f"u{number}" for number in range(7, 600, 60)})
    later["users"][0]["givenName"] = "Zoe"
    made = planned(new_scratch(), TableSource(later), live)
    assert made.held_schools == ["s7"]
    assert "School 7" in made.reasons[0].says
    users = made.numbers["users"]
    assert (users.update, users.remove, users.held) == (1, 0, 10)
    assert made.numbers["enrollments"].held == 10


def test_the_same_people_under_new_ids_are_named(new_scratch: NewScratch) -> None:
    live = first_load(new_scratch, small())
    again = small()
    for row in again["users"]:
        row["sourcedId"] = f"x-{row['sourcedId']}"
    for row in again["demographics"]:
        row["sourcedId"] = f"x-{row['sourcedId']}"
    for row in again["enrollments"]:
        row["userSourcedId"] = f"x-{row['userSourcedId']}"
    made = planned(new_scratch(), TableSource(again), live)
    assert "hold.rekeyed" in _codes([*made.reasons])


def test_removals_of_a_term_that_has_ended_do_not_count(new_scratch: NewScratch) -> None:
    live = first_load(new_scratch, small())
    over = small() | {"classes": small()["classes"][:1], "enrollments": small()["enrollments"][:4]}
    over["enrollments"] = [row for row in over["enrollments"] if row["classSourcedId"] == "k0"]
    during = planned(new_scratch(), TableSource(over), live, today="2026-10-01")
    after = planned(new_scratch(), TableSource(over), live, today="2027-01-15")
    assert "hold.remove_percent" in _codes([*during.reasons])
    assert after.reasons == []
    assert after.numbers["enrollments"].remove == during.numbers["enrollments"].remove == 38


def test_a_third_of_bad_rows_holds_and_one_does_not(new_scratch: NewScratch) -> None:
    live = first_load(new_scratch, small())
    bad = small()
    for row in bad["demographics"][:12]:
        row["sourcedId"] = f"ghost-{row['sourcedId']}"
    assert "hold.reject_percent" in _codes([*planned(new_scratch(), TableSource(bad), live).reasons])
    one = small()
    one["classes"][0]["title"] = ""
    assert planned(new_scratch(), TableSource(one), live).reasons == []


def test_count_limits_hold_when_they_are_set(new_scratch: NewScratch) -> None:
    live = first_load(new_scratch, small())
    later = _without(small(), {"u0"})
    limits = Limits(remove_count={"users": 0})
    assert planned(new_scratch(), TableSource(later), live).reasons == []
    made = planned(new_scratch(), TableSource(later), live, limits=limits)
    assert _codes([*made.reasons]) == {"hold.remove_count"}


def test_too_many_updates_hold(new_scratch: NewScratch) -> None:
    live = first_load(new_scratch, small())
    later = small()
    for row in later["users"][:31]:
        row["familyName"] = "Byron"
    assert _codes([*planned(new_scratch(), TableSource(later), live).reasons]) == {"hold.update_percent"}


def test_a_first_load_never_holds(new_scratch: NewScratch) -> None:
    bad = small()
    for row in bad["users"][:20]:
        row["role"] = "wizard"
    assert planned(new_scratch(), TableSource(bad)).reasons == []


def test_a_change_that_was_undone_waits(new_scratch: NewScratch) -> None:
    live = first_load(new_scratch, small())
    later = _without(small(), {"u0"})
    scratch = new_scratch()
    planned(scratch, TableSource(later), live)
    undone = fingerprint(scratch)
    made = planned(new_scratch(), TableSource(later), live, undone=undone)
    assert _codes([*made.reasons]) == {"hold.undone"}
    other = _without(small(), {"u1"})
    assert planned(new_scratch(), TableSource(other), live, undone=undone).reasons == []
