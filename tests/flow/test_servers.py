"""The same district through every form a source can have, and what its findings are."""

from pathlib import Path

import pytest

from rosterkeeper.sample import SampleServer, write_sample
from tests.flow.conftest import SEED, USERS, Days
from tests.installation import Installation

SECRET = {"ROSTERKEEPER_SECRET": "sample-secret"}


@pytest.mark.postgresql
@pytest.mark.covers("N05", "N06", "R01", "R02", "M07")
def test_one_district_has_one_hash_whatever_it_comes_through_and_wherever_it_is_kept(
    sqlite: Installation, postgresql: Installation, tmp_path: Path
) -> None:
    hashes = {}
    for version, auth in (("1.1", "oauth1"), ("1.2", "oauth2")):
        package = tmp_path / f"{version}.zip"
        write_sample(package, users=USERS, seed=SEED, version=version)
        with SampleServer(package, version=version, auth=auth) as server:
            by_rest = ("--kind", "oneroster", "--url", server.url, "--client-id", "sample", "--auth", auth)
            for kept in (sqlite, postgresql):
                for form, source in (("csv", ("--kind", "csv", "--path", package)), ("rest", by_rest)):
                    name = f"{form}-{version}"
                    kept.run("connection", "add", name, "--district", name, *source, env=SECRET).ok()
                    kept.run("sync", name).ok()
                    hashes[kept.kind, name] = kept.run("roster", "hash", name).ok().out.split()[-1]
    assert len(hashes) == 8
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


def test_findings_are_listed_written_and_counted_alike(sqlite: Installation, fixtures: Path, tmp_path: Path) -> None:
    package = fixtures / "longsight-csv12" / "V02-rostering-bulk-package.zip"
    sqlite.run("connection", "add", "north", "--kind", "csv", "--path", package).ok()
    told = sqlite.run("sync", "north", "--json").object
    listed = sqlite.run("findings", told["run"], "--json").ok().object["findings"]
    assert len(listed) == sum(told["findings"].values())
    out = tmp_path / "findings.csv"
    sqlite.run("findings", told["run"], "--csv", out).ok()
    assert len(out.read_text(encoding="utf-8").splitlines()) == len(listed) + 1
