"""A folder that zips are put into: each is taken up once, in order of time, and ends where it belongs."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rosterkeeper.features.connections.workflow import find
from rosterkeeper.features.runs.drop import Drop, Note
from rosterkeeper.features.runs.dropping import take_up
from rosterkeeper.features.runs.lease import folder_taken
from rosterkeeper.features.runs.workflow import Wish, sync
from rosterkeeper.sample import Extra, write_sample
from rosterkeeper.sources.csvzip.folder import complete, dropped
from tests.flow.conftest import SEED, USERS, Days
from tests.installation import Installation

HOUR = 3600.0
_LOOKS = 600


def wait_for(holds: Callable[[], bool]) -> None:
    """Return as soon as it holds; fail where it does not within a minute."""
    for _ in range(_LOOKS):
        if holds():
            return
        time.sleep(0.1)
    pytest.fail("it did not come to hold")


@dataclass(frozen=True)
class Inbox:
    """An installation with a connection, `north`, to a folder."""

    installation: Installation
    folder: Path

    def put(self, package: Path, name: str = "roster.zip", *, age: float = HOUR) -> None:
        """Put a package there, changed so many seconds ago."""
        self.put_bytes(package.read_bytes(), name, age=age)

    def put_bytes(self, content: bytes, name: str = "roster.zip", *, age: float = HOUR) -> None:
        path = self.folder / name
        path.write_bytes(content)
        then = time.time() - age
        os.utime(path, (then, then))

    def sync(self, *options: str, code: int = 0) -> Any:
        answer = self.installation.run("sync", "north", *options, "--json")
        assert answer.code == code, answer.out + answer.err
        return answer.object

    def outcomes(self, *, code: int = 0) -> list[tuple[str, str, str]]:
        """What a sync of the folder comes to: name, place and outcome of each zip."""
        return [(each["file"], each["place"], each["outcome"]) for each in self.sync(code=code)["files"]]

    def names(self, place: str) -> list[str]:
        """The files of a place, without the time and the run in their names."""
        home = self.folder / place
        found = home.iterdir() if home.is_dir() else ()
        return sorted(each.name.partition("-run")[2].partition("-")[2] for each in found)

    def runs(self) -> int:
        found: list[object] = self.installation.run("runs", "north", "--json").ok().object["runs"]
        return len(found)

    def hash(self) -> str:
        return self.installation.run("roster", "hash", "north").ok().out.split()[-1]


@pytest.fixture
def inbox(sqlite: Installation, tmp_path: Path) -> Inbox:
    """An empty folder, watched."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    sqlite.run("connection", "add", "north", "--kind", "csv", "--path", folder).ok()
    return Inbox(sqlite, folder)


def test_a_zip_is_taken_up_once_and_moved_with_its_report(inbox: Inbox, days: Days) -> None:
    inbox.put(days.first)
    assert inbox.outcomes() == [("roster.zip", "done", "applied")]
    assert inbox.outcomes() == []
    assert inbox.names("done") == ["roster.zip", "roster.zip.json", "roster.zip.txt"]
    report = next(inbox.folder.glob("done/*.json"))
    told = json.loads(report.read_text(encoding="utf-8"))
    assert (told["file"], told["run"], told["outcome"]) == ("roster.zip", 1, "applied")
    assert told["counts"]["users"]["add"] > 0
    assert "applied" in next(inbox.folder.glob("done/*.txt")).read_text(encoding="utf-8")
    assert not inbox.names("working")


def test_zips_are_taken_up_in_order_of_time_and_the_newest_is_the_roster(
    inbox: Inbox, days: Days, tmp_path: Path
) -> None:
    write_sample(tmp_path / "delta.zip", users=USERS, seed=SEED, day=2, version="1.2", extra=Extra(delta=True))
    inbox.put(tmp_path / "delta.zip", "a.zip", age=HOUR)
    inbox.put(days.first, "b.zip", age=2 * HOUR)
    assert inbox.outcomes() == [("b.zip", "done", "applied"), ("a.zip", "done", "applied")]
    by_delta = inbox.hash()
    inbox.put(days.second, "c.zip")
    assert inbox.outcomes() == [("c.zip", "done", "unchanged")]
    assert inbox.hash() == by_delta


def test_the_same_name_twice_keeps_both(inbox: Inbox, days: Days) -> None:
    for _ in range(2):
        inbox.put(days.first)
        inbox.sync()
    assert inbox.names("done").count("roster.zip") == 2


def test_what_is_no_roster_is_refused_with_the_reason_and_the_rest_goes_on(inbox: Inbox, days: Days) -> None:
    inbox.put_bytes(b"not a zip at all", "broken.zip", age=3 * HOUR)
    inbox.put_bytes(days.first.read_bytes()[:-100], "cut.zip", age=2 * HOUR)
    inbox.put(days.first)
    assert inbox.outcomes(code=1) == [
        ("broken.zip", "refused", "failed"),
        ("cut.zip", "refused", "failed"),
        ("roster.zip", "done", "applied"),
    ]
    text = next(inbox.folder.glob("refused/*broken.zip.txt")).read_text(encoding="utf-8")
    assert "package.not_a_zip" in text


