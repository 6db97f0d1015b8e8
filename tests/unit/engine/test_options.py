"""The options of a connection: what each leaves out, what it freezes, and what it must not touch."""

import json

import msgspec
import pytest

from rosterkeeper.engine.options import OPTIONS, Options
from rosterkeeper.oneroster.findings import CODES
from rosterkeeper.sources.contract import Mode
from tests.unit.engine.choices import EVERYONE, NewScratch, Rows, chosen, ran, taken_over, town
from tests.unit.engine.districts import enrollment, user
from tests.unit.engine.tables import KeptRoster

STUDENTS = {"ann", "bob"}
STAFF = {"tom", "tia", "both"}


def _less(tables: Rows, *people: str) -> Rows:
    """The district without those people and what is theirs."""
    return tables | {
        "users": [row for row in tables["users"] if row["sourcedId"] not in people],
        "demographics": [row for row in tables["demographics"] if row["sourcedId"] not in people],
        "enrollments": [row for row in tables["enrollments"] if row["userSourcedId"] not in people],
    }


def test_every_option_is_in_the_one_table_of_options() -> None:
    assert [each.name for each in OPTIONS] == list(Options.__struct_fields__)


@pytest.mark.covers("L17", "L18", "L19", "L20", "L31")
def test_a_new_connection_takes_classrooms_students_and_staff_and_excludes_no_school() -> None:
    assert {each.name: each.in_words(Options()) for each in OPTIONS} == {
        "classrooms": "on",
        "students": "on",
        "staff": "on",
        "parents": "off",
        "relationships": "guardian, parent, relative",
        "all_parents": "off",
        "demographics": "off",
        "excluded_schools": "none",
        "respect_enrolment_date": "off",
        "respect_academic_sessions": "off",
        "days_before": "0",
        "days_after": "0",
        "grades": "all",
        "roles": "all",
    }


@pytest.mark.covers("L17", "R09")
def test_without_classrooms_people_come_and_classes_stay_away(new_scratch: NewScratch) -> None:
    made = ran(new_scratch, town(), chosen(classrooms=False))
    assert made.given("users") >= STUDENTS | STAFF
    assert (made.given("classes"), made.given("courses"), made.given("enrollments")) == (set(), set(), set())


@pytest.mark.covers("L17")
def test_classrooms_switched_off_stay_as_they_are(new_scratch: NewScratch) -> None:
    live = taken_over(new_scratch, town())
    later = town() | {"classes": [], "courses": [], "enrollments": []}
    made = ran(new_scratch, later, chosen(classrooms=False), live)
    assert (made.made.changes, made.codes()) == (0, set())


@pytest.mark.covers("L03", "L20", "R05", "R12")
def test_parents_need_a_type_an_address_and_a_student(new_scratch: NewScratch) -> None:
    made = ran(new_scratch, town(), chosen(relationships=("guardian", "parent")))
    assert made.given("users") == STUDENTS | STAFF | {"gus"}
    assert made.why() == {
        "pia": "option.parent_without_email",
        "lone": "option.parent_without_student",
        "sue": "option.relationship",
    }


@pytest.mark.covers("M27", "R05")
@pytest.mark.parametrize("brings_students", [False, True])
@pytest.mark.parametrize("mode", [Mode.BULK, Mode.DELTA])
def test_parents_may_name_students_whom_another_connection_brings(
    new_scratch: NewScratch, brings_students: bool, mode: Mode
) -> None:
    tables = town()
    family = {"gus", "pia", "sue", "lone"}
    if not brings_students:
        tables["users"] = [row for row in tables["users"] if row["sourcedId"] in family]
    live = KeptRoster({}, {"users": ["ann", "bob"], "orgs": ["town", "north", "south"]})
    only = chosen(students=False, staff=False, classrooms=False)
    made = ran(new_scratch, tables, only, live, modes={"users": mode})
    assert made.given("users") == {"gus"}
    assert made.scratch.rows("SELECT agent_sourced_ids FROM change_users") == [('["ann"]',)]
    assert made.why()["lone"] == "option.parent_without_student"
    # Without the other connection there is no student.
    assert ran(new_scratch, tables, only, KeptRoster({}), modes={"users": mode}).given("users") == set()


