"""Quirks of people and classes: nobody is merged, renamed or lost because two records look alike or one says less."""

import pytest

from rosterkeeper.engine.options import Options
from rosterkeeper.sample import Wanted
from tests.contract.quirks import Lab, Run, of_quirks, some

ROLES_OF_FAMILY = ("guardian", "parent", "relative")


@of_quirks("quirk", ["email-key", "email-shared", "email-taken"])
@pytest.mark.covers("L02")
def test_people_are_known_by_their_id_whatever_their_address(quirk: str, lab: Lab, loaded: Run) -> None:
    first = lab.run("email-shared", first=True)
    assert first.column("users", "sourced_id") == loaded.column("users", "sourced_id")
    assert first.digests["enrollments"] == loaded.digests["enrollments"]
    later = lab.run("email-shared")
    assert later.count("add") == later.count("remove") == {}


@of_quirks("quirk", ["email-case-space"])
def test_an_address_is_trimmed_and_otherwise_kept(quirk: str, lab: Lab, loaded: Run) -> None:
    made = lab.run("email-padded", first=True)
    assert made.column("users", "email") == [each.upper() for each in loaded.column("users", "email")]


@of_quirks("quirk", ["teacher-many-records"])
def test_two_records_of_one_person_stay_two(quirk: str, lab: Lab, loaded: Run) -> None:
    made = lab.run(some(Wanted("id-twin", on=("users",))), first=True)
    assert len(made.changes["users"]) == len(loaded.changes["users"]) + 1
    names = made.column("users", "username")
    assert len(set(names)) == len(names) - 1


@of_quirks("quirk", ["multi-school-primary"])
def test_every_org_of_a_person_is_kept(quirk: str, lab: Lab, loaded: Run) -> None:
    orgs: dict[str, set[str]] = {}
    for row in loaded.changes["roles"]:
        orgs.setdefault(row["user_sourced_id"], set()).add(row["org_sourced_id"])
    assert max(map(len, orgs.values())) > 1
    assert len(orgs) == len(loaded.changes["users"])


@of_quirks("quirk", ["ic-guardian", "guardian-needs-email"])
@pytest.mark.covers("L20")
def test_a_relative_is_a_relative_and_nobody_of_a_family_comes_unasked(quirk: str, lab: Lab) -> None:
    relatives = some(Wanted("role-word", value="relative", on=("users",)))
    made = lab.run(relatives, first=True)
    assert set(made.column("roles", "role")) == {"relative"}
    unasked = lab.run(first=True, options=Options())
    assert not {*unasked.column("roles", "role")} & {*ROLES_OF_FAMILY}
    assert unasked.changes["users"]


@of_quirks("quirk", ["focus-highest-profile"])
def test_who_teaches_is_known_from_enrollments(quirk: str, lab: Lab, loaded: Run) -> None:
    made = lab.run(some(Wanted("role-word", value="administrator", on=("users",))), first=True)
    assert made.digests["enrollments"] == loaded.digests["enrollments"]
    assert "teacher" in made.column("enrollments", "role")


@of_quirks("quirk", ["class-no-term"])
def test_a_class_without_a_term_is_a_class(quirk: str, lab: Lab, loaded: Run) -> None:
    made = lab.run("no-terms", first=True)
    assert made.column("classes", "sourced_id") == loaded.column("classes", "sourced_id")
    assert made.digests["enrollments"] == loaded.digests["enrollments"]


@of_quirks("quirk", ["same-title"])
def test_classes_of_one_title_stay_apart(quirk: str, lab: Lab, loaded: Run) -> None:
    made = lab.run("title-same", first=True)
    assert set(made.column("classes", "title")) == {"Sci5"}
    assert made.without("title", "row_hash") == loaded.without("title", "row_hash")


@of_quirks("quirk", ["name-chars", "noise-classes"])
def test_a_title_is_kept_as_it_is_and_leaves_no_class_out(quirk: str, lab: Lab, loaded: Run) -> None:
    made = lab.run("titles", first=True)
    assert made.column("classes", "title") == [f'{each} \\ : * ? " Lunch' for each in loaded.column("classes", "title")]


@of_quirks("quirk", ["co-teachers"])
def test_every_teacher_of_a_class_is_kept_also_where_none_is_said_to_be_first(
    quirk: str, lab: Lab, loaded: Run
) -> None:
    made = lab.run(some(Wanted("left-out", on=("enrollments",))), first=True)
    assert set(made.column("enrollments", "primary")) == {""}
    assert made.without("primary", "row_hash") == loaded.without("primary", "row_hash")


@of_quirks("quirk", ["teachers-without-class"])
def test_teachers_without_a_class_are_teachers(quirk: str, lab: Lab, loaded: Run) -> None:
    made = lab.run(some(Wanted("emptied", on=("enrollments",))), first=True)
    assert made.digests["users"] == loaded.digests["users"]
    assert made.digests["roles"] == loaded.digests["roles"]
