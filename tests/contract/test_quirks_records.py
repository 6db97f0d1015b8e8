"""Quirks of answers and of cells: the same roster in other words is the same, and what is no roster is refused."""

import pytest

from rosterkeeper.sample import Wanted
from tests.contract.quirks import Ask, Lab, Pulled, Run, of_quirks, some

SAME: dict[str, list[str]] = {
    "bool-words": ["booleans@users,booleans-numbers@enrollments,booleans-capitals@demographics"],
    "cl-enabled-strings": ["booleans-capitals@users"],
    "envelope-variants": ["bare-list@orgs,data-wrapper@users,bare-list@enrollments"],
    "ref-as-string": ["refs-text,parent-empty"],
    "null-lists": ["blank-lists=null@users,blank-lists=text@classes,blank-lists=missing@courses"],
    "enum-case": ["words-upper"],
    "dates-blank": ["dates-moments"],
    "null-word-email": ["null-word"],
    "skyward-dupes": ["rows-twice", "rows-twice,no-total"],
    "endpoints-missing": ["withheld=404@schools,withheld=404@terms,withheld=404@students"],
    "filter-unreliable": ["filter-empties,filter-ignored"],
}
REFUSED = {
    "envelope-by-type": {"no-collection": "source.not_oneroster"},
    "envelope-variants": {"data-wrapper=stuff": "source.not_oneroster"},
    "success-shaped-failure": {
        "no-collection": "source.not_oneroster",
        "null-collection": "source.not_oneroster",
        "failure-200": "source.not_oneroster",
        "html-200": "source.not_json",
    },
}
# Cells in which nothing is said are compared elsewhere.
_NOT_SAID = {"null-word-email": ("phone", "sms", "middle_name", "row_hash")}


@of_quirks("quirk", SAME)
@pytest.mark.covers("R01", "L02")
def test_the_same_roster_in_other_words_is_the_same_roster(quirk: str, lab: Lab, loaded: Run) -> None:
    apart = _NOT_SAID.get(quirk, ())
    for faults in SAME[quirk]:
        made = lab.run(faults, first=True)
        assert (faults, made.error, made.without(*apart)) == (faults, None, loaded.without(*apart))


@of_quirks("quirk", REFUSED)
@pytest.mark.covers("R01")
def test_an_answer_that_is_no_collection_is_never_an_empty_one(quirk: str, lab: Lab) -> None:
    for faults, code in REFUSED[quirk].items():
        pulled = lab.pull(some(Wanted(*faults.partition("=")[::2], on=("users",))))
        assert (faults, pulled.code, pulled.rows) == (faults, code, {})


@of_quirks("quirk", ["numeric-ids"])
def test_an_id_as_a_number_is_the_same_id_as_text(quirk: str, lab: Lab) -> None:
    numbers, digits = lab.pull("ids-numbers"), lab.pull("ids-digits")
    assert (numbers.code, numbers.digests) == ("", digits.digests)


@of_quirks("quirk", ["id-case"])
def test_ids_that_differ_in_case_are_two(quirk: str, lab: Lab, loaded: Run) -> None:
    made = lab.run("id-twin", first=True)
    ids = made.column("orgs", "sourced_id")
    assert len(ids) == len(loaded.changes["orgs"]) + 1
    assert len({each.lower() for each in ids}) == len(ids) - 1
    assert {name: each for name, each in made.digests.items() if name != "orgs"} == {
        name: each for name, each in loaded.digests.items() if name != "orgs"
    }


@of_quirks("quirk", ["id-charset"])
def test_any_letter_may_stand_in_an_id(quirk: str, lab: Lab, loaded: Run) -> None:
    made = lab.run("ids-odd", first=True)
    assert made.count("rejected") == {}
    assert {name: len(rows) for name, rows in made.changes.items()} == {
        name: len(rows) for name, rows in loaded.changes.items()
    }
    assert set(made.column("orgs", "sourced_id")) == {
        f"{each}|:_ /é%2F'\"\\" for each in loaded.column("orgs", "sourced_id")
    }


@of_quirks("quirk", ["aeries-ids"])
def test_a_prefix_is_part_of_the_id(quirk: str, lab: Lab, loaded: Run) -> None:
    made = lab.run("ids-staff", first=True)
    assert made.column("users", "sourced_id") == [f"TCH_{each}" for each in loaded.column("users", "sourced_id")]
    assert made.count("rejected") == {}


@of_quirks("quirk", ["version-path-mix"])
def test_roles_beside_a_role_say_the_same(quirk: str, lab: Lab, loaded: Run) -> None:
    made = lab.run("role-and-roles", first=True)
    assert _roles(made) == _roles(loaded)
    assert made.digests["users"] == loaded.digests["users"]


