"""The life of accounts from matching to matching, in a real database."""

import pytest

from rosterkeeper.matching.lifecycle_options import LifeOptions
from rosterkeeper.scratch import Cell
from tests.unit.matching.ground import Ground


def account(ground: Ground, sourced_id: str) -> dict[str, Cell]:
    """What stands in the account that belongs to somebody's record."""
    columns = ("id", "uid", "origin", "email", "given_name", "status", "suspended_by")
    row = ground.database.rows(
        f"SELECT {', '.join('a.' + each for each in columns)} FROM people_account a JOIN people_person p"
        " ON p.account_id = a.id JOIN people_record r ON r.person_id = p.id WHERE r.sourced_id = $1",
        [sourced_id],
    )[0]
    return dict(zip(columns, row, strict=True))


@pytest.mark.covers("M18", "M19")
def test_accounts_are_made_once_and_follow_the_roster(ground: Ground) -> None:
    ground.settings(mode="create")
    ground.account(10, email="ann@example.org")
    ground.user("ann", email="ann@example.org")
    for each in ("bob", "eve"):
        ground.user(each, email=f"{each}@example.org")
    assert ground.match().life.created == 2
    first = account(ground, "bob")
    assert (first["origin"], first["email"]) == ("sync", "bob@example.org")
    assert account(ground, "ann")["id"] == 10
    ground.user("bob", email="bob.king@example.org", given_name="Robert")
    again = ground.match().life
    assert (again.created, again.updated) == (0, 1)
    assert account(ground, "bob") == first | {"email": "bob.king@example.org", "given_name": "Robert"}
    assert (ground.match().life.updated, ground.match().life.created) == (0, 0)


@pytest.mark.parametrize("options", [{}, {"life": {"suspend_linked": True}}])
def test_an_account_that_is_made_takes_no_username_of_the_directorys(
    ground: Ground, options: dict[str, object]
) -> None:
    ground.settings(mode="create", options=options)
    ground.account(10, username="Bob")
    for each in ("bob", "eve"):
        ground.user(each, username=each)
    assert ground.match().life.created == 2
    rows = ground.database.rows("SELECT username, username_key FROM people_account WHERE origin = 'sync' ORDER BY id")
    assert rows == [("", ""), ("eve", "eve")]
    assert ground.match().life.updated == 0


def test_the_same_account_goes_and_comes_with_its_person(ground: Ground) -> None:
    ground.settings(mode="create")
    ground.user("bob", email="bob@example.org")
    ground.match()
    first = account(ground, "bob")
    ground.removes("bob")
    assert ground.match().life.suspended == 1
    assert account(ground, "bob") == first | {"status": "suspended", "suspended_by": "sync"}
    ground.user("bob", email="bob@example.org")
    assert ground.match().life.restored == 1
    assert account(ground, "bob") == first


def test_after_the_retention_time_nothing_personal_is_left(ground: Ground) -> None:
    ground.settings(mode="create", options={"life": {"retention_days": 30}})
    ground.user("bob", email="bob@example.org")
    ground.match(now="2026-01-01T00:00:00.000Z")
    ground.removes("bob")
    ground.match(now="2026-01-02T00:00:00.000Z")
    assert ground.match(now="2026-02-01T00:00:00.000Z").life.purged == 0
    assert ground.match(now="2026-02-01T00:00:00.001Z").life.purged == 1
    rows = ground.database.rows("SELECT status, email, username, family_name, sort_key FROM people_account")
    assert rows == [("purged", "", "", "", "")]
    ground.user("bob", email="bob@example.org")
    assert ground.match(now="2026-02-02T00:00:00.000Z").life.created == 1
    assert account(ground, "bob")["status"] == "active"


@pytest.mark.covers("L39")
def test_who_came_by_a_connection_that_was_deleted_keeps_the_account(ground: Ground) -> None:
    ground.settings(mode="create")
    ground.user("bob", email="bob@example.org")
    ground.match()
    ground.database.run("UPDATE connections_connection SET removed_at = '2026-01-01T00:00:00Z'")
    life = ground.match().life
    assert (life.suspended, account(ground, "bob")["status"]) == (0, "active")


def test_an_accident_is_held_until_somebody_approves_just_that(ground: Ground) -> None:
    ground.settings(mode="create")
    for number in range(20):
        ground.user(f"u{number}", email=f"u{number}@example.org")
    ground.match()
    for number in range(10):
        ground.removes(f"u{number}")
    held = ground.match().life.held
    assert _settings(ground, "held") == held != ""
    assert _active(ground) == 20
    fingerprint = held.split('"fingerprint":"')[1].split('"')[0]
    ground.database.run("UPDATE people_settings SET approved = $1", [fingerprint])
    assert ground.match().life.suspended == 10
    assert (_settings(ground, "held"), _settings(ground, "approved")) == ("", "")
    assert _active(ground) == 10


def test_families_are_written_over_two_connections(ground: Ground) -> None:
    ground.user("kid", email="kid@example.org")
    ground.user("mum", "guardian", connection=2, email="mum@example.org", agent_sourced_ids='["kid"]')
    ground.match()
    persons = ground.persons()
    rows = ground.database.rows("SELECT student_id, parent_id, relationship FROM people_family")
    assert rows == [(persons["1:kid"], persons["2:mum"], "guardian")]


def test_the_defaults_are_those_that_are_written_down() -> None:
    made = LifeOptions()
    assert (made.retention_days, made.suspend_linked) == (365, False)
    assert (made.limits.leave, made.limits.unlink, made.limits.create, made.limits.purge) == (10, 5, 50, 25)


def _settings(ground: Ground, column: str) -> str:
    return str(ground.database.rows(f"SELECT {column} FROM people_settings")[0][0])


def _active(ground: Ground) -> Cell:
    return ground.database.rows("SELECT count(*) FROM people_account WHERE status = 'active'")[0][0]


def test_who_is_switched_off_at_the_source_has_left_only_where_the_district_says_so(lone_ground: Ground) -> None:
    ground = lone_ground
    for name in ("ann", "bob"):
        ground.user(name, email=f"{name}@example.org")
    ground.settings(mode="create")
    ground.match()
    ground.user("bob", email="bob@example.org", enabled_user="false")
    assert ground.match().life.suspended == 0
    ground.settings(mode="create", options={"life": {"disabled_leave": True}})
    assert ground.match().life.suspended == 1
    assert ground.database.rows("SELECT sourced_id, status FROM people_person ORDER BY sourced_id") == [
        ("ann", "active"),
        ("bob", "left"),
    ]
    ground.user("bob", email="bob@example.org", enabled_user="true")
    assert ground.match().life.restored == 1
