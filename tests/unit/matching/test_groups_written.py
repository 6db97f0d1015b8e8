"""Class groups in a real database: made by a district's matching, kept through endings, told apart by connection."""

import json

import pytest

from rosterkeeper.matching.group_tables import land_groups, write_groups
from rosterkeeper.matching.groups import make_groups
from rosterkeeper.matching.roster import Roster
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.artifacts import Artifacts
from rosterkeeper.store.database import DatabaseFault
from tests.unit.matching.ground import NORTH, NOW, SOUTH, TODAY, Ground


def _class(ground: Ground, sourced_id: str = "k1", *, connection: int = NORTH, **cells: str) -> None:
    stated = {"title": "Algebra", "school_sourced_id": "s1", **cells}
    ground.row("classes", sourced_id, connection=connection, **stated)


def _seat(ground: Ground, class_id: str, user: str, role: str = "student", **more: str) -> None:
    connection = SOUTH if more.pop("south", "") else NORTH
    cells = {"class_sourced_id": class_id, "user_sourced_id": user, "role": role, **more}
    ground.row("enrollments", f"{class_id}-{user}", connection=connection, **cells)


def _groups(ground: Ground) -> dict[str, dict[str, str]]:
    columns = ("class_sourced_id", "id", "uid", "name", "owners", "students", "status", "changed_at", "connection_id")
    rows = ground.database.rows(f"SELECT {', '.join(columns)} FROM groups_group WHERE kind = 'class'")
    return {f"{row[8]}:{row[0]}": dict(zip(columns, map(str, row), strict=True)) for row in rows}


@pytest.mark.covers("S02", "S03")
def test_a_matching_makes_the_groups_with_the_persons_of_its_records(ground: Ground) -> None:
    ground.user("ada", "teacher")
    ground.user("bob")
    _class(ground)
    _seat(ground, "k1", "ada", "teacher")
    _seat(ground, "k1", "bob")
    assert ground.match().groups.fresh == 1
    (group,) = _groups(ground).values()
    persons = ground.persons()
    assert json.loads(group["owners"]) == [persons["1:ada"]]
    assert json.loads(group["students"]) == [persons["1:bob"]]
    assert (group["name"], group["status"], len(group["uid"])) == ("Algebra", "active", 36)


def test_a_day_writes_only_the_groups_that_it_changed(ground: Ground) -> None:
    ground.user("bob")
    for each in ("k1", "k2"):
        _class(ground, each, title=each)
    ground.match()
    _seat(ground, "k2", "bob")
    later = "2026-10-03T06:00:00.000Z"
    numbers = ground.match(now=later)
    assert (numbers.groups.live, numbers.groups.fresh) == (2, 1)
    assert [each["class_sourced_id"] for each in _groups(ground).values() if each["changed_at"] == later] == ["k2"]


def test_a_group_ends_with_its_class_is_kept_and_returns_as_itself(ground: Ground) -> None:
    _class(ground)
    ground.match()
    before = _groups(ground)["1:k1"]
    _class(ground, status="tobedeleted")
    ground.match()
    assert _groups(ground)["1:k1"]["status"] == "ended"
    _class(ground)
    ground.match()
    after = _groups(ground)["1:k1"]
    assert (after["status"], after["id"], after["uid"]) == ("active", before["id"], before["uid"])


def test_equal_ids_of_two_connections_are_two_groups(ground: Ground) -> None:
    for connection in (NORTH, SOUTH):
        _class(ground, connection=connection)
        ground.user("bob", connection=connection)
    _seat(ground, "k1", "bob")
    _seat(ground, "k1", "bob", south="yes")
    ground.match()
    groups, persons = _groups(ground), ground.persons()
    for place in ("1", "2"):
        assert json.loads(groups[f"{place}:k1"]["students"]) == [persons[f"{place}:bob"]]


def test_a_name_by_hand_stays_and_the_districts_template_names_the_others(ground: Ground) -> None:
    for each in ("k1", "k2"):
        _class(ground, each, class_code=each.upper())
    ground.match()
    ground.database.run("UPDATE groups_group SET name = 'Mine', name_by = 'hand' WHERE class_sourced_id = 'k1'")
    ground.database.run(
        "INSERT INTO groups_settings (district_id, template, options) VALUES (1, '{title} {code}', '{}')"
    )
    ground.match()
    assert {key: each["name"] for key, each in _groups(ground).items()} == {"1:k1": "Mine", "1:k2": "Algebra K2"}