def _roles(made: Run) -> set[tuple[str, str, str]]:
    return {(row["user_sourced_id"], row["role"], row["org_sourced_id"]) for row in made.changes["roles"]}


@of_quirks("quirk", ["enum-extended"])
def test_a_vendors_word_is_read_where_it_is_known_and_kept_out_where_it_is_not(
    quirk: str, lab: Lab, loaded: Run
) -> None:
    departments = lab.run("departments", first=True)
    assert "department" in departments.column("orgs", "type")
    unknown = lab.run("role-word=librarian")
    assert (unknown.count("remove"), unknown.count("update")) == ({}, {})
    assert {"row.invalid_value", "reference.rejected"} & unknown.codes
    inactive = lab.run("status-word=inactive")
    assert "row.inactive" in inactive.codes
    assert inactive.reasons & {"hold.emptied", "hold.remove_percent"}


@of_quirks("quirk", ["rediker-no-schools"])
def test_people_of_departments_stay_where_there_is_no_school(quirk: str, lab: Lab, loaded: Run) -> None:
    made = lab.run("departments", first=True)
    assert "reference.not_a_school" in made.codes
    assert made.count("rejected") == {}
    assert made.without("type", "row_hash")["users"] == loaded.without("type", "row_hash")["users"]
    assert made.digests["enrollments"] == loaded.digests["enrollments"]


@of_quirks("quirk", ["dates-blank"])
def test_a_blank_date_is_open(quirk: str, lab: Lab, loaded: Run) -> None:
    made = lab.run("dates-blank", first=True)
    assert set(made.column("enrollments", "begin_date") + made.column("enrollments", "end_date")) == {""}
    dates = ("begin_date", "end_date", "row_hash")
    assert made.without(*dates) == loaded.without(*dates)


@of_quirks("quirk", ["grades-field"])
def test_every_grade_is_kept(quirk: str, lab: Lab) -> None:
    grades = lab.run("grades-many", first=True).column("users", "grades")
    assert all('"12"' in each and '"KG"' in each and '"02"' in each for each in grades if each)
    assert any(grades)


@of_quirks("quirk", ["null-word-email"])
@pytest.mark.parametrize("word", ["n/a"])
def test_a_word_for_nothing_is_no_address(quirk: str, word: str, lab: Lab, loaded: Run) -> None:
    made = lab.run(some(Wanted("null-word", value=word)), first=True)
    assert made.column("users", "email") == loaded.column("users", "email")
    assert "" in loaded.column("users", "email")


@of_quirks("quirk", ["demographics-403"])
@pytest.mark.parametrize("status", [403, 404, 501])
def test_demographics_that_are_not_shared_do_not_fail_the_run(quirk: str, status: int, lab: Lab, truth: Pulled) -> None:
    pulled = lab.pull(some(Wanted("withheld", value=status)))
    assert (pulled.code, dict(pulled.findings)) == ("", {"table.not_shared": 1})
    assert pulled.digests | {"demographics": None} == truth.digests | {"demographics": None}


@of_quirks("quirk", ["endpoints-missing"])
def test_a_collection_that_is_missing_is_left_as_it_is(quirk: str, lab: Lab) -> None:
    made = lab.run(some(Wanted("withheld", value=404, on=("courses",))))
    assert made.judged is not None
    assert made.judged.left_alone == ["courses"]
    assert (made.count("remove"), made.count("update")) == ({}, {})


@of_quirks("quirk", ["pii-in-payload"])
@pytest.mark.covers("L02")
def test_a_password_is_landed_nowhere(quirk: str, lab: Lab) -> None:
    pulled = lab.pull("secrets")
    assert pulled.digests["users"][0] == 120
    assert "hunter2" not in repr(pulled.rows)


@of_quirks("quirk", ["ic-username-required", "building-match", "cascade-errors"])
def test_who_refers_to_what_is_not_there_is_told_and_counted(quirk: str, lab: Lab, loaded: Run) -> None:
    missing = {"ic-username-required": "users", "building-match": "orgs", "cascade-errors": "classes"}[quirk]
    made = lab.run(some(Wanted("dangling", value=40, on=(missing,))), first=True)
    gone = len(loaded.changes[missing]) - len(made.changes[missing])
    assert gone > 0
    assert made.codes & {"reference.missing", "reference.dropped"}
    told, kept = made.count("rejected"), {name: len(rows) for name, rows in made.changes.items()}
    for name in ("classes", "enrollments"):
        left = gone if name == missing else 0
        assert kept.get(name, 0) + told.get(name, 0) + left == len(loaded.changes[name])


def test_a_mark_before_the_json_is_not_part_of_it(lab: Lab, truth: Pulled) -> None:
    pulled = lab.pull(Ask("gzip,byte-order-mark"))
    assert (pulled.code, pulled.digests) == ("", truth.digests)
