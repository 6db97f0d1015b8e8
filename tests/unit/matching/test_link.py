"""Whose account is whose: the rules in order, what is disputed and why, and what stays through later matchings."""

import pytest

from tests.unit.matching.ground import SOUTH, Ground

EMAIL = {"key": "email"}
USERNAME = {"key": "username"}


def _rules(*rules: dict[str, str]) -> dict[str, object]:
    return {kind: list(rules) for kind in ("staff", "student", "parent")}


@pytest.mark.covers("L08", "L33")
def test_who_has_no_account_of_that_address_is_unmatched_on_both_sides(ground: Ground) -> None:
    ground.user("u1", email="ann@example.org")
    ground.account(10, email="anne@example.org")
    numbers = ground.match()
    assert ground.links() == {"1:u1": ("unmatched", "no_account", 0)}
    assert (numbers.persons["student"]["unmatched"], numbers.directory["unmatched"]) == (1, 1)


def test_what_stands_for_nothing_matches_nobody(ground: Ground) -> None:
    nothings = ["", "NULL", "null", "N/A", "none", "-", " - ", "no address", "@", "ann@"]
    for number, nothing in enumerate(nothings, 10):
        ground.user(f"u{number}", email=nothing)
        ground.account(number, email=nothing)
    ground.match()
    assert set(ground.links().values()) == {("unmatched", "no_key", 0)}


def test_two_accounts_of_one_address_are_disputed_and_both_are_candidates(ground: Ground) -> None:
    ground.user("u1", email="ann@example.org")
    ground.account(10, email="ann@example.org")
    ground.account(11, email="ANN@example.org")
    ground.match()
    assert ground.links() == {"1:u1": ("disputed", "several_accounts", 0)}
    assert ground.candidates() == {("1:u1", 10, "email"), ("1:u1", 11, "email")}


def test_several_persons_of_one_address_are_disputed(ground: Ground) -> None:
    ground.user("u1", email="family@example.org")
    ground.user("u2", email="family@example.org")
    ground.account(10, email="family@example.org")
    ground.match()
    assert set(ground.links().values()) == {("disputed", "several_persons", 0)}


def test_a_later_rule_may_choose_among_the_candidates_and_among_them_alone(ground: Ground) -> None:
    ground.settings(rules=_rules(EMAIL, USERNAME))
    for name in ("u1", "u2"):
        ground.user(name, email="family@example.org", username=name)
        ground.account(int(name[1]), email="family@example.org", username=name)
    ground.user("u3", email="other@example.org", username="third")
    ground.account(30, email="other@example.org")
    ground.account(31, email="other@example.org")
    ground.account(32, username="third")
    ground.match()
    assert ground.links() == {
        "1:u1": ("linked", "username", 1),
        "1:u2": ("linked", "username", 2),
        "1:u3": ("disputed", "several_accounts", 0),
    }


def test_an_account_that_an_earlier_rule_gave_away_is_disputed_by_a_later_one(ground: Ground) -> None:
    ground.settings(rules=_rules(USERNAME, EMAIL))
    ground.user("u1", username="ann", email="family@example.org")
    ground.user("u2", username="ben", email="family@example.org")
    ground.account(10, username="ann", email="family@example.org")
    ground.match()
    assert ground.links() == {"1:u1": ("linked", "username", 10), "1:u2": ("disputed", "account_taken", 0)}


@pytest.mark.parametrize("field", ["sourced_id", "user_master_identifier"])
def test_nothing_rests_on_an_address_where_a_stronger_key_says_somebody_else(ground: Ground, field: str) -> None:
    ground.settings(rules=_rules(EMAIL))
    ground.user("u1", email="ann@example.org", user_master_identifier="m1")
    ground.user("u2", email="ben@example.org", user_master_identifier="m2")
    ground.account(10, email="ann@example.org", **{field: "u2" if field == "sourced_id" else "m2"})
    ground.match()
    assert ground.links()["1:u1"] == ("disputed", "key_disagrees", 0)


def test_two_different_master_identifiers_forbid_a_link(ground: Ground) -> None:
    ground.user("u1", email="ann@example.org", user_master_identifier="m1")
    ground.account(10, email="ann@example.org", user_master_identifier="m9")
    ground.match()
    assert ground.links() == {"1:u1": ("disputed", "key_disagrees", 0)}


def test_an_account_of_another_kind_is_not_theirs(ground: Ground) -> None:
    ground.user("u1", "student", email="ann@example.org")
    ground.user("u2", "teacher", email="ben@example.org")
    ground.account(10, email="ann@example.org", kind="staff")
    ground.account(11, email="ben@example.org", kind="staff")
    ground.match()
    assert ground.links() == {"1:u1": ("unmatched", "other_kind", 0), "1:u2": ("linked", "email", 11)}


