"""A run that only adds: what it takes, what it puts off, and what holds it all the same."""

import pytest

from rosterkeeper.engine.changes import change_table, fingerprint, gone_table
from rosterkeeper.engine.live import LiveRoster
from rosterkeeper.engine.options import Options, Selection
from rosterkeeper.engine.run import Plan
from rosterkeeper.job.telling import told_plan
from rosterkeeper.oneroster.errors import SourceRefused
from rosterkeeper.oneroster.fields import BY_NAME
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Mode
from tests.unit.engine.choices import EVERYONE, NewScratch, Rows, chosen, taken_over, town
from tests.unit.engine.districts import enrollment, user
from tests.unit.engine.tables import TableSource, planned


def adding(
    scratch: Scratch,
    tables: Rows,
    live: LiveRoster,
    *,
    options: Options = EVERYONE,
    undone: str = "",
    modes: dict[str, Mode] | None = None,
) -> Plan:
    """One run that only adds."""
    selection = Selection(options=options, additions_only=True)
    return planned(scratch, TableSource(tables, modes or {}), live, undone=undone, selection=selection)


def later() -> Rows:
    """The town a day later: one student more, one renamed, one gone, and a teacher moved to another class."""
    tables = town()
    people = [row for row in tables["users"] if row["sourcedId"] != "bob"]
    people[0] = people[0] | {"givenName": "Anna"}
    return tables | {
        "users": [*people, user("new", ["north"])],
        "demographics": [{"sourcedId": "ann", "sex": "female"}],
        "enrollments": [
            *(row for row in tables["enrollments"] if row["userSourcedId"] != "bob"),
            enrollment("e-new", "kn-fall", "north", "new"),
            enrollment("e-ann-spring", "kn-spring", "north", "ann"),
        ],
    }


def _ops(scratch: Scratch, entity: str) -> dict[str, str]:
    rows = scratch.rows(f"SELECT sourced_id, op FROM {change_table(BY_NAME[entity])}")
    return {str(sourced_id): str(op) for sourced_id, op in rows}


def test_only_who_is_new_is_taken_and_the_rest_is_counted(new_scratch: NewScratch) -> None:
    live, scratch = taken_over(new_scratch, town()), new_scratch()
    made = adding(scratch, later(), live)
    assert (_ops(scratch, "users"), set(_ops(scratch, "enrollments"))) == ({"new": "add"}, {"e-new", "e-ann-spring"})
    assert not any(scratch.has_relation(gone_table(BY_NAME[name])) for name in made.numbers)
    # With bob goes his only relative.
    assert made.by_options.put_off["users"] == {"update": 1, "remove": 2}
    assert made.by_options.put_off["enrollments"] == {"remove": 1}
    assert (made.by_options.settled, made.reasons) == (False, [])
    told = told_plan(made, scratch, version=1)
    assert (told.outcome, told.code) == ("partial", "partial.additions_only")
    assert "Put off: 1 to update, " in told.what


def test_a_day_with_additions_alone_is_a_day_like_any_other(new_scratch: NewScratch) -> None:
    live, scratch = taken_over(new_scratch, town()), new_scratch()
    more = town() | {"users": [*town()["users"], user("new", ["north"])]}
    made = adding(scratch, more, live)
    assert (made.by_options.put_off, made.by_options.settled) == ({}, True)
    assert told_plan(made, scratch, version=1).outcome == "applied"


def test_somebody_who_was_removed_and_is_back_is_taken(new_scratch: NewScratch) -> None:
    live, scratch = taken_over(new_scratch, town()), new_scratch()
    for row in live.rows_by_entity["users"]:
        if row["sourced_id"] == "bob":
            row["status"] = "tobedeleted"
    adding(scratch, town(), live)
    assert _ops(scratch, "users") == {"bob": "restore"}


def test_half_a_district_gone_neither_leaves_nor_holds_up_who_is_new(new_scratch: NewScratch) -> None:
    live, scratch = taken_over(new_scratch, town()), new_scratch()
    made = adding(scratch, later() | {"enrollments": [], "demographics": []}, live)
    assert (made.reasons, _ops(scratch, "users")) == ([], {"new": "add"})
    assert made.by_options.put_off["enrollments"] == {"emptied": 4}
    assert "all enrollments, of which the source gave none" in told_plan(made, scratch, version=1).what


def test_the_same_people_under_new_ids_are_not_taken_in_twice(new_scratch: NewScratch) -> None:
    crowd = town() | {"users": [user(f"u{number}", ["north"]) for number in range(40)], "enrollments": []}
    live, scratch = taken_over(new_scratch, crowd | {"demographics": []}), new_scratch()
    again = [row | {"sourcedId": f"x{row['sourcedId']}"} for row in crowd["users"]]
    made = adding(scratch, crowd | {"users": again, "demographics": []}, live)
    assert {reason.code for reason in made.reasons} == {"hold.rekeyed"}


def test_changed_options_remove_nobody_and_stay_to_be_settled(new_scratch: NewScratch) -> None:
    live, scratch = taken_over(new_scratch, town()), new_scratch()
    made = adding(scratch, later(), live, options=chosen(excluded_schools=("south",)))
    assert (made.reasons, made.by_options.removed, made.by_options.settled) == ([], {}, False)
    assert _ops(scratch, "users") == {"new": "add"}


@pytest.mark.parametrize("only_additions_were_undone", [True, False])
def test_what_was_undone_waits_here_too(new_scratch: NewScratch, only_additions_were_undone: bool) -> None:
    live, before = taken_over(new_scratch, town()), new_scratch()
    if only_additions_were_undone:
        adding(before, later(), live)
    else:
        planned(before, TableSource(later()), live, selection=Selection(options=EVERYONE))
    made = adding(new_scratch(), later(), live, undone=fingerprint(before))
    assert {reason.code for reason in made.reasons} == {"hold.undone"}


def test_a_delta_is_refused_because_the_rest_of_it_would_be_lost(new_scratch: NewScratch) -> None:
    live = taken_over(new_scratch, town())
    with pytest.raises(SourceRefused) as caught:
        adding(new_scratch(), town(), live, modes={"users": Mode.DELTA})
    assert caught.value.code == "source.delta_only_adds"
