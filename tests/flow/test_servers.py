"""The same district through every form a source can have, and what a guard holds."""

from pathlib import Path

import pytest

from rosterkeeper.sample import SampleServer, write_sample
from tests.flow.conftest import SEED, USERS, Days, District
from tests.installation import Installation

SECRET = {"ROSTERKEEPER_SECRET": "sample-secret"}


@pytest.mark.covers("N05", "N06", "R01", "R02", "M07")
def test_one_district_has_one_hash_whatever_it_comes_through(database: Installation, tmp_path: Path) -> None:
    hashes = {}
    for version, auth in (("1.1", "oauth1"), ("1.2", "oauth2")):
        package = tmp_path / f"{version}.zip"
        write_sample(package, users=USERS, seed=SEED, version=version)
        by_file, by_rest = f"csv-{version}", f"rest-{version}"
        own = ("connection", "add", by_file, "--kind", "csv", "--district", by_file)
        database.run(*own, "--path", package).ok()
        with SampleServer(package, version=version, auth=auth) as server:
            own = ("connection", "add", by_rest, "--kind", "oneroster", "--district", by_rest)
            database.run(*own, "--url", server.url, "--client-id", "sample", "--auth", auth, env=SECRET).ok()
            for each in (by_file, by_rest):
                database.run("sync", each).ok()
                hashes[each] = database.run("roster", "hash", each).ok().out.split()[-1]
    assert len(set(hashes.values())) == 1, hashes


@pytest.mark.covers("L22", "L27", "M07", "R01")
def test_a_wrong_secret_is_told_by_the_test_and_by_the_sync(sqlite: Installation, days: Days) -> None:
    with SampleServer(days.first) as server:
        add = ("connection", "add", "north", "--kind", "oneroster", "--url", server.url, "--client-id", "sample")
        sqlite.run(*add, env={"ROSTERKEEPER_SECRET": "canary-4711"}).ok()
        tested = sqlite.run("connection", "test", "north", "--json")
        assert (tested.code, tested.object["ok"]) == (1, False)
        synced = sqlite.run("sync", "north", "--json")
        assert (synced.code, synced.object["outcome"]) == (1, "failed")
    assert "canary" not in tested.out + tested.err + synced.out + synced.err


def test_a_server_that_is_gone_changes_nothing(sqlite: Installation, days: Days) -> None:
    with SampleServer(days.first) as server:
        add = ("connection", "add", "north", "--kind", "oneroster", "--url", server.url, "--client-id", "sample")
        sqlite.run(*add, env=SECRET).ok()
        assert sqlite.run("connection", "test", "north", "--json").ok().object["ok"] is True
        sqlite.run("sync", "north").ok()
        before = sqlite.run("roster", "hash", "north").ok().out
    answer = sqlite.run("sync", "north", "--json")
    assert (answer.code, answer.object["outcome"]) == (1, "failed")
    assert sqlite.run("roster", "hash", "north").ok().out == before


@pytest.fixture
def halved(tmp_path: Path) -> Path:
    """A package of a much smaller district: most people of the other are missing from it."""
    package = tmp_path / "halved.zip"
    write_sample(package, users=USERS // 3, seed=SEED, version="1.2")
    return package


def test_a_roster_with_most_people_missing_waits_until_someone_decides(north: District, halved: Path) -> None:
    north.sync()
    before = north.hash()
    north.gets(halved)
    assert north.sync("--preview", code=3)["outcome"] == "held"
    held = north.sync(code=3)
    assert held["outcome"] == "held"
    assert {"users"} <= {reason["entity"] for reason in held["reasons"]}
    assert north.hash() == before

    newer = north.sync(code=3)
    again = north.run("approve", held["run"], "--json")
    assert (again.code, again.object["error"]["code"]) == (1, "run.not_waiting")

    approved = north.run("approve", newer["run"], "--json").ok().object
    assert {name: counts["remove"] for name, counts in approved["counts"].items() if name in newer["counts"]} == {
        name: counts["remove"] for name, counts in newer["counts"].items()
    }
    assert north.hash() != before
    runs = north.run("runs", "north", "--json").ok().object["runs"]
    assert [run["held_state"] for run in runs] == ["", "approved", "superseded", ""]


def test_a_discarded_change_is_gone_and_the_next_sync_looks_afresh(lone: District, halved: Path, days: Days) -> None:
    lone.sync()
    lone.gets(halved)
    held = lone.sync(code=3)
    lone.run("discard", held["run"]).ok()
    assert lone.run("approve", held["run"]).code == 1
    assert not list((lone.installation.data_dir / "artifacts" / "changes").rglob("*.parquet"))
    lone.gets(days.first)
    assert lone.sync()["outcome"] == "unchanged"


def test_a_held_change_cannot_be_approved_after_the_roster_has_moved(lone: District, halved: Path) -> None:
    lone.sync()
    lone.gets(halved)
    held = lone.sync(code=3)
    lone.run("undo", "north").ok()
    answer = lone.run("approve", held["run"], "--json")
    assert answer.code == 1
    assert lone.run("roster", "counts", "north", "--json").object["counts"]["users"] == 0


def test_findings_are_listed_written_and_counted_alike(sqlite: Installation, fixtures: Path, tmp_path: Path) -> None:
    package = fixtures / "longsight-csv12" / "V02-rostering-bulk-package.zip"
    sqlite.run("connection", "add", "north", "--kind", "csv", "--path", package).ok()
    told = sqlite.run("sync", "north", "--json").object
    listed = sqlite.run("findings", told["run"], "--json").ok().object["findings"]
    assert len(listed) == sum(told["findings"].values())
    out = tmp_path / "findings.csv"
    sqlite.run("findings", told["run"], "--csv", out).ok()
    assert len(out.read_text(encoding="utf-8").splitlines()) == len(listed) + 1