def test_each_kind_has_its_own_rules(ground: Ground) -> None:
    ground.settings(rules={"staff": [EMAIL], "student": [USERNAME], "parent": []})
    for name, role in (("u1", "teacher"), ("u2", "student"), ("u3", "guardian")):
        ground.user(name, role, email=f"{name}@example.org", username=f"{name}-name")
        ground.account(int(name[1]), email=f"{name}@example.org")
        ground.account(10 + int(name[1]), username=f"{name}-name")
    ground.match()
    assert ground.links() == {
        "1:u1": ("linked", "email", 1),
        "1:u2": ("linked", "username", 12),
        "1:u3": ("unmatched", "no_key", 0),
    }


def test_rules_compare_identifiers_userids_local_parts_and_other_fields(ground: Ground) -> None:
    ground.settings(
        rules={
            "student": [
                {"key": "identifier"},
                {"key": "user_id", "type": "SIS"},
                {"key": "email_local"},
                {"key": "email", "field": "username"},
            ]
        },
        options={"domains": {"kids.example.org": "example.com"}},
    )
    ground.user("u1", identifier="00123")
    ground.user("u2", user_ids='["{LDAP:77}","{sis: 78}"]')
    ground.user("u3", email="cara@kids.example.org")
    ground.user("u4", email="dan@elsewhere.org")
    ground.account(1, identifier="00123")
    ground.account(2, user_ids='["{SIS:78}"]')
    ground.account(3, email="Cara@example.com")
    ground.account(4, username="dan@elsewhere.org")
    ground.account(5, email="dan@example.com")
    ground.match()
    assert ground.links() == {
        "1:u1": ("linked", "identifier", 1),
        "1:u2": ("linked", "user_id:sis", 2),
        "1:u3": ("linked", "email_local", 3),
        "1:u4": ("linked", "email>username", 4),
    }


def test_the_forms_of_a_letter_and_blanks_make_no_difference(ground: Ground) -> None:
    ground.settings(rules=_rules(USERNAME))
    ground.user("u1", username="Ｍüller 7")
    ground.account(10, username="mu\u0308ller7")
    ground.match()
    assert ground.links() == {"1:u1": ("linked", "username", 10)}


@pytest.mark.parametrize(("plus", "result"), [(False, "unmatched"), (True, "linked")])
def test_plus_addresses_are_one_only_where_that_is_wanted(ground: Ground, plus: bool, result: str) -> None:
    ground.settings(options={"normalisers": {"plus": plus}})
    ground.user("u1", email="ann+school@example.org")
    ground.account(10, email="ann@example.org")
    ground.match()
    assert ground.links()["1:u1"][0] == result


def test_a_link_stays_when_an_address_changes_on_one_side(ground: Ground) -> None:
    ground.user("u1", email="ann@example.org")
    ground.account(10, email="ann@example.org")
    ground.match()
    ground.user("u1", email="ann.married@example.org")
    ground.match()
    assert ground.links() == {"1:u1": ("linked", "email", 10)}


def test_a_link_made_by_a_stronger_key_is_not_lost_to_an_address(ground: Ground) -> None:
    ground.user("u1", email="ann@example.org")
    ground.user("u2", email="ben@example.org")
    ground.account(10, sourced_id="u1", email="ann@example.org")
    ground.match()
    ground.user("u1", email="ben@example.org")
    ground.user("u2", email="ann@example.org")
    ground.match()
    assert ground.links() == {
        "1:u1": ("linked", "sourced_id", 10),
        "1:u2": ("disputed", "key_disagrees", 0),
    }


def test_a_link_goes_where_its_rule_now_points_one_to_one(ground: Ground) -> None:
    ground.user("u1", email="ann@example.org")
    ground.account(10, email="ann@example.org")
    ground.match()
    ground.user("u1", email="ann2@example.org")
    ground.user("u2", email="ann@example.org")
    ground.match()
    assert ground.links() == {"1:u1": ("unmatched", "no_account", 0), "1:u2": ("linked", "email", 10)}


def test_a_link_stays_when_others_get_the_same_address(ground: Ground) -> None:
    ground.user("u1", email="ann@example.org")
    ground.account(10, email="ann@example.org")
    ground.match()
    ground.user("u2", email="ann@example.org")
    ground.account(11, email="ann@example.org")
    ground.match()
    assert ground.links()["1:u1"] == ("linked", "email", 10)
    # The account that is left over is no proof.
    assert ground.links()["1:u2"] == ("disputed", "several_accounts", 0)


