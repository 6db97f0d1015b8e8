"""The pages of parents: with their children both ways, and those who were left out with the reason."""

import pytest

from rosterkeeper.features.accounts.rights import Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.people import left_out, parents
from rosterkeeper.features.people.models import Person
from tests.pages.households import leave_out, person, settle
from tests.pages.site import Site, text_of

PATH = "/directory/{}/parents/"


@pytest.fixture
def families(synced: Site) -> Site:
    """A site with a few families."""
    settle(synced.connection())
    return synced


@pytest.mark.covers("L20")
def test_a_parent_is_listed_with_every_child_and_the_relationship(families: Site) -> None:
    text = text_of(families.administrator.get(PATH.format(families.connection().district_id)))
    assert all(each in text for each in ("Mum Field", "mum@example.org", "Kid Field", "Sis Field", "guardian"))
    assert "mum@home.example" in text
    assert "Dad Field" not in text


def test_staff_who_are_parents_have_a_list_of_their_own(families: Site) -> None:
    text = text_of(families.administrator.get(PATH.format(families.connection().district_id) + "?kind=staff"))
    assert "Dad Field" in text
    assert "none, so no access" in text
    assert "Mum Field" not in text


def test_the_families_of_a_person_are_known_both_ways(families: Site) -> None:
    assert [each.record.name for each in parents.parents_of(Person.objects.get(pk=2))] == ["Dad Field", "Mum Field"]
    assert [each.record.name for each in parents.children_of(Person.objects.get(pk=1))] == ["Kid Field", "Sis Field"]


def test_parents_come_a_page_at_a_time_in_the_order_of_names(families: Site) -> None:
    north = families.connection()
    for number in range(10, 15):
        person(north, number, f"p{number}", "parent")
    Person.objects.filter(pk=12).update(result="disputed")
    found: list[int] = []
    page = parents.Page(after="{}")
    while page.after:
        page = parents.parents(north.district_id, parents.Wanted(), after=page.after, number=2)
        found += [each.person.pk for each in page.rows]
    assert found == [1, 10, 11, 12, 13, 14]


@pytest.mark.covers("R05", "R06")
def test_who_was_left_out_is_listed_with_the_reason_and_the_next_step_and_is_no_parent(families: Site) -> None:
    north = families.connection()
    district = north.district_id
    leave_out(north, "P-1", "option.parent_without_email")
    leave_out(north, "P-2", "option.parent_without_student")
    leave_out(north, "S-9", "option.grade")
    text = text_of(families.administrator.get(PATH.format(district) + "left-out/"))
    assert all(each in text for each in ("P-1", "P-2", "Give the parent an e-mail address at the source"))
    assert "S-9" not in text
    assert "P-1" not in text_of(families.administrator.get(PATH.format(district)))
    entry = Entry.objects.get(action="people.left_out_listed")
    assert entry.keys == [f"user:{north.pk}:P-1", f"user:{north.pk}:P-2"]


@pytest.mark.covers("R05")
def test_those_left_out_are_narrowed_to_a_reason_and_to_a_school(families: Site) -> None:
    north = families.connection()
    district = north.district_id
    for number in range(5):
        leave_out(north, f"P-{number}", "option.parent_without_email", '["s1"]' if number % 2 else '["s10"]')
    leave_out(north, "R-1", "option.relationship", '["s1"]')
    wanted = left_out.Wanted("option.parent_without_email", north.pk, "s1")
    assert [each.sourced_id for each in left_out.left_out(district, wanted).rows] == ["P-1", "P-3"]
    first = left_out.left_out(district, left_out.Wanted(), number=4)
    rest = left_out.left_out(district, left_out.Wanted(), after=first.after, number=4)
    assert [each.sourced_id for each in (*first.rows, *rest.rows)] == [*(f"P-{n}" for n in range(5)), "R-1"]
    assert left_out.numbers(district)["option.relationship"] == 1


@pytest.mark.covers("L20")
def test_a_connection_without_parents_says_which_option_is_off(families: Site) -> None:
    text = text_of(families.administrator.get(PATH.format(families.connection().district_id)))
    assert "Sync Parent Data is off" in text


@pytest.mark.parametrize("path", ["", "left-out/"])
def test_another_district_is_like_one_that_is_not_there(families: Site, path: str) -> None:
    assert families.administrator.get(PATH.format(99) + path).status_code == 404
    assert families.signed_in(Role.SCHOOL).get(PATH.format(families.connection().district_id) + path).status_code == 403


def test_a_person_s_page_tells_the_family(families: Site) -> None:
    kid, mum = Person.objects.get(pk=2), Person.objects.get(pk=1)
    address = f"/directory/{families.connection().district_id}/person/{{}}/"
    assert all(each in text_of(families.administrator.get(address.format(kid.uid))) for each in ("Mum Field", "Family"))
    assert "Sis Field" in text_of(families.administrator.get(address.format(mum.uid)))