@pytest.mark.covers("M27")
def test_an_own_student_who_left_is_not_replaced_by_a_stranger_of_the_same_id(new_scratch: NewScratch) -> None:
    live = taken_over(new_scratch, town())
    later = _less(town(), "ann")
    gone = KeptRoster(live.rows_by_entity, {"users": ["ann"]})
    made = ran(new_scratch, later, EVERYONE, gone)
    assert made.gone("users") >= {"ann", "gus"}


def test_all_parents_are_taken_over_where_that_is_chosen(new_scratch: NewScratch) -> None:
    made = ran(new_scratch, town(), chosen(all_parents=True, relationships=("parent",)))
    assert made.given("users") == STUDENTS | STAFF | {"pia", "lone"}


@pytest.mark.covers("L20")
def test_a_link_from_either_side_makes_a_parent_a_students(new_scratch: NewScratch) -> None:
    made = ran(new_scratch, town())
    assert {"gus", "sue"} <= made.given("users")


@pytest.mark.covers("L20")
def test_without_parents_neither_they_nor_links_to_them_are_stored(new_scratch: NewScratch) -> None:
    made = ran(new_scratch, town(), Options())
    assert made.given("users") == STUDENTS | STAFF
    assert made.scratch.rows("SELECT DISTINCT agent_sourced_ids FROM change_users") == [("",)]
    assert made.given("demographics") == set()


@pytest.mark.covers("L20")
def test_parents_switched_off_later_are_neither_updated_nor_removed(new_scratch: NewScratch) -> None:
    live = taken_over(new_scratch, town())
    later = _less(town(), "gus")
    later["users"][-1]["familyName"] = "Byron"
    made = ran(new_scratch, later, Options(), live)
    assert (made.gone("users"), made.gone("roles")) == (set(), set())
    assert made.given("users") & {"gus", "pia", "sue", "lone"} == set()


@pytest.mark.covers("M20", "M21")
@pytest.mark.parametrize(
    ("off", "frozen", "others"), [("students", STUDENTS, STAFF), ("staff", STAFF, STUDENTS)], ids=["M20", "M21"]
)
def test_a_kind_of_person_switched_off_is_frozen_with_what_is_theirs(
    new_scratch: NewScratch, off: str, frozen: set[str], others: set[str]
) -> None:
    options = chosen(**{off: False})
    first = ran(new_scratch, town(), options)
    assert first.given("users") & (frozen | others) == others
    assert not {"e-ann", "e-tom"} <= first.given("enrollments")

    live = taken_over(new_scratch, town())
    changed = town()
    for row in changed["users"]:
        row["familyName"] = "Byron"
    assert ran(new_scratch, changed, options, live).given("users") & (frozen | others) == others
    left = ran(new_scratch, _less(town(), *frozen), options, live)
    assert (left.gone("users"), left.gone("roles"), left.gone("enrollments")) == (set(), set(), set())


@pytest.mark.covers("L29", "L30", "R19")
def test_an_excluded_school_stays_listed_and_its_classes_and_people_leave(new_scratch: NewScratch) -> None:
    options = chosen(excluded_schools=("south",))
    live = taken_over(new_scratch, town())
    made = ran(new_scratch, town(), options, live, confirmed=True)
    assert made.gone("users") == {"bob", "tia", "sue"}
    assert (made.gone("classes"), made.gone("enrollments")) == ({"ks"}, {"e-bob", "e-tia"})
    assert (made.gone("courses"), made.gone("orgs"), made.gone("demographics")) == ({"csouth"}, set(), {"bob"})
    roles = [row["org_sourced_id"] for row in live.rows_by_entity["roles"] if row["sourced_id"] in made.gone("roles")]
    assert sorted(map(str, roles)) == ["south"] * 4
    assert {made.why()[each] for each in ("bob", "tia", "sue", "ks", "csouth")} == {"option.school_excluded"}
    assert made.made.reasons == []