def test_a_link_falls_when_the_account_says_that_it_is_somebody_elses(ground: Ground) -> None:
    ground.user("u1", email="ann@example.org")
    ground.user("u2")
    ground.account(10, email="ann@example.org")
    ground.match()
    ground.database.run("UPDATE people_account SET sourced_id = 'u2' WHERE id = 10")
    ground.match()
    assert ground.links() == {"1:u1": ("disputed", "key_disagrees", 0), "1:u2": ("linked", "sourced_id", 10)}


def test_a_link_is_gone_with_its_account(ground: Ground) -> None:
    ground.user("u1", email="ann@example.org")
    ground.account(10, email="ann@example.org")
    ground.match()
    ground.database.run("UPDATE people_account SET status = 'purged'")
    ground.match()
    assert ground.links() == {"1:u1": ("unmatched", "no_account", 0)}


def test_an_account_suspended_by_hand_is_linked_and_stays_suspended(ground: Ground) -> None:
    ground.user("u1", email="ann@example.org")
    ground.account(10, email="ann@example.org", status="suspended", suspended_by="hand")
    ground.match()
    assert ground.links() == {"1:u1": ("linked", "email", 10)}
    assert ground.database.rows("SELECT status, suspended_by FROM people_account") == [("suspended", "hand")]


def test_who_has_left_keeps_the_link_and_gets_no_new_one(ground: Ground) -> None:
    ground.user("u1", email="ann@example.org")
    ground.user("u2", email="ben@example.org")
    ground.account(10, email="ann@example.org")
    ground.match()
    for name in ("u1", "u2"):
        ground.removes(name)
    ground.account(11, email="ben@example.org")
    numbers = ground.match()
    assert ground.links() == {"1:u1": ("linked", "email", 10), "1:u2": ("unmatched", "left", 0)}
    assert numbers.left == 2


def test_who_has_no_role_is_nobodys_match(ground: Ground) -> None:
    ground.user("u1", "", email="ann@example.org")
    ground.account(10, email="ann@example.org")
    ground.match()
    assert ground.links() == {"1:u1": ("unmatched", "no_role", 0)}


def test_two_connections_that_claim_one_account_are_disputed(ground: Ground) -> None:
    ground.user("7", given_name="Ann")
    ground.user("7", given_name="Zoe", connection=SOUTH)
    ground.account(10, sourced_id="7")
    ground.match()
    assert set(ground.links().values()) == {("disputed", "several_persons", 0)}


def test_rulings_come_before_rules_and_last(ground: Ground) -> None:
    for name in ("u1", "u2", "u3"):
        ground.user(name, email=f"{name}@example.org")
        ground.account(int(name[1]), email=f"{name}@example.org")
    ground.ruling("link", "u1", account_id=2)
    ground.ruling("ignore", "u3")
    for _ in range(2):
        ground.match()
        assert ground.links() == {
            "1:u1": ("linked", "ruling", 2),
            "1:u2": ("disputed", "account_taken", 0),
            "1:u3": ("ignored", "ruling", 0),
        }


def test_a_ruling_that_is_taken_back_gives_way_to_the_rules(ground: Ground) -> None:
    ground.user("u1", email="ann@example.org")
    ground.account(10, email="ann@example.org")
    ground.account(11)
    ground.ruling("link", "u1", account_id=11)
    ground.match()
    assert ground.links() == {"1:u1": ("linked", "ruling", 11)}
    ground.database.run("UPDATE people_ruling SET ended_at = '2026-10-03T00:00:00.000Z'")
    ground.match()
    assert ground.links() == {"1:u1": ("linked", "email", 10)}


def test_the_last_of_two_rulings_about_one_account_holds(ground: Ground) -> None:
    ground.user("u1")
    ground.user("u2")
    ground.account(10)
    ground.ruling("link", "u1", account_id=10)
    ground.ruling("link", "u2", account_id=10)
    ground.match()
    assert ground.links() == {"1:u1": ("unmatched", "no_key", 0), "1:u2": ("linked", "ruling", 10)}


def test_whom_somebody_wants_created_gets_an_account_whatever_the_rules_say(ground: Ground) -> None:
    ground.user("u1", email="ann@example.org", username="ann")
    ground.account(10, email="ann@example.org")
    ground.account(11, email="ann@example.org")
    ground.ruling("create", "u1")
    for _ in range(2):
        ground.match()
        ((result, reason, account),) = ground.links().values()
        assert (result, reason) == ("created", "created.ruling")
        assert account not in (10, 11)
