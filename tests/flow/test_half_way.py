"""A source that fails half-way changes nothing, says so, and leaves Last Updated where it was."""

from pathlib import Path
from typing import Any

import pytest

from rosterkeeper.sample import SampleServer, Service
from rosterkeeper.sample.answers import Answer, Asked
from tests.flow.conftest import Days, District
from tests.installation import Installation

PAGE = 200


class DyingServer:
    """Answers until it is told to die; then every page of enrollments from the third on ends in the middle."""

    def __init__(self) -> None:
        self.dying = False

    def __call__(self, asked: Asked, answer: Answer) -> Answer:
        """Hang up in the midst of the body where it is time."""
        late = int(asked.parameters.get("offset", "0")) >= 2 * PAGE
        if self.dying and late and asked.path.endswith("/enrollments"):
            answer.cut_after = len(answer.body) // 2
        return answer


@pytest.mark.covers("N10", "N12", "N38", "L26")
def test_a_zip_cut_at_seventy_percent_changes_nothing(lone_synced: District, days: Days) -> None:
    before, (connection,) = lone_synced.hash("--all"), _connections(lone_synced.installation)
    whole = days.second.read_bytes()
    lone_synced.package.write_bytes(whole[: len(whole) * 7 // 10])
    told = lone_synced.sync(code=1)
    assert told["outcome"] == "failed"
    assert told["error"]["code"].startswith("package.")
    assert told["error"]["todo"]
    assert lone_synced.hash("--all") == before
    (after,) = _connections(lone_synced.installation)
    assert after["status"] == "invalid zip"
    assert after["last_updated"] == connection["last_updated"] < after["last_checked"]


@pytest.mark.covers("N10", "R02", "L26")
def test_a_server_that_dies_on_the_third_page_changes_nothing(sqlite: Installation, days: Days) -> None:
    fault = DyingServer()
    with SampleServer(days.first, auth="bearer", service=Service(page_cap=PAGE, hook=fault)) as server:
        add = ("connection", "add", "north", "--kind", "oneroster", "--url", server.url, "--client-id", "sample")
        sqlite.run(*add, "--auth", "bearer", env={"ROSTERKEEPER_SECRET": "sample-secret"}).ok()
        sqlite.run("sync", "north").ok()
        before, (connection,) = _hash(sqlite), _connections(sqlite)
        server.reload(days.second)
        fault.dying = True
        answer = sqlite.run("sync", "north", "--json")
        assert (answer.code, answer.object["outcome"]) == (1, "failed")
        assert answer.object["error"]["todo"]
        assert not any(counts["add"] for counts in answer.object["counts"].values())
        assert _hash(sqlite) == before
        (after,) = _connections(sqlite)
        assert after["last_updated"] == connection["last_updated"] < after["last_checked"]
        assert after["status"] == answer.object["error"]["what"]
        fault.dying = False
        assert sqlite.run("sync", "north", "--json").ok().object["outcome"] == "applied"


def test_a_source_that_fails_on_its_first_day_leaves_nothing_behind(lone: District, tmp_path: Path) -> None:
    whole = lone.package.read_bytes()
    lone.package.write_bytes(whole[: len(whole) // 2])
    assert lone.sync(code=1)["outcome"] == "failed"
    (connection,) = _connections(lone.installation)
    assert connection["last_updated"] is None
    assert connection["status"] == "invalid zip"
    assert not any(lone.run("roster", "counts", "north", "--json").ok().object["counts"].values())
    assert not list((lone.installation.data_dir / "artifacts").rglob("*.parquet"))


def _connections(installation: Installation) -> list[Any]:
    listed: list[Any] = installation.run("connection", "list", "--json").ok().object["connections"]
    return listed


def _hash(installation: Installation) -> str:
    return installation.run("roster", "hash", "north", "--all").ok().out.split()[-1]
