"""Searching and listing accounts and persons, on both databases: they find beginnings by different statements."""

import pytest

from rosterkeeper.features.people import listing, queue, queue_search
from rosterkeeper.features.people.models import DirectoryAccount, Person
from rosterkeeper.matching.keys import lookup_key, sort_key
from rosterkeeper.store.folding import fold
from tests.installation import Installation

DISTRICT = 1
NAMES = (("Ada", "Lovelace"), ("Adam", "Lövgren"), ("Grace", "Hopper"), ("Alan", "Mathison Turing"))


@pytest.fixture
def people(opened: Installation) -> Installation:
    """Four people of whom each has an account, and of the same names four who wait for one."""
    for place, (given, family) in enumerate(NAMES):
        username, email = f"User.{place}", f"{given}@Example.org"
        account = DirectoryAccount.objects.create(
            district_id=DISTRICT,
            origin="scim",
            external_id=f"X-{place}",
            kind="staff" if place else "student",
            username=username,
            username_key=lookup_key(username),
            email=email,
            email_key=lookup_key(email),
            given_name=given,
            family_name=family,
            sort_key=sort_key(family, given, "", username),
        )
        for result, number in (("linked", account.pk), ("unmatched", 0)):
            Person.objects.create(
                district_id=DISTRICT,
                kind="staff" if place else "student",
                sourced_id=f"{result}-{place}",
                result=result,
                reason="email" if number else ("no_account", "no_key")[place % 2],
                account_id=number,
                sort_key=f"{fold(family)}\x1f{fold(given)}",
            )
    return opened


def accounts(**wanted: str | bool) -> list[str]:
    """The given names of the accounts that are found."""
    page = listing.accounts(DISTRICT, listing.Wanted(**wanted))  # type: ignore[arg-type]
    return [each.account.given_name for each in page.rows]


def test_accounts_are_found_by_the_beginning_of_whatever_is_typed(people: Installation) -> None:
    assert accounts(text="lov") == ["Ada", "Adam"]
    assert accounts(text="LÖV") == ["Ada", "Adam"]
    assert accounts(text="ada lov") == ["Ada", "Adam"]
    assert accounts(text="Grace") == ["Grace"]
    assert accounts(text="grace@ex") == ["Grace"]
    assert accounts(text="user.3") == ["Alan"]
    assert accounts(text="X-1") == ["Adam"]
    assert accounts(text=DirectoryAccount.objects.get(given_name="Ada").uid) == ["Ada"]
    assert accounts(text="_") == accounts(text="%") == []
    assert accounts(text="lov", kind="student") == ["Ada"]
    assert accounts(text="lov", linked=False) == []


def test_accounts_and_persons_are_listed_a_page_after_the_other(people: Installation) -> None:
    first = listing.accounts(DISTRICT, listing.Wanted(kind="staff"), number=2)
    second = listing.accounts(DISTRICT, listing.Wanted(kind="staff"), after=first.after, number=2)
    assert [each.account.given_name for each in (*first.rows, *second.rows)] == ["Grace", "Adam", "Alan"]
    assert second.after == ""
    one = queue.persons(DISTRICT, queue.Wanted(), number=3)
    rest = queue.persons(DISTRICT, queue.Wanted(), after=one.after, number=3)
    told = [each.person.sourced_id for each in (*one.rows, *rest.rows)]
    assert told == ["unmatched-2", "unmatched-1", "unmatched-3", "unmatched-0"]
    odd = queue.persons(DISTRICT, queue.Wanted(reason="no_key"))
    assert [each.person.sourced_id for each in odd.rows] == ["unmatched-1", "unmatched-3"]


def test_the_queue_is_searched_by_family_and_given_names(people: Installation) -> None:
    def found(text: str, wanted: queue.Wanted = queue.Wanted()) -> list[str]:  # noqa: B008 -- it is frozen
        return [each.person.sourced_id for each in queue_search.found(DISTRICT, wanted, text).rows]

    assert found("lov") == ["unmatched-1", "unmatched-0"]
    assert found("Lovelace, Ad") == ["unmatched-0"]
    assert found("Mathison Turing") == ["unmatched-3"]
    assert found("lov", queue.Wanted(kind="student")) == ["unmatched-0"]
    assert found("lov", queue.Wanted(result="linked")) == ["linked-1", "linked-0"]
    assert found("lov", queue.Wanted(reason="no_key")) == ["unmatched-1"]
    assert found("_") == []
    assert queue_search.found(DISTRICT, queue.Wanted(), "lov", number=1).is_partial
