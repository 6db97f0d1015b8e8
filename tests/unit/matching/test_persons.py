"""Which records speak of one human, and that persons keep their numbers."""

from typing import Any

import pytest

from tests.unit.matching.ground import SOUTH, Ground


def _groups(ground: Ground) -> set[frozenset[str]]:
    """The records of each person."""
    found: dict[int, set[str]] = {}
    for record, person in ground.persons().items():
        found.setdefault(person, set()).add(record)
    return {frozenset(each) for each in found.values()}


def _kinds(ground: Ground) -> dict[str, str]:
    rows = ground.database.rows(
        "SELECT r.sourced_id, p.kind FROM people_record r JOIN people_person p ON p.id = r.person_id"
    )
    return {str(name): str(kind) for name, kind in rows}


def test_a_teacher_who_is_also_a_parent_is_one_person_of_staff(ground: Ground) -> None:
    mail: dict[str, Any] = {"email": "kim@example.org", "given_name": "Kim", "family_name": "Stone"}
    ground.user("t1", "teacher", **mail)
    ground.user("g1", "guardian", **mail, agent_sourced_ids='["s1"]')
    ground.user("s1", "student", agent_sourced_ids='["g1"]')
    ground.account(10, email="kim@example.org", kind="staff")
    ground.match()
    assert _groups(ground) == {frozenset({"1:t1", "1:g1"}), frozenset({"1:s1"})}
    assert _kinds(ground) == {"t1": "staff", "g1": "staff", "s1": "student"}
    assert ground.links()["1:g1"] == ("linked", "email", 10)
    persons = ground.persons()
    assert ground.database.rows("SELECT student_id, parent_id FROM people_family") == [
        (persons["1:s1"], persons["1:g1"])
    ]


def test_records_of_two_schools_or_connections_are_joined_by_what_names_a_human(ground: Ground) -> None:
    # One master identifier, whatever the names.
    ground.user("a1", given_name="Bob", user_master_identifier="M-1")
    ground.user("a2", given_name="Robert", user_master_identifier="m-1", connection=SOUTH)
    # One userId of a type, with the given name.
    ground.user("b1", given_name="Cy Lee", user_ids='["{SIS:5}","{Fed:9}"]')
    ground.user("b2", given_name="Cy", user_ids='["{sis:5}"]', connection=SOUTH)
    # One address, with the given name, perhaps the preferred one.
    ground.user("c1", given_name="William", preferred_given_name="Bill", email="bill@example.org")
    ground.user("c2", given_name="Bill", email="BILL@example.org", connection=SOUTH)
    # Staff of two connections: a mailbox is one's own.
    ground.user("d1", "teacher", given_name="Lena", email="lena@example.org")
    ground.user("d2", "teacher", given_name="Magdalena", email="lena@example.org", connection=SOUTH)
    ground.match()
    joined = {each for each in _groups(ground) if len(each) > 1}
    assert joined == {frozenset({f"1:{name}1", f"2:{name}2"}) for name in "abcd"}
    reasons = ground.database.rows("SELECT sourced_id, reason FROM people_record WHERE connection_id = 1")
    assert set(reasons) == {("a1", "user_master_identifier"), ("b1", "user_id"), ("c1", "email"), ("d1", "email")}


def test_what_a_family_shares_joins_nobody(ground: Ground) -> None:
    for name, role in (("Ann", "student"), ("Ben", "student"), ("Cleo", "guardian"), ("Dan", "guardian")):
        ground.user(name, role, email="stones@example.org", user_ids='["{Household:3}"]', given_name=name)
    # A father and a son of one name.
    ground.user("junior", "student", given_name="John", email="john@example.org")
    ground.user("senior", "parent", given_name="John", email="john@example.org")
    ground.match()
    assert {len(each) for each in _groups(ground)} == {1}


def test_no_address_joins_what_a_stronger_key_tells_apart(ground: Ground) -> None:
    alike: dict[str, Any] = {"given_name": "Max", "family_name": "Stone"}
    ground.user("a1", **alike, email="max@example.org", user_master_identifier="m1")
    ground.user("a2", **alike, email="max@example.org", user_master_identifier="m2", connection=SOUTH)
    ground.user("b1", **alike, email="other@example.org", user_ids='["{SIS:1}"]')
    ground.user("b2", **alike, email="other@example.org", user_ids='["{SIS:2}"]', connection=SOUTH)
    # Nor by way of a third that has none.
    ground.user("c1", **alike, email="third@example.org", user_master_identifier="m3")
    ground.user("c2", **alike, email="third@example.org", user_ids='["{LDAP:7}"]')
    ground.user("c3", **alike, user_ids='["{LDAP:7}"]', user_master_identifier="m4", connection=SOUTH)
    ground.match()
    assert {len(each) for each in _groups(ground)} == {1}