@pytest.mark.covers("L29")
def test_a_school_that_was_never_taken_over_can_be_as_broken_as_it_likes(new_scratch: NewScratch) -> None:
    made = ran(new_scratch, town(), chosen(excluded_schools=("south",)))
    assert made.given("users") == {"ann", "tom", "both", "gus"}
    assert made.given("orgs") == {"town", "north", "south"}


@pytest.mark.covers("L29")
def test_excluding_the_broken_school_turns_partial_into_success(new_scratch: NewScratch) -> None:
    tables = town()
    live = taken_over(new_scratch, tables)
    tables["classes"][2]["title"] = ""
    tables["demographics"].pop()
    tables["users"][1]["sourcedId"] = tables["users"][3]["sourcedId"] = "twice"
    tables["enrollments"].append(enrollment("e-none", "ks", "south", "nobody"))
    partial = ran(new_scratch, tables, live=live)
    assert partial.made.rejected > 3
    whole = ran(new_scratch, tables, chosen(excluded_schools=("south",)), live, confirmed=True)
    assert (whole.made.rejected, whole.made.reasons) == (0, [])
    assert (whole.gone("classes"), whole.gone("enrollments")) == ({"ks"}, {"e-bob", "e-tia"})
    assert whole.gone("users") == {"bob", "tia", "sue"}


@pytest.mark.covers("L29")
def test_a_bad_row_of_an_included_school_still_counts(new_scratch: NewScratch) -> None:
    tables = town()
    tables["classes"][0]["title"] = ""
    made = ran(new_scratch, tables, chosen(excluded_schools=("south",)))
    assert made.made.numbers["classes"].rejected == 1


@pytest.mark.covers("L30")
def test_a_school_included_again_brings_its_people_back_under_their_ids(new_scratch: NewScratch) -> None:
    live = taken_over(new_scratch, town())
    out = ran(new_scratch, town(), chosen(excluded_schools=("south",)), live)
    for entity, rows in live.rows_by_entity.items():
        gone = out.gone(entity)
        for row in rows:
            row["status"] = "tobedeleted" if row["sourced_id"] in gone else "active"
    back = ran(new_scratch, town(), EVERYONE, live)
    assert back.made.numbers["users"].restore == 3
    assert (back.made.numbers["users"].add, back.gone("users")) == (0, set())
    assert back.made.reasons == []


@pytest.mark.covers("L30")
def test_a_change_of_options_that_removes_waits_until_somebody_agrees(new_scratch: NewScratch) -> None:
    live = taken_over(new_scratch, town())
    options = chosen(excluded_schools=("south",))
    asked = ran(new_scratch, town(), options, live)
    assert asked.codes() == {"hold.options"}
    assert asked.made.by_options.removed["users"] == 3
    assert asked.made.by_options.left_out["option.school_excluded"] == {"classes": 1, "courses": 1, "users": 3}
    assert ran(new_scratch, town(), options, live, confirmed=True).codes() == set()


def test_only_what_the_options_remove_is_pardoned(new_scratch: NewScratch) -> None:
    tables = town()
    tables["users"] += [user(f"n{number}", ["north"]) for number in range(40)]
    live = taken_over(new_scratch, tables)
    later = _less(tables, *(f"n{number}" for number in range(20)))
    made = ran(new_scratch, later, chosen(excluded_schools=("south",)), live, confirmed=True)
    (whole, *_) = made.made.reasons
    assert (whole.code, whole.entity, whole.number) == ("hold.remove_percent", "users", 20)


def test_options_that_were_agreed_to_before_are_counted_by_the_guard(new_scratch: NewScratch) -> None:
    tables = town()
    tables["users"] += [user(f"n{number}", ["north"]) for number in range(40)]
    tables["enrollments"] = [enrollment(f"e{n}", "kn-fall", "north", f"n{n}", endDate="2026-11-01") for n in range(40)]
    options = chosen(respect_enrolment_date=True)
    live = taken_over(new_scratch, tables, options)
    made = ran(new_scratch, tables, options, live, today="2026-11-01", changed=False)
    assert "hold.remove_percent" in made.codes()


