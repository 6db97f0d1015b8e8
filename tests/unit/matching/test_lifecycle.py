"""The life of directory accounts: who gets one, what follows the roster, who is suspended, restored and purged."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rosterkeeper.matching.keys import key_macros
from rosterkeeper.matching.lifecycle import PERSONAL, LifeNumbers
from rosterkeeper.matching.lifecycle_options import Life, LifeOptions, life_options
from rosterkeeper.matching.tables import Mode
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.scratch import Cell, Scratch
from tests.unit.matching.lives import NOW, Directory, Human, changed, links, lived, made, of_human

CREATE = Life(mode=Mode.CREATE)
MATCH = Life(mode=Mode.MATCH)
ADA = {"given_name": "Ada", "family_name": "Lovelace", "email": "ada@example.org", "username": "ada", "grades": '["9"]'}
LONG_AGO = "2024-01-01T00:00:00.000Z"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    """One scratch database for all: each test makes its tables anew."""
    with Scratch(Path(tmp_path_factory.mktemp("lives")) / "scratch", threads=1) as opened:
        for statement in key_macros():
            opened.run(statement)
        yield opened


def away_since(moment: str, account: Directory) -> Directory:
    """The account, suspended by the sync then."""
    return replace(account, status="suspended", suspended_by="sync", suspended_at=moment)


@pytest.mark.covers("M18")
def test_whoever_is_unmatched_gets_an_account_with_what_the_roster_says(scratch: Scratch) -> None:
    numbers = lived(scratch, [Human(7, told=ADA | {"preferred_given_name": "Addie"})], [], CREATE)
    account = made(scratch)[100]
    assert numbers == LifeNumbers(created=1)
    assert {name: account[name] for name in ("origin", "kind", "status", "sourced_id", "grades", "district_id")} == {
        "origin": "sync",
        "kind": "student",
        "status": "active",
        "sourced_id": "S7",
        "grades": '["9"]',
        "district_id": 1,
    }
    assert (account["given_name"], account["display_name"]) == ("Addie", "Addie Lovelace")
    assert (account["email_key"], account["username_key"], account["sort_key"]) == (
        "ada@example.org",
        "ada",
        "lovelace addie",
    )
    assert links(scratch)[7] == ("created", "created.mode", 100)


@pytest.mark.parametrize("result", ["disputed", "ignored", "linked"])
def test_nobody_gets_an_account_who_is_not_plainly_unmatched(scratch: Scratch, result: str) -> None:
    account = 5 if result == "linked" else 0
    lived(scratch, [Human(1, result=result, account=account)], [Directory(5, "csv")], CREATE)
    assert made(scratch) == {}


def test_where_accounts_are_only_matched_none_is_made(scratch: Scratch) -> None:
    assert lived(scratch, [Human(1), Human(2)], [], MATCH) == LifeNumbers()
    assert links(scratch)[1] == ("unmatched", "rule", 0)


def test_where_only_teachers_get_accounts_staff_without_a_class_and_students_get_none(scratch: Scratch) -> None:
    humans = [Human(1, "staff", is_teaching=True), Human(2, "staff"), Human(3, "student"), Human(4, "parent")]
    lived(scratch, humans, [], Life(mode=Mode.CREATE_TEACHERS))
    assert [links(scratch)[number][0] for number in (1, 2, 3, 4)] == ["created", "unmatched", "unmatched", "unmatched"]


@pytest.mark.parametrize("result", ["unmatched", "disputed"])
def test_a_ruling_makes_an_account_in_any_mode(scratch: Scratch, result: str) -> None:
    lived(scratch, [Human(1, result=result, ruling="create"), Human(2, result=result)], [], MATCH)
    assert links(scratch)[1] == ("created", "created.ruling", 100)
    assert links(scratch)[2] == (result, "rule", 0)


def test_what_only_stands_for_nothing_is_no_address_and_no_username(scratch: Scratch) -> None:
    lived(scratch, [Human(1, told={"email": "NULL", "username": " n/a "})], [], CREATE)
    assert (made(scratch)[100]["email"], made(scratch)[100]["username"]) == ("", "")


def test_of_two_with_one_username_the_older_account_has_it(scratch: Scratch) -> None:
    humans = [Human(1, told={"username": "jo"}), Human(2, told={"username": "JO"}), Human(3, told={"username": "al"})]
    lived(scratch, humans, [Directory(5, "csv", told={"username": "Al", "username_key": "al"})], CREATE)
    assert [each["username"] for each in made(scratch).values()] == ["jo", "", ""]


@pytest.mark.covers("M02", "M19")
def test_one_change_in_the_roster_is_one_account_updated_and_none_made(scratch: Scratch) -> None:
    humans = [Human(n, result="linked", account=n, told=ADA | {"username": f"u{n}"}) for n in (1, 2, 3)]
    accounts = [of_human(each, each.number) for each in humans]
    humans[1] = replace(humans[1], told=humans[1].told | {"family_name": "King"})
    assert lived(scratch, humans, accounts, CREATE) == LifeNumbers(updated=1)
    assert changed(scratch).keys() == {2}
    assert (changed(scratch)[2]["family_name"], changed(scratch)[2]["uid"]) == ("King", "uid-2")
    assert changed(scratch)[2]["sort_key"] == "king ada"


@pytest.mark.covers("M02")
def test_a_field_that_was_changed_by_hand_stays_so_until_it_is_released(scratch: Scratch) -> None:
    human = Human(1, result="linked", account=1, told=ADA | {"family_name": "King", "email": "king@example.org"})
    account = replace(of_human(replace(human, told=ADA), 1), sticky='["family_name"]')
    lived(scratch, [human], [account], CREATE)
    assert (changed(scratch)[1]["family_name"], changed(scratch)[1]["email"]) == ("Lovelace", "king@example.org")
    lived(scratch, [human], [replace(account, sticky="")], CREATE)
    assert changed(scratch)[1]["family_name"] == "King"


@pytest.mark.parametrize("origin", ["csv", "scim", "hand"])
def test_the_fields_of_an_account_that_the_sync_did_not_make_are_never_touched(scratch: Scratch, origin: str) -> None:
    lived(scratch, [Human(1, result="linked", account=1, told=ADA)], [Directory(1, origin)], CREATE)
    assert changed(scratch) == {}


def test_an_account_that_nobody_was_linked_to_is_never_touched(scratch: Scratch) -> None:
    life = Life(mode=Mode.CREATE, options=LifeOptions(suspend_linked=True))
    lived(scratch, [], [Directory(1, "csv"), Directory(2, "scim"), Directory(3, "hand")], life)
    assert changed(scratch) == {}


def test_a_leaver_is_suspended_and_keeps_the_account(scratch: Scratch) -> None:
    human = Human(1, status="left", result="linked", account=1, told=ADA)
    numbers = lived(scratch, [human], [of_human(human, 1)], CREATE)
    account = changed(scratch)[1]
    assert numbers == LifeNumbers(suspended=1)
    assert (account["status"], account["suspended_by"], account["suspended_at"]) == ("suspended", "sync", NOW)
    assert (account["email"], links(scratch)[1][2]) == ("ada@example.org", 1)


def test_who_returns_has_the_same_account_again_with_what_the_roster_says_now(scratch: Scratch) -> None:
    human = Human(1, result="linked", account=1, known_status="left", told=ADA)
    away = away_since(LONG_AGO, of_human(replace(human, told={}), 1))
    numbers = lived(scratch, [human], [away], CREATE)
    account = changed(scratch)[1]
    assert numbers == LifeNumbers(restored=1)
    assert (account["uid"], account["status"], account["suspended_by"], account["suspended_at"]) == (
        "uid-1",
        "active",
        "",
        "",
    )
    assert account["given_name"] == "Ada"


@pytest.mark.parametrize("by", ["hand", "directory"])
@pytest.mark.parametrize("status", ["active", "left"])
def test_what_the_sync_did_not_suspend_it_neither_restores_nor_purges(scratch: Scratch, by: str, status: str) -> None:
    human = Human(1, status=status, result="linked", account=1, told=ADA)
    account = replace(away_since(LONG_AGO, of_human(human, 1)), suspended_by=by)
    assert lived(scratch, [human], [account], CREATE) == LifeNumbers()


def test_a_status_that_was_decided_by_hand_stays(scratch: Scratch) -> None:
    human = Human(1, status="left", result="linked", account=1, told=ADA)
    assert lived(scratch, [human], [replace(of_human(human, 1), sticky='["status"]')], CREATE) == LifeNumbers()


def test_the_kind_follows_the_person(scratch: Scratch) -> None:
    human = Human(1, "staff", result="linked", account=1, told=ADA)
    lived(scratch, [human], [of_human(replace(human, kind="student"), 1)], CREATE)
    assert changed(scratch)[1]["kind"] == "staff"


@pytest.mark.parametrize(("wanted", "number"), [(False, 0), (True, 1)])
def test_a_linked_account_is_suspended_only_where_the_district_wants_it(
    scratch: Scratch, wanted: bool, number: int
) -> None:
    life = Life(mode=Mode.MATCH, options=LifeOptions(suspend_linked=wanted))
    human = Human(1, status="left", result="linked", account=1)
    assert lived(scratch, [human], [Directory(1, "csv")], life).suspended == number


def test_a_linked_account_that_was_suspended_is_restored_but_never_purged(scratch: Scratch) -> None:
    account = Directory(1, "scim", "suspended", "sync", LONG_AGO)
    gone = Human(1, status="left", result="linked", account=1)
    assert lived(scratch, [gone], [account], MATCH) == LifeNumbers()
    assert lived(scratch, [replace(gone, status="active")], [account], MATCH) == LifeNumbers(restored=1)


def test_of_a_purged_account_only_number_and_uid_stay(scratch: Scratch) -> None:
    human = Human(1, status="left", known_status="left", result="linked", account=1, told=ADA)
    account = replace(away_since(LONG_AGO, of_human(human, 1)), sticky='["email"]')
    numbers = lived(scratch, [human], [account], CREATE)
    purged = changed(scratch)[1]
    assert numbers == LifeNumbers(purged=1)
    assert (purged["id"], purged["uid"], purged["status"]) == (1, "uid-1", "purged")
    assert {purged[each] for each in PERSONAL} == {""}
    assert links(scratch)[1] == ("unmatched", "left.purged", 0)


@pytest.mark.parametrize(("days", "number"), [(0, 0), (30, 0), (29, 1)])
def test_the_retention_time_runs_from_the_suspension(scratch: Scratch, days: int, number: int) -> None:
    life = Life(mode=Mode.CREATE, options=LifeOptions(retention_days=days))
    human = Human(1, status="left", known_status="left", result="linked", account=1)
    account = away_since("2026-08-02T02:00:00.000Z", of_human(human, 1))
    assert lived(scratch, [human], [account], life).purged == number


def test_a_purged_account_is_left_as_it_is(scratch: Scratch) -> None:
    purged = Directory(1, "sync", "purged", "sync", LONG_AGO)
    assert lived(scratch, [], [purged], CREATE) == LifeNumbers()


def test_an_account_of_the_sync_that_nobody_has_any_more_is_suspended(scratch: Scratch) -> None:
    lived(scratch, [Human(1, result="linked", account=2)], [Directory(1), Directory(2, "csv")], CREATE)
    assert {number: row["status"] for number, row in changed(scratch).items()} == {1: "suspended"}


def test_who_has_no_role_at_all_gets_no_account(scratch: Scratch) -> None:
    lived(scratch, [Human(1, has_no_role=True)], [], CREATE)
    assert made(scratch) == {}


@settings(deadline=None, max_examples=8)
@given(
    told=st.fixed_dictionaries({each: st.sampled_from(["", "ada", "Ödön", "x@example.org"]) for each in ADA}),
    sticky=st.sampled_from(["", '["email"]', '["given_name", "grades"]']),
)
def test_to_leave_and_to_return_is_as_if_nothing_had_been(scratch: Scratch, told: dict[str, str], sticky: str) -> None:
    human = Human(1, result="linked", account=1, told=told)
    lived(scratch, [human], [replace(of_human(human, 1), sticky=sticky)], CREATE)
    before = changed(scratch).get(1) or replace(of_human(human, 1), sticky=sticky).row
    account = _stated(before)
    lived(scratch, [replace(human, status="left")], [account], CREATE)
    away = changed(scratch)[1]
    lived(scratch, [replace(human, known_status="left")], [_stated(away)], CREATE)
    back = changed(scratch)[1]
    assert away["status"] == "suspended"
    kept = {name: value for name, value in back.items() if not name.endswith("_at") and not name.endswith("_key")}
    assert kept == {name: before[name] for name in kept}


def _stated(row: Mapping[str, Cell]) -> Directory:
    text = {name: str(value) for name, value in row.items() if name not in ("id", "uid", "district_id")}
    origin, status = text.pop("origin"), text.pop("status")
    by, since, sticky = text.pop("suspended_by"), text.pop("suspended_at"), text.pop("sticky")
    return Directory(int(row["id"] or 0), origin, status, by, since, sticky, text)


@pytest.mark.parametrize(
    "stated", [{"retention_days": -1}, {"limits": {"leave": 101}}, {"retention_days": "x"}, {"wrong": 1}]
)
def test_options_that_make_no_sense_are_refused(stated: dict[str, object]) -> None:
    with pytest.raises(SettingsError) as told:
        life_options({"life": stated})
    assert told.value.code == "people.life_options"


def test_options_that_are_not_set_are_the_defaults() -> None:
    assert life_options({}) == LifeOptions()
    assert life_options({"life": {"retention_days": 30}}).retention_days == 30