def test_a_date_on_which_a_cover_ends_or_a_part_changes_marks_the_group_as_changed(ground: Ground) -> None:
    _class(ground)
    ground.user("bob")
    ground.match(today="2026-10-02")
    number = _groups(ground)["1:k1"]["id"]
    plain = "district_id, kind, class_sourced_id, name"
    ground.database.run(f"INSERT INTO groups_group (id, uid, {plain}) VALUES (901, 'c', 1, 'custom', '', 'Club')")
    ground.database.run(f"INSERT INTO groups_group (id, uid, {plain}) VALUES (902, 'm', 1, 'merged', '', 'Both')")
    ground.database.run(f"INSERT INTO groups_part (group_id, part_id) VALUES (902, {number})")
    extra = "id, group_id, person_id, district_id, until_on"
    ground.database.run(f"INSERT INTO groups_extra ({extra}) VALUES (1, 901, 1, 1, '2026-10-02')")
    ground.match(today="2026-10-03", now="2026-10-03T06:00:00.000Z")
    _seat(ground, "k1", "bob")
    ground.match(today="2026-10-03", now="2026-10-03T07:00:00.000Z")
    rows = ground.database.rows("SELECT name, changed_at FROM groups_group ORDER BY name")
    assert [tuple(row) for row in rows] == [
        ("Algebra", "2026-10-03T07:00:00.000Z"),
        ("Both", "2026-10-03T07:00:00.000Z"),
        ("Club", "2026-10-03T06:00:00.000Z"),
    ]


def _furnished(ground: Ground, connection: int = NORTH) -> None:
    ground.user("ada", "teacher", connection=connection)
    ground.user("bob", connection=connection)
    _class(ground, connection=connection)
    more = {"south": "yes"} if connection == SOUTH else {}
    _seat(ground, "k1", "ada", "teacher", **more)
    _seat(ground, "k1", "bob", **more)


def test_class_groups_come_beside_the_groups_that_people_made_before(ground: Ground) -> None:
    plain = "district_id, kind, class_sourced_id, name"
    ground.database.run(f"INSERT INTO groups_group (id, uid, {plain}) VALUES (901, 'c', 1, 'custom', '', 'Club')")
    _furnished(ground)
    assert [ground.match().groups.fresh for _ in range(2)] == [1, 0]
    assert ground.database.rows("SELECT name, kind FROM groups_group ORDER BY name") == [
        ("Algebra", "class"),
        ("Club", "custom"),
    ]


def test_the_first_matching_of_a_second_district_leaves_the_first_ones_groups_alone(ground: Ground) -> None:
    ground.database.run("INSERT INTO connections_district (id, name) VALUES (2, 'South')")
    ground.database.run(f"UPDATE connections_connection SET district_id = 2 WHERE id = {SOUTH}")
    second = Ground(ground.database, ground.folder / "second", district=2)
    second.folder.mkdir()
    _furnished(ground)
    _furnished(second, SOUTH)
    ground.match()
    before = _groups(ground)["1:k1"]
    second.match(now="2026-10-03T06:00:00.000Z")
    both = _groups(ground)
    assert both["1:k1"] == before
    assert not {*json.loads(both["2:k1"]["owners"])} & {*json.loads(before["owners"])}
    rows = ground.database.rows("SELECT district_id, class_sourced_id FROM groups_group ORDER BY district_id")
    assert rows == [(1, "k1"), (2, "k1")]


def test_a_first_matching_that_fails_at_its_end_leaves_nothing_and_the_next_one_makes_it_all(
    lone_ground: Ground,
) -> None:
    lone_ground.settings(mode="create")
    _furnished(lone_ground)
    told = "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
    indexes = lone_ground.database.rows(told)
    lone_ground.database.run(
        "CREATE TRIGGER full BEFORE INSERT ON groups_group BEGIN SELECT RAISE(ABORT, 'no space'); END"
    )
    with pytest.raises(DatabaseFault):
        lone_ground.match()
    numbers = [f"(SELECT count(*) FROM people_{each})" for each in ("person", "record", "account")]
    counted = f"SELECT {' + '.join(numbers)} AS number"
    assert lone_ground.database.rows(counted) == [(0,)]
    lone_ground.database.run("DROP TRIGGER full")
    lone_ground.match()
    assert lone_ground.database.rows(counted) == [(6,)]
    assert list(_groups(lone_ground)) == ["1:k1"]
    assert lone_ground.database.rows(told) == indexes


def test_a_group_that_a_resync_made_while_the_first_ones_were_in_the_making_is_taken_over(ground: Ground) -> None:
    _furnished(ground)
    plain = "uid, district_id, kind, connection_id, class_sourced_id, name"
    with Scratch(ground.folder / "making", threads=1) as scratch:
        _land(ground, scratch)
        ground.database.run(f"INSERT INTO groups_group ({plain}) VALUES ('r', 1, 'class', {NORTH}, 'k1', 'Algebra')")
        with ground.database.transaction():
            write_groups(ground.database, scratch, district=1, now=NOW, today=TODAY)
    ((uid, owners),) = ground.database.rows("SELECT uid, owners FROM groups_group")
    assert uid == "r"
    assert json.loads(str(owners)) == []


def _land(ground: Ground, scratch: Scratch) -> None:
    """A matching's scratch database when groups are to be written: nobody is matched yet, and no group was there."""
    artifacts = Artifacts(ground.folder / "artifacts")
    land_groups(ground.database, scratch, Roster(ground.database, scratch, artifacts, [NORTH]), district=1)
    scratch.run("CREATE TABLE record (connection_id BIGINT, sourced_id VARCHAR, status VARCHAR, family_name VARCHAR)")
    scratch.run("CREATE TABLE person_record (connection_id BIGINT, sourced_id VARCHAR, person_id BIGINT)")
    make_groups(scratch, template="", today=TODAY)
