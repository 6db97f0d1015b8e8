"""What holds of every matching, whatever the roster and the directory are like."""

from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.matching.ground import NORTH, SOUTH, Ground

# Few different values, so that they meet; blank ones, and such as stand for nothing.
_MAILS = ("", "NULL", "a@x.org", "A@X.org ", "b@x.org", "c@x.org")
_KEYS = ("", "", "m1", "m2")
_NAMES = ("Ann", "Ben")
_ROLES = ("student", "teacher", "guardian", "")
_USER = st.fixed_dictionaries(
    {
        "role": st.sampled_from(_ROLES),
        "connection": st.sampled_from((NORTH, SOUTH)),
        "email": st.sampled_from(_MAILS),
        "user_master_identifier": st.sampled_from(_KEYS),
        "given_name": st.sampled_from(_NAMES),
        "user_ids": st.sampled_from(("", '["{SIS:1}"]', '["{SIS:2}"]')),
    }
)
_ACCOUNT = st.fixed_dictionaries(
    {
        "email": st.sampled_from(_MAILS),
        "user_master_identifier": st.sampled_from(_KEYS),
        "sourced_id": st.sampled_from(("", "", "u0", "u1")),
        "kind": st.sampled_from(("", "", "student", "staff")),
        "status": st.sampled_from(("active", "suspended", "purged")),
    }
)
_TABLES = (
    *("roster_user", "roster_role", "people_account", "people_person", "people_record", "people_candidate"),
    *("people_family", "people_ruling", "people_settings"),
)


_Rows = Sequence[tuple[int, dict[str, Any]]]


def _furnish(ground: Ground, users: _Rows, accounts: _Rows) -> None:
    for table in _TABLES:
        ground.database.run(f"DELETE FROM {table}")
    for number, user in users:
        cells = {name: value for name, value in user.items() if name != "role"}
        ground.user(f"u{number}", user["role"], **cells)
    for number, account in accounts:
        ground.account(100 + number, **account)


def _told(ground: Ground) -> tuple[dict[str, tuple[str, str, int]], set[frozenset[str]], set[tuple[str, int, str]]]:
    """Links, the records of each person, and candidates: all but the persons' numbers."""
    together: dict[int, set[str]] = {}
    for record, person in ground.persons().items():
        together.setdefault(person, set()).add(record)
    return ground.links(), {frozenset(each) for each in together.values()}, ground.candidates()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(users=st.lists(_USER, max_size=7), accounts=st.lists(_ACCOUNT, max_size=5))
def test_matching_is_one_to_one_and_comes_to_the_same_in_any_order_and_again(
    lone_ground: Ground, users: list[dict[str, Any]], accounts: list[dict[str, Any]]
) -> None:
    numbered = list(enumerate(users)), list(enumerate(accounts))
    _furnish(lone_ground, numbered[0][::-1], numbered[1][::-1])
    lone_ground.match()
    backwards = _told(lone_ground)
    _furnish(lone_ground, *numbered)
    lone_ground.match()
    once = _told(lone_ground)
    assert once == backwards
    rows = lone_ground.database.rows("SELECT * FROM people_person ORDER BY id")
    given_away = lone_ground.database.rows("SELECT account_id FROM people_person WHERE account_id > 0")
    assert len(set(given_away)) == len(given_away)
    numbers = lone_ground.match(now="2026-10-03T06:00:00.000Z")
    assert _told(lone_ground) == once
    assert lone_ground.database.rows("SELECT * FROM people_person ORDER BY id") == rows
    assert numbers.changed == dict.fromkeys(numbers.changed, 0)
