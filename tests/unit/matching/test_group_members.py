"""Members of groups are listed batch by batch: a group that stands in several batches is still one."""

from pathlib import Path

import pytest

from rosterkeeper.matching.group_members import SHIFT, list_members
from rosterkeeper.scratch import Scratch

LARGE = 150_000
TABLES = ("group_owners", "group_students")


def listed(folder: Path, seats: str) -> dict[str, dict[object, tuple[int, int, int]]]:
    """Of each table the groups by number: how many members, and the first and the last of them.

    ``seats`` is a query of no, person, is_student, is_now.
    """
    with Scratch(folder) as scratch:
        scratch.run(
            f"CREATE TABLE seat AS SELECT (no::BIGINT << {SHIFT}) + 2 * person + is_student::BIGINT AS seat, is_now"
            f" FROM ({seats})"
        )
        for name in ("class_group", "changed_group"):
            scratch.run(f"CREATE TABLE {name} AS SELECT DISTINCT seat >> {SHIFT} AS no FROM seat")
        list_members(scratch)
        found: dict[str, dict[object, tuple[int, int, int]]] = {}
        for table in TABLES:
            rows = scratch.rows(f"SELECT no, len(members), members[1], members[-1] FROM {table} ORDER BY no")
            found[table] = {no: (int(many or 0), int(first or 0), int(last or 0)) for no, many, first, last in rows}
            [(wrong,)] = scratch.rows(
                f"SELECT count(*) FROM {table} WHERE members <> list_sort(list_distinct(members))"
            )
            assert wrong == 0, f"{table}: members are not in order, or stand there twice"
        return found


def test_a_group_larger_than_several_batches_is_listed_whole(tmp_path: Path) -> None:
    small = "SELECT 1 AS no, r AS person, r > 2 AS is_student, true AS is_now FROM range(1, 31) t(r)"
    large = f"SELECT 2, r, true, true FROM range(100, {100 + LARGE}) t(r)"
    after = "SELECT 3, r, r <> 7, true FROM range(1, 21) t(r)"
    found = listed(tmp_path, f"{small} UNION ALL {large} UNION ALL {after}")
    assert found["group_owners"] == {1: (2, 1, 2), 3: (1, 7, 7)}
    assert found["group_students"] == {1: (28, 3, 30), 2: (LARGE, 100, 99 + LARGE), 3: (19, 1, 20)}


def test_many_groups_over_many_batches_keep_their_members(tmp_path: Path) -> None:
    seats = "SELECT r // 7 AS no, r % 7 AS person, r % 7 > 0 AS is_student, true AS is_now FROM range(0, 280007) t(r)"
    found = listed(tmp_path, seats)
    assert len(found["group_owners"]) == len(found["group_students"]) == 40_001
    assert set(found["group_owners"].values()) == {(1, 0, 0)}
    assert set(found["group_students"].values()) == {(6, 1, 6)}


def test_who_teaches_and_learns_is_an_owner_alone_and_nobody_is_listed_twice(tmp_path: Path) -> None:
    seat = "SELECT 5 AS no, r AS person, learns AS is_student, true AS is_now FROM range(1, 4) t(r)"
    twice = f"{seat}, (VALUES (true), (true), (false)) v(learns)"
    found = listed(tmp_path, twice)
    assert found == {"group_owners": {5: (3, 1, 3)}, "group_students": {}}


@pytest.mark.parametrize(
    "over",
    [
        "SELECT 1 AS no, 1 AS person, true AS is_student, true AS is_now WHERE false",
        "SELECT 1 AS no, r AS person, true AS is_student, false AS is_now FROM range(9) t(r)",
    ],
)
def test_without_a_seat_that_counts_no_group_has_members(tmp_path: Path, over: str) -> None:
    assert listed(tmp_path, over) == {"group_owners": {}, "group_students": {}}
