"""What a sample says has changed is what a comparison of its days finds."""

from pathlib import Path

import pytest

from rosterkeeper.sample import Change, Extra, write_sample
from tests.districts.tables import Tables, read

USERS = 1200


def _differences(before: Tables, after: Tables) -> dict[str, Change]:
    found = {}
    for name in after.held.keys() - {"manifest"}:
        old, new = before[name].records(), after[name].records()
        found[name] = Change(
            add=len(new.keys() - old.keys()),
            update=sum(old[key] != new[key] for key in old.keys() & new.keys()),
            remove=len(old.keys() - new.keys()),
            rows=len(new),
        )
    return found


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize(("day", "percent"), [(2, 5.0), (150, 60.0), (7, 0.0)])
def test_truth_equals_a_comparison_of_the_two_days(tmp_path: Path, version: str, day: int, percent: float) -> None:
    extra = Extra(change_percent=percent)
    write_sample(tmp_path / "before.zip", users=USERS, seed=4, day=day - 1, version=version, extra=extra)
    truth = write_sample(tmp_path / "after.zip", users=USERS, seed=4, day=day, version=version, extra=extra)
    found = _differences(read(tmp_path / "before.zip"), read(tmp_path / "after.zip"))
    assert {name: truth.counts[name] for name in found} == found
    assert set(truth.counts) - set(found) == ({"roles"} if version == "1.1" else set())


def test_a_new_day_brings_every_kind_of_change(tmp_path: Path) -> None:
    counts = write_sample(tmp_path / "out.zip", users=USERS, seed=4, day=2).counts
    users, enrollments = counts["users"], counts["enrollments"]
    assert users.add == users.remove > 0
    assert users.update > 0
    # Nine or ten enrollments leave with each student, and some move.
    assert enrollments.remove > 9 * counts["demographics"].remove
    assert enrollments.add > 9 * counts["demographics"].add
    assert counts["classes"] == Change(add=1, rows=counts["classes"].rows)


def test_the_share_of_users_that_a_day_touches_can_be_chosen(tmp_path: Path) -> None:
    touched = {}
    for percent in (5.0, 25.0):
        users = write_sample(
            tmp_path / "out.zip", users=10_000, seed=4, day=2, extra=Extra(change_percent=percent, loads=1)
        ).counts["users"]
        touched[percent] = users.add + users.update + users.remove
    # Joins, leavers and renames are three parts in five; moves are the rest.
    assert touched == {percent: pytest.approx(10_000 * percent / 100 * 3 / 5, rel=0.25) for percent in touched}


def test_on_the_first_day_everything_is_new(tmp_path: Path) -> None:
    truth = write_sample(tmp_path / "out.zip", users=100, seed=4)
    assert truth.counts["users"] == Change(add=100, rows=100)
    assert all(each.add == each.rows and not each.update and not each.remove for each in truth.counts.values())


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_delta_turns_the_day_before_into_the_day(tmp_path: Path, version: str) -> None:
    for day in (5, 6):
        extra = Extra(school_year=2027)
        write_sample(tmp_path / f"{day}.zip", users=USERS, seed=4, day=day, version=version, extra=extra)
    extra = Extra(delta=True, school_year=2027)
    truth = write_sample(tmp_path / "delta.zip", users=USERS, seed=4, day=6, version=version, extra=extra)
    before, after, delta = (read(tmp_path / f"{name}.zip") for name in ("5", "6", "delta"))
    modes = {row[0]: row[1] for row in delta["manifest"].rows}
    for name in after.held.keys() - {"manifest"}:
        rows = before[name].records()
        if name in delta.held:
            assert modes[f"file.{name}"] == "delta"
            for key, row in delta[name].records().items():
                assert row["dateLastModified"] == "2026-08-06T02:00:00.000Z"
                if row["status"] == "tobedeleted":
                    del rows[key]
                else:
                    rows[key] = {**row, "status": "", "dateLastModified": ""}
            change = truth.counts[name]
            assert len(delta[name].rows) == change.add + change.update + change.remove
        else:
            assert modes[f"file.{name}"] == "absent"
        assert rows == after[name].records()
