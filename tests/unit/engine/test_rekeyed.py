"""Which old record is which new one: what pairs them, what contradicts, and what is left unsure."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rosterkeeper.engine.changes import change_table, gone_table
from rosterkeeper.engine.rekeyed import KEYS, propose
from rosterkeeper.oneroster.fields import BY_NAME
from rosterkeeper.scratch import Scratch, quoted


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    """An empty scratch database."""
    with Scratch(tmp_path / "scratch") as opened:
        yield opened


def _put(scratch: Scratch, name: str, old: list[dict[str, str]], new: list[dict[str, str]]) -> None:
    columns = sorted({"sourced_id"} | {column for key in KEYS[name] for column in key})
    cells = ", ".join(f"{quoted(column)} VARCHAR" for column in columns)
    scratch.run(f"CREATE TABLE {change_table(BY_NAME[name])} (op VARCHAR, {cells})")
    scratch.run(f"CREATE TABLE {gone_table(BY_NAME[name])} ({cells})")
    marks = ", ".join("?" for _ in columns)
    for row in old:
        scratch.run(f"INSERT INTO {gone_table(BY_NAME[name])} VALUES ({marks})", [row.get(c, "") for c in columns])
    for row in new:
        values = [row.get(column, "") for column in columns]
        scratch.run(f"INSERT INTO {change_table(BY_NAME[name])} VALUES ('add', {marks})", values)


def _mapped(scratch: Scratch) -> dict[str, str]:
    return {str(old): str(new) for old, new in scratch.rows("SELECT old_id, new_id FROM rekey_map ORDER BY old_id")}


def test_people_are_paired_by_the_strongest_key_that_finds_one_of_each(scratch: Scratch) -> None:
    _put(
        scratch,
        "users",
        [
            {"sourced_id": "1", "user_master_identifier": "m1", "username": "x"},
            {"sourced_id": "2", "identifier": "I-2"},
            {"sourced_id": "3", "username": "Ada"},
            {"sourced_id": "4", "email": "bo@north.example", "given_name": "Bo", "family_name": "Ek"},
        ],
        [
            {"sourced_id": "a", "user_master_identifier": "M1", "username": "y"},
            {"sourced_id": "b", "identifier": "i-2"},
            {"sourced_id": "c", "username": "ada "},
            {"sourced_id": "d", "email": "BO@north.example", "given_name": "bo", "family_name": "ek"},
        ],
    )
    propose(scratch)
    assert _mapped(scratch) == {"1": "a", "2": "b", "3": "c", "4": "d"}
    assert scratch.count("SELECT count(*) FROM rekey_unsure") == 0


def test_nothing_rests_on_an_email_or_username_that_a_stronger_key_contradicts(scratch: Scratch) -> None:
    _put(
        scratch,
        "users",
        [{"sourced_id": "1", "identifier": "i1", "username": "ada", "email": "a@x", "given_name": "A"}],
        [{"sourced_id": "a", "identifier": "i2", "username": "ada", "email": "a@x", "given_name": "A"}],
    )
    propose(scratch)
    assert _mapped(scratch) == {}
    assert scratch.rows("SELECT old_id, same_in FROM rekey_unsure") == [("1", "username")]


def test_people_who_share_an_address_are_listed_and_not_guessed(scratch: Scratch) -> None:
    twin = {"email": "home@x", "given_name": "Kim", "family_name": "Lo"}
    _put(
        scratch,
        "users",
        [{"sourced_id": "1", **twin}, {"sourced_id": "2", **twin}],
        [{"sourced_id": "a", **twin}, {"sourced_id": "b", **twin}],
    )
    propose(scratch)
    assert _mapped(scratch) == {}
    assert scratch.rows("SELECT old_id, old_number, new_number FROM rekey_unsure ORDER BY 1") == [
        ("1", 2, 2),
        ("2", 2, 2),
    ]


def test_what_points_at_others_is_compared_by_their_new_ids(scratch: Scratch) -> None:
    _put(
        scratch,
        "orgs",
        [{"sourced_id": "s1", "name": "North", "type": "school"}],
        [{"sourced_id": "s9", "name": "north", "type": "school"}],
    )
    room = {"class_code": "7A", "title": "Math"}
    _put(
        scratch,
        "classes",
        [
            {"sourced_id": "c1", "school_sourced_id": "s1", **room},
            {"sourced_id": "c2", "school_sourced_id": "s2", **room},
        ],
        [
            {"sourced_id": "k1", "school_sourced_id": "s9", **room},
            {"sourced_id": "k2", "school_sourced_id": "s2", **room},
        ],
    )
    propose(scratch)
    assert _mapped(scratch) == {"s1": "s9", "c1": "k1", "c2": "k2"}
