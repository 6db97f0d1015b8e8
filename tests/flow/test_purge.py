"""What was removed long enough ago is erased, everywhere; what was removed later stays."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from rosterkeeper.features.roster.models import BEFORE, LIVE
from rosterkeeper.oneroster.fields import ENTITIES
from tests.flow.conftest import Days, District

LONG_AGO = "2020-01-01T00:00:00.000Z"
# The column by which a record belongs to a person.
OWNED = {"users": "sourced_id", "roles": "user_sourced_id", "demographics": "sourced_id"}


@pytest.fixture
def left(synced: District, days: Days) -> District:
    """The district on its second day: some people have left."""
    return _on_its_second_day(synced, days)


@pytest.fixture(scope="session")
def second_day(synced_template: District, days: Days, tmp_path_factory: pytest.TempPathFactory) -> District:
    """The same on SQLite alone, for others to be copied from."""
    return _on_its_second_day(synced_template.copied(tmp_path_factory.mktemp("second-day")), days)


@pytest.fixture
def lone_left(second_day: District, tmp_path: Path) -> District:
    """The same for a test of its own."""
    return second_day.copied(tmp_path)


def _on_its_second_day(synced: District, days: Days) -> District:
    synced.gets(days.second)
    synced.sync()
    return synced


def _removed(north: District) -> list[str]:
    with north.installation.in_process():
        users = LIVE["users"]._default_manager.filter(status="tobedeleted")
        return sorted(users.values_list("sourced_id", flat=True))


def _backdate(north: District, people: list[str]) -> None:
    """These people left years ago."""
    with north.installation.in_process():
        for entity, column in OWNED.items():
            rows = LIVE[entity]._default_manager.filter(status="tobedeleted", **{f"{column}__in": people})
            rows.update(removed_at=LONG_AGO)


def _kept_of(north: District, people: list[str]) -> dict[str, int]:
    """How many records of the people stand in each kind of table."""
    found = {}
    with north.installation.in_process():
        for kind, tables in (("live", LIVE), ("before", BEFORE)):
            for entity, column in OWNED.items():
                rows = tables[entity]._default_manager.filter(**{f"{column}__in": people})
                found[f"{kind} {entity}"] = rows.count()
    for entity, column in OWNED.items():
        found[f"snapshots {entity}"] = len(_in_snapshots(north, entity, column) & set(people))
    return found


def _in_snapshots(north: District, entity: str, column: str) -> set[str]:
    (file,) = [each.file.removesuffix(".csv") for each in ENTITIES if each.name == entity]
    found: set[str] = set()
    for path in (north.installation.data_dir / "artifacts" / "snapshots").rglob(f"{file}.parquet"):
        found |= set(pq.read_table(path, columns=[column]).column(0).to_pylist())
    return found


def test_people_removed_longer_ago_are_gone_everywhere_and_others_stay(left: District) -> None:
    removed = _removed(left)
    assert len(removed) > 1
    old, late = removed[:1], removed[1:]
    _backdate(left, old)
    before = left.hash()
    assert all(_kept_of(left, old).values())

    (told,) = left.run("purge", "--days", 365, "--json").ok().object["purged"]
    assert told["counts"]["users"]["remove"] == len(old)
    assert not any(_kept_of(left, old).values())
    stays = _kept_of(left, late)
    assert (stays["live users"], stays["snapshots users"]) == (len(late), len(late))
    assert left.hash() == before

    refused = left.run("undo", "north", "--json")
    assert (refused.code, refused.object["error"]["code"]) == (1, "undo.purged")
    assert left.hash() == before
    assert left.sync()["outcome"] == "unchanged"


def test_an_erased_person_who_comes_back_is_a_new_one(lone_left: District, days: Days) -> None:
    erased = _removed(lone_left)
    lone_left.run("purge", "--days", 0).ok()
    assert _removed(lone_left) == []
    lone_left.gets(days.first)
    told = lone_left.sync()
    assert (told["counts"]["users"]["restore"], told["counts"]["users"]["add"] >= len(erased)) == (0, True)


def test_a_purge_with_nothing_to_erase_changes_nothing(lone_left: District) -> None:
    before = lone_left.hash("--all")
    (told,) = lone_left.run("purge", "--days", 365, "--json").ok().object["purged"]
    assert not any(counts["remove"] for counts in told["counts"].values())
    assert lone_left.hash("--all") == before
    lone_left.run("undo", "north").ok()


def test_a_restore_after_a_purge_brings_back_all_but_the_erased(lone_left: District) -> None:
    first = lone_left.run("runs", "north", "--json").ok().object["runs"][-1]["run"]
    erased = set(_removed(lone_left))
    lone_left.run("purge", "--days", 0).ok()
    lone_left.run("restore", "north", first).ok()
    with lone_left.installation.in_process():
        live = set(LIVE["users"]._default_manager.filter(status="active").values_list("sourced_id", flat=True))
    assert live
    assert live & erased == set()


def test_an_undone_change_still_waits_after_a_purge(lone_left: District, days: Days) -> None:
    lone_left.gets(days.first)
    lone_left.sync()
    lone_left.run("undo", "north").ok()
    (told,) = lone_left.run("purge", "--days", 0, "--json").ok().object["purged"]
    assert told["outcome"] == "applied"
    assert lone_left.sync("--preview", code=3)["outcome"] == "held"
