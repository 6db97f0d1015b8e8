"""A district's records become persons, and persons find their accounts."""

import pytest

from rosterkeeper.store.database import DatabaseFault
from tests.unit.matching.ground import Ground


@pytest.mark.covers("L08", "R04")
def test_equal_addresses_match_whatever_their_case_and_blanks(ground: Ground) -> None:
    ground.user("u1", email="Ann@Example.org")
    ground.user("u2", email="bob@example.org")
    ground.account(10, email=" ann@example.ORG ")
    ground.account(11, email="bobby@example.org")
    numbers = ground.match()
    assert ground.links() == {"1:u1": ("linked", "email", 10), "1:u2": ("unmatched", "no_account", 0)}
    assert numbers.persons["student"]["linked"] == 1
    assert numbers.directory == {"linked": 1, "unmatched": 1, "purged": 0}


def test_a_first_matching_that_fails_half_way_leaves_nothing_and_may_be_done_again(ground: Ground) -> None:
    ground.user("u1", email="ann@example.org")
    ground.account(10, email="ann@example.org")
    ground.database.run("ALTER TABLE people_family RENAME TO people_family_away")
    try:
        # Records are written by then, before the links.
        with pytest.raises(DatabaseFault):
            ground.match()
    finally:
        ground.database.run("ALTER TABLE people_family_away RENAME TO people_family")
    assert ground.persons() == {}
    assert ground.match().persons["student"]["linked"] == 1
    assert ground.links() == {"1:u1": ("linked", "email", 10)}


def test_matching_again_changes_nothing(ground: Ground) -> None:
    ground.user("u1", email="ann@example.org")
    ground.account(10, email="ann@example.org")
    ground.match()
    before = ground.database.rows("SELECT * FROM people_person"), ground.links()
    numbers = ground.match(now="2026-10-03T06:00:00.000Z")
    assert set(numbers.changed.values()) == {0}
    assert (ground.database.rows("SELECT * FROM people_person"), ground.links()) == before
