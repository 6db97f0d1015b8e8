"""Class groups in a real database: made by a district's matching, kept through endings, told apart by connection."""

import json

import pytest

from tests.unit.matching.ground import NORTH, SOUTH, Ground


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