def test_what_is_not_there_in_full_or_has_a_temporary_name_waits(inbox: Inbox, days: Days) -> None:
    inbox.put(days.first, "fresh.zip", age=0)
    inbox.put_bytes(days.first.read_bytes()[:1000], "partial.zip", age=60)
    inbox.put(days.first, ".hidden.zip")
    inbox.put(days.first, "roster.zip.filepart")
    inbox.put(days.first, "~roster.zip")
    (inbox.folder / "folder.zip").mkdir()
    (inbox.folder / "link.zip").symlink_to(days.first)
    assert inbox.outcomes() == []
    assert (inbox.folder / "fresh.zip").exists()


def test_a_held_change_leaves_its_file_in_held_and_can_be_approved(inbox: Inbox, days: Days, tmp_path: Path) -> None:
    inbox.put(days.first)
    inbox.sync()
    write_sample(tmp_path / "other.zip", users=USERS, seed=SEED + 1, version="1.2")
    inbox.put(tmp_path / "other.zip")
    told = inbox.sync(code=3)["files"]
    assert [(each["place"], each["outcome"]) for each in told] == [("held", "held")]
    inbox.installation.run("approve", told[0]["run"]).ok()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_zip_that_may_not_be_read_is_refused(inbox: Inbox, days: Days) -> None:
    inbox.put(days.first)
    (inbox.folder / "roster.zip").chmod(0)
    assert inbox.outcomes(code=1) == [("roster.zip", "refused", "failed")]


def test_a_name_that_is_odd_or_long_is_taken_up_all_the_same(inbox: Inbox, days: Days) -> None:
    inbox.put(days.first, "x" * 250 + ".zip", age=2 * HOUR)
    inbox.put(days.first, os.fsdecode(b"\x1b[31m\xff\n.zip"))
    assert [place for _, place, _ in inbox.outcomes()] == ["done", "done"]
    assert all(name.isprintable() for name in inbox.names("done"))


def test_a_folder_that_is_gone_is_told(inbox: Inbox) -> None:
    inbox.folder.rmdir()
    answer = inbox.installation.run("watch", "north", "--once", "--json")
    assert (answer.code, answer.object["error"]["code"]) == (2, "drop.no_folder")


def test_a_preview_and_a_test_look_at_the_newest_zip_and_leave_it_there(inbox: Inbox, days: Days) -> None:
    inbox.put(days.first)
    assert inbox.sync("--preview")["outcome"] == "applied"
    assert inbox.installation.run("connection", "test", "north", "--json").ok().object["ok"]
    assert (inbox.folder / "roster.zip").exists()


def test_a_watch_takes_up_what_comes_while_it_runs_and_ends_with_an_interrupt(inbox: Inbox, days: Days) -> None:
    command = ("-m", "rosterkeeper.cli", "watch", "north", "--every", "0.2", "--settle", "0.5")
    watchers = [inbox.installation.start(*command) for _ in range(2)]
    try:
        inbox.put(days.first, age=0)
        wait_for(lambda: inbox.names("done") == ["roster.zip", "roster.zip.json", "roster.zip.txt"])
    finally:
        for watcher in watchers:
            watcher.send_signal(2)
            out, err = watcher.communicate(timeout=60)
            assert "Traceback" not in out + err
    assert inbox.runs() == 1


def test_a_file_whose_process_died_before_its_run_is_run_afterwards(inbox: Inbox, days: Days) -> None:
    inbox.put(days.first)
    with inbox.installation.in_process():
        drop = Drop(inbox.folder)
        with folder_taken(find("north").pk):
            drop.take(complete(dropped(inbox.folder), now=time.time())[0])
    assert inbox.outcomes() == [("roster.zip", "done", "applied")]
    assert inbox.runs() == 1


def test_a_file_whose_process_died_between_its_run_and_its_move_is_not_run_again(inbox: Inbox, days: Days) -> None:
    inbox.put(days.first)
    with inbox.installation.in_process():
        drop = Drop(inbox.folder)
        taken = drop.take(complete(dropped(inbox.folder), now=time.time())[0])
        drop.begin(taken, Note(after=0))
        sync(find("north"), Wish(package=str(taken.path)), on_progress=lambda _: None)
    assert inbox.outcomes() == [("roster.zip", "done", "applied")]
    assert (inbox.runs(), inbox.names("working")) == (1, [])


def test_a_run_that_failed_for_want_of_the_machine_is_tried_again(inbox: Inbox, days: Days) -> None:
    inbox.put(days.first)
    scratch = inbox.installation.data_dir / "scratch"
    scratch.parent.mkdir(exist_ok=True)
    scratch.write_text("in the way")
    with inbox.installation.in_process():
        passed = list(take_up(find("north"), Wish(), settle=1, on_progress=lambda _: None))
    assert [(each.place, each.result.outcome) for each in passed] == [("working", "failed")]
    scratch.unlink()
    assert inbox.outcomes() == [("roster.zip", "done", "applied")]