def test_what_a_crowd_shares_joins_nobody(ground: Ground) -> None:
    for number in range(11):
        ground.user(f"u{number}", given_name="Pat", user_master_identifier="00000")
    ground.match()
    assert len(_groups(ground)) == 11


def test_rulings_join_and_split_and_splitting_wins(ground: Ground) -> None:
    same: dict[str, Any] = {"user_master_identifier": "m1"}
    ground.user("u1", **same)
    ground.user("u2", **same)
    ground.user("u3")
    ground.ruling("split", "u2")
    ground.ruling("join", "u1", other_connection_id=1, other_sourced_id="u3")
    ground.ruling("join", "u3", other_connection_id=1, other_sourced_id="u2")
    ground.match()
    assert _groups(ground) == {frozenset({"1:u1", "1:u3"}), frozenset({"1:u2"})}


def test_a_person_keeps_the_number_and_who_is_split_off_gets_a_new_one(ground: Ground) -> None:
    ground.user("u1", user_master_identifier="m1")
    ground.user("u2", user_master_identifier="m1", connection=SOUTH)
    ground.match()
    before = ground.persons()
    assert before["1:u1"] == before["2:u2"]
    ground.ruling("split", "u1")
    ground.match()
    after = ground.persons()
    # The leading record was the one of the older connection.
    assert after["1:u1"] == before["1:u1"]
    assert after["2:u2"] > before["2:u2"]


def test_two_who_turn_out_to_be_one_go_on_as_the_older_with_the_account_of_either(ground: Ground) -> None:
    ground.user("u1", given_name="Ann")
    ground.user("u2", given_name="Ann", email="ann@example.org", connection=SOUTH)
    ground.account(10, email="ann@example.org")
    ground.match()
    before = ground.persons()
    ground.user("u1", given_name="Ann", user_ids='["{SIS:1}"]')
    ground.user("u2", given_name="Ann", user_ids='["{SIS:1}"]', connection=SOUTH)
    ground.match()
    assert set(ground.persons().values()) == {min(before.values())}
    assert set(ground.links().values()) == {("linked", "email", 10)}
    assert len(ground.database.rows("SELECT id FROM people_person")) == 1


@pytest.mark.covers("L39")
def test_a_record_that_leaves_keeps_its_person_as_left_until_it_returns(ground: Ground) -> None:
    ground.user("u1")
    ground.match()
    before = ground.persons()
    ground.removes("u1")
    ground.database.run("UPDATE connections_connection SET removed_at = '2026-10-01T00:00:00Z'")
    for now in ("2026-10-03T00:00:00.000Z", "2026-10-04T00:00:00.000Z"):
        ground.match(now=now)
        rows = ground.database.rows("SELECT status, left_at FROM people_person")
        assert rows == [("left", "2026-10-03T00:00:00.000Z")]
    ground.user("u1")
    ground.match()
    assert ground.persons() == before
    assert ground.database.rows("SELECT status, left_at FROM people_person") == [("active", "")]


def test_a_person_is_what_the_live_records_are(ground: Ground) -> None:
    ground.user("t1", "teacher", user_master_identifier="m1")
    ground.user("g1", "guardian", user_master_identifier="m1")
    ground.match()
    assert _kinds(ground)["g1"] == "staff"
    ground.removes("t1")
    ground.match()
    assert _kinds(ground) == {"t1": "parent", "g1": "parent"}


def test_a_person_goes_with_the_last_record(ground: Ground) -> None:
    ground.user("u1")
    ground.match()
    ground.database.run("DELETE FROM roster_user")
    ground.match()
    assert ground.database.rows("SELECT count(*) AS number FROM people_person") == [(0,)]
    assert ground.persons() == {}


def test_a_child_with_four_guardians_has_them_all(ground: Ground) -> None:
    ground.user("s1", "student", agent_sourced_ids='["g1","g2","g3","g4"]')
    for number in range(1, 5):
        ground.user(f"g{number}", "guardian", email="parents@example.org")
    ground.match()
    assert ground.database.rows("SELECT count(DISTINCT parent_id) AS number FROM people_family") == [(4,)]
