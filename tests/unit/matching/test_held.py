"""A matching that looks like an accident is held, and nobody leaves, loses or gets an account by it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from rosterkeeper.matching.held import DISCARDED, Held, read_held
from rosterkeeper.matching.keys import key_macros
from rosterkeeper.matching.lifecycle import LifeNumbers
from rosterkeeper.matching.lifecycle_options import Life, LifeLimits, LifeOptions
from rosterkeeper.matching.tables import Mode
from rosterkeeper.scratch import Scratch
from tests.unit.matching.lives import Directory, Human, changed, links, lived, made, of_human

LOOSE = LifeLimits(floor=0)
LIFE = Life(mode=Mode.CREATE, options=LifeOptions(limits=LOOSE))
MATCH = msgspec.structs.replace(LIFE, mode=Mode.MATCH)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    """One scratch database for all: each test makes its tables anew."""
    with Scratch(Path(tmp_path_factory.mktemp("held")) / "scratch", threads=1) as opened:
        for statement in key_macros():
            opened.run(statement)
        yield opened


def linked(number: int, leavers: int, ruling: str = "") -> list[Human]:
    """People with an account, of whom so many leave, with a ruling about them or without."""
    humans = [Human(each, result="linked", account=each) for each in range(1, number + 1)]
    return [replace(each, status="left", ruling=ruling) if each.number <= leavers else each for each in humans]


def held_of(numbers: LifeNumbers) -> Held:
    """What is held, which there must be."""
    held = read_held(numbers.held)
    assert held is not None
    return held


def statuses(scratch: Scratch) -> list[object]:
    """How each person stands."""
    return [row[0] for row in scratch.rows("SELECT status FROM person ORDER BY person_id")]


def test_many_who_leave_at_once_are_held_and_stay(scratch: Scratch) -> None:
    humans = linked(10, 2)
    numbers = lived(scratch, humans, [of_human(each, each.number) for each in humans], LIFE)
    assert [(each.code, each.number, each.of) for each in held_of(numbers).reasons] == [("hold.people_leave", 2, 10)]
    assert changed(scratch) == {}
    assert statuses(scratch) == ["active"] * 10


def test_as_many_as_the_limit_says_may_leave(scratch: Scratch) -> None:
    humans = linked(10, 1)
    numbers = lived(scratch, humans, [of_human(each, each.number) for each in humans], LIFE)
    assert (numbers.held, numbers.suspended) == ("", 1)
    assert statuses(scratch)[0] == "left"


def test_few_are_never_held_whatever_their_share(scratch: Scratch) -> None:
    humans = linked(5, 5)
    accounts = [of_human(each, each.number) for each in humans]
    assert lived(scratch, humans, accounts, Life(mode=Mode.CREATE)).suspended == 5


def test_leavers_of_linked_accounts_count_though_their_accounts_stay(scratch: Scratch) -> None:
    humans = linked(10, 2)
    numbers = lived(scratch, humans, [Directory(each.number, "csv") for each in humans], MATCH)
    assert held_of(numbers).reasons[0].code == "hold.people_leave"


def test_many_who_would_lose_their_account_keep_it(scratch: Scratch) -> None:
    humans = linked(10, 0)
    humans[0] = replace(humans[0], result="unmatched", account=0, known_account=1)
    stranger = Human(11, result="linked", account=1, is_known=False)
    accounts = [Directory(number, "csv") for number in range(1, 11)]
    numbers = lived(scratch, humans, accounts, MATCH)
    assert [each.code for each in held_of(numbers).reasons] == ["hold.people_unlink"]
    assert links(scratch)[1] == ("linked", "rule", 1)
    assert lived(scratch, [*humans, stranger], accounts, MATCH).held == ""


def test_an_account_that_was_kept_is_nobody_elses(scratch: Scratch) -> None:
    humans = linked(10, 0)
    # Two lose theirs; the first now goes to one of those who would lose another.
    humans[0] = replace(humans[0], result="linked", account=11, known_account=1)
    humans[1] = replace(humans[1], result="unmatched", account=0, known_account=2)
    newcomer = Human(12, result="linked", account=12, is_known=False)
    numbers = lived(scratch, [*humans, newcomer], [Directory(each, "csv") for each in range(1, 13)], MATCH)
    assert held_of(numbers).reasons[0].number == 2
    assert [links(scratch)[number][2] for number in (1, 2, 12)] == [1, 2, 12]


def test_what_was_ruled_about_somebody_is_no_accident(scratch: Scratch) -> None:
    humans = linked(10, 3, "ignore")
    assert lived(scratch, humans, [Directory(each.number, "csv") for each in humans], MATCH).held == ""


def test_the_first_accounts_are_made_without_asking(scratch: Scratch) -> None:
    assert lived(scratch, [Human(each) for each in range(1, 21)], [], LIFE).created == 20


def test_many_accounts_more_beside_those_that_were_made_are_held(scratch: Scratch) -> None:
    before = linked(4, 0)
    humans = [*before, *(Human(each) for each in range(5, 8))]
    numbers = lived(scratch, humans, [of_human(each, each.number) for each in before], LIFE)
    assert [(each.code, each.number, each.of) for each in held_of(numbers).reasons] == [("hold.people_create", 3, 4)]
    assert (made(scratch), links(scratch)[5]) == ({}, ("unmatched", "rule", 0))


def test_new_links_are_not_held_back(scratch: Scratch) -> None:
    humans = [*linked(10, 2), Human(11, result="linked", account=11, known_account=0)]
    lived(scratch, humans, [Directory(each, "csv") for each in range(1, 12)], MATCH)
    assert links(scratch)[11] == ("linked", "rule", 11)


def test_many_that_would_be_erased_are_held(scratch: Scratch) -> None:
    humans = [replace(each, known_status="left") if each.status == "left" else each for each in linked(3, 1)]
    accounts = [of_human(each, each.number) for each in humans]
    accounts[0] = replace(accounts[0], status="suspended", suspended_by="sync", suspended_at="2020-01-01T00:00:00.000Z")
    numbers = lived(scratch, humans, accounts, LIFE)
    assert [each.code for each in held_of(numbers).reasons] == ["hold.people_purge"]
    assert (changed(scratch), numbers.purged) == ({}, 0)


def test_what_was_approved_happens_and_nothing_else(scratch: Scratch) -> None:
    humans = linked(10, 2)
    accounts = [of_human(each, each.number) for each in humans]
    held = lived(scratch, humans, accounts, LIFE).held
    approved = msgspec.structs.replace(LIFE, held=held, approved=held_of(LifeNumbers(held=held)).fingerprint)
    assert lived(scratch, list(reversed(humans)), accounts, approved) == LifeNumbers(suspended=2)
    humans[4] = replace(humans[4], status="left")
    again = lived(scratch, humans, accounts, approved)
    assert held_of(again).reasons[0].number == 3
    assert again.approved == approved.approved


def test_nobody_is_asked_again_about_what_was_discarded_until_it_is_something_else(scratch: Scratch) -> None:
    humans = linked(10, 2)
    accounts = [of_human(each, each.number) for each in humans]
    first = held_of(lived(scratch, humans, accounts, LIFE))
    put_by = msgspec.structs.replace(first, state=DISCARDED, by=7, since="2026-08-01T00:00:00.000Z")
    life = msgspec.structs.replace(LIFE, held=msgspec.json.encode(put_by).decode())
    same = held_of(lived(scratch, humans, accounts, life))
    assert (same.state, same.by, same.since) == (DISCARDED, 7, "2026-08-01T00:00:00.000Z")
    assert changed(scratch) == {}
    humans[2] = replace(humans[2], status="left")
    assert held_of(lived(scratch, humans, accounts, life)).state == "waiting"


def test_what_is_held_names_numbers_and_nobody(scratch: Scratch) -> None:
    humans = [replace(each, told={"given_name": "Ada"}) for each in linked(10, 2)]
    held = lived(scratch, humans, [of_human(each, each.number) for each in humans], LIFE).held
    assert held
    assert "Ada" not in held