@pytest.mark.parametrize("grade", ["9", "09"])
def test_students_of_other_grades_are_left_out(new_scratch: NewScratch, grade: str) -> None:
    tables = town()
    tables["users"].append(user("unknown", ["south"]))
    made = ran(new_scratch, tables, chosen(grades=(grade,)))
    assert made.given("users") == {"ann", "unknown", "gus"} | STAFF
    assert made.why()["bob"] == "option.grade"
    assert "e-bob" not in made.given("enrollments")


def test_roles_that_are_not_chosen_are_left_out_with_who_has_no_other(new_scratch: NewScratch) -> None:
    made = ran(new_scratch, town(), chosen(roles=("student",)))
    assert made.given("users") == STUDENTS
    assert made.given("enrollments") == {"e-ann", "e-bob"}


@pytest.mark.covers("M14", "M15")
def test_a_run_of_buildings_touches_nothing_else(new_scratch: NewScratch) -> None:
    made = ran(new_scratch, town(), only="buildings")
    assert list(made.made.numbers) == ["orgs"]
    assert made.given("orgs") == {"town", "north", "south"}


@pytest.mark.covers("M17", "M18", "M19")
def test_a_run_of_users_links_them_to_known_buildings_and_tells_of_unknown_ones(new_scratch: NewScratch) -> None:
    live = ran(new_scratch, town() | {"orgs": town()["orgs"][:2]}, only="buildings").kept()
    made = ran(new_scratch, town(), live=live, only="users")
    assert set(made.made.numbers) == {"users", "roles", "demographics"}
    rows = made.scratch.rows("SELECT DISTINCT org_sourced_id FROM change_roles")
    assert rows == [("north",)]
    assert made.scratch.count("SELECT count(*) FROM finding WHERE code = 'reference.missing' AND entity = 'roles'") == 4


@pytest.mark.covers("L30")
def test_a_delta_does_not_bring_back_what_was_left_out(new_scratch: NewScratch) -> None:
    options = chosen(excluded_schools=("south",))
    live = taken_over(new_scratch, town(), options)
    delta: Rows = {
        "users": [user("bob", ["south"], status="active", givenName="Rob")],
        "enrollments": [enrollment("e-bob", "ks", "south", "bob", status="active")],
    }
    modes = {"users": Mode.DELTA, "enrollments": Mode.DELTA}
    made = ran(new_scratch, delta, options, live, modes=modes, changed=False)
    assert (made.made.changes, made.made.rejected) == (0, 0)
    assert made.made.by_options.settled is False


@pytest.mark.covers("L30")
def test_a_delta_removes_who_moves_to_an_excluded_school(new_scratch: NewScratch) -> None:
    options = chosen(excluded_schools=("south",))
    live = taken_over(new_scratch, town(), options)
    delta: Rows = {"users": [user("ann", ["south"], status="active")]}
    made = ran(new_scratch, delta, options, live, modes={"users": Mode.DELTA}, changed=False)
    assert made.gone("users") == {"ann"}


def test_every_reason_is_a_note_that_blames_nobody(new_scratch: NewScratch) -> None:
    options = chosen(excluded_schools=("south",), grades=("10",), roles=("student", "guardian"))
    codes = set(ran(new_scratch, town(), options).why().values())
    assert codes
    assert all((CODES[code].severity, CODES[code].conformance) == ("note", False) for code in codes)


def test_equal_options_have_one_fingerprint_and_others_another() -> None:
    stored = json.loads(json.dumps(msgspec.to_builtins(EVERYONE)))
    assert msgspec.convert(stored, Options).fingerprint == EVERYONE.fingerprint
    assert Options().fingerprint != EVERYONE.fingerprint
