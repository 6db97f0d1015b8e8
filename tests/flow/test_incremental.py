"""A server that is asked for what changed only: the roster is the true one, whatever it makes of the question."""

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rosterkeeper.engine.options import Options
from rosterkeeper.features.connections import workflow
from rosterkeeper.features.connections.choosing import choose
from rosterkeeper.features.runs import workflow as runs
from rosterkeeper.sample import SampleServer, Service, write_sample
from rosterkeeper.sample.answers import Answer as Sent
from rosterkeeper.sample.answers import Asked, Hook, as_it_is
from rosterkeeper.sample.faults.plan import Plan, read_plan
from rosterkeeper.sources.spec import CsvSpec, OneRosterSpec
from tests.districts.tables import Tables, repack
from tests.flow.conftest import SEED, USERS
from tests.installation import Installation

SECRET = {"ROSTERKEEPER_SECRET": "sample-secret"}


@pytest.fixture(scope="session")
def week(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The district on its first four days, whole."""
    folder = tmp_path_factory.mktemp("week")
    packages = [folder / f"{day}.zip" for day in (1, 2, 3, 4)]
    for day, package in enumerate(packages, 1):
        write_sample(package, users=USERS, seed=SEED, day=day, version="1.2")
    return packages


@dataclass
class Server:
    """A sample server whose days lie a week apart, and the filters that it was asked."""

    sample: SampleServer
    days: list[Path]
    filters: list[str]
    day: int = 0

    def next_day(self) -> None:
        """The server has the next day's roster now."""
        self.day += 1
        self.sample.reload(self.days[self.day])


@dataclass
class _Clock:
    now: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(days=40))

    def __call__(self) -> datetime:
        self.now += timedelta(days=7)
        return self.now


@contextmanager
def _serving(days: list[Path], faults: str = "", spoil: Hook = as_it_is, **more: Any) -> Iterator[Server]:
    filters: list[str] = []

    def listen(asked: Asked, answer: Sent) -> Sent:
        filters.append(asked.parameters.get("filter", ""))
        return spoil(asked, answer)

    plan = read_plan(faults) if faults else Plan()
    service = Service(clock=_Clock(), faults=plan, hook=listen, **more)
    with SampleServer(days[0], version="1.2", service=service) as sample:
        yield Server(sample, days, filters)


def _connect(installation: Installation, server: Server, *more: str) -> None:
    add = ("connection", "add", "north", "--kind", "oneroster", "--url", server.sample.url, "--client-id", "sample")
    installation.run(*add, *more, env=SECRET).ok()
    installation.run("connection", "options", "north", "--parents", "--demographics").ok()


def _sync(installation: Installation, *options: str, code: int = 0) -> Any:
    answer = installation.run("sync", "north", *options, "--json")
    assert answer.code == code, answer.out + answer.err
    return answer.object


def _hash(installation: Installation) -> str:
    return installation.run("roster", "hash", "north").ok().out.split()[-1]


@pytest.fixture(scope="session")
def truths(week: list[Path], sqlite_template: Installation, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The hashes of the days' rosters, each taken over whole from its package."""
    folder = tmp_path_factory.mktemp("truths")
    hashes = []
    for day, package in enumerate(week, 1):
        shutil.copytree(sqlite_template.data_dir, folder / str(day))
        own = Installation(folder / str(day))
        own.run("connection", "add", "north", "--kind", "csv", "--path", package).ok()
        own.run("connection", "options", "north", "--parents", "--demographics").ok()
        own.run("sync", "north").ok()
        hashes.append(_hash(own))
    return hashes


def _vendor(told: Any) -> set[str]:
    return {code for code in told["findings"] if code.startswith("vendor.")}


def _changes_only(told: Any) -> bool:
    return "of what changed" in told["proof"]


@pytest.mark.covers("N07")
def test_changes_alone_come_to_the_same_roster(database: Installation, week: list[Path], truths: list[str]) -> None:
    with _serving(week) as server:
        _connect(database, server)
        assert not _changes_only(_sync(database))
        for day in (1, 2):
            server.next_day()
            told = _sync(database)
            assert _changes_only(told)
            assert (told["outcome"], _vendor(told)) == ("applied", set())
            assert _hash(database) == truths[day]
    assert sum(told["counts"]["users"].values()) < USERS / 2


@pytest.mark.covers("N07")
@pytest.mark.parametrize(
    ("faults", "codes", "changes"),
    [
        ("filter-dates", set(), True),
        # A collection in which nothing has ever changed looks the same with and without the filter.
        ("filter-ignored", {"vendor.filter_ignored"}, True),
        ("filter-ignored,no-total", {"vendor.filter_ignored"}, True),
        ("filter-empties", {"vendor.changes_incomplete"}, False),
        ("no-total,clamp=50", {"vendor.clamped_page"}, True),
    ],
)
def test_whatever_a_server_makes_of_the_question_the_roster_is_true(
    sqlite: Installation, week: list[Path], truths: list[str], faults: str, codes: set[str], changes: bool
) -> None:
    with _serving(week, faults) as server:
        _connect(sqlite, server)
        _sync(sqlite)
        for day in (1, 2):
            server.next_day()
            told = _sync(sqlite)
            assert _hash(sqlite) == truths[day]
        assert (_vendor(told), _changes_only(told)) == (codes, changes)


@pytest.mark.covers("N07")
@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_server_that_refuses_the_question_is_not_asked_again_until_it_is_set_anew(
    sqlite: Installation, week: list[Path], truths: list[str], status: int
) -> None:
    def refuse(asked: Asked, answer: Sent) -> Sent:
        if not asked.parameters.get("filter"):
            return answer
        # A wait that the server states is kept to, and here there is nothing to wait for.
        return replace(answer, status=status, headers={**answer.headers, "Retry-After": "0"})

    with _serving(week, spoil=refuse) as server:
        _connect(sqlite, server)
        _sync(sqlite)
        server.next_day()
        assert _vendor(_sync(sqlite)) == {"vendor.filter_refused"}
        assert _hash(sqlite) == truths[1]
        server.filters.clear()
        assert _sync(sqlite)["outcome"] == "unchanged"
        assert not any(server.filters)
        sqlite.run("connection", "edit", "north", "--incremental", "on").ok()
        _sync(sqlite)
        _sync(sqlite)
        assert any(server.filters)


@pytest.mark.covers("N07")
def test_a_removal_without_a_word_is_found_by_the_totals(
    sqlite: Installation, week: list[Path], truths: list[str]
) -> None:
    with _serving(week, keep_removed=False) as server:
        _connect(sqlite, server)
        _sync(sqlite)
        server.next_day()
        told = _sync(sqlite)
    assert "vendor.changes_incomplete" in told["findings"]
    assert _hash(sqlite) == truths[1]


@pytest.mark.covers("N07")
def test_what_was_undone_is_pulled_whole_and_waits(sqlite: Installation, week: list[Path], truths: list[str]) -> None:
    with _serving(week) as server:
        _connect(sqlite, server)
        _sync(sqlite)
        server.next_day()
        _sync(sqlite)
        sqlite.run("undo", "north").ok()
        assert _hash(sqlite) == truths[0]
        server.filters.clear()
        held = _sync(sqlite, code=3)
        assert not any(server.filters)
        assert [reason["code"] for reason in held["reasons"]] == ["hold.undone"]
        sqlite.run("approve", held["run"]).ok()
        server.next_day()
        _sync(sqlite)
    assert _hash(sqlite) == truths[2]


@pytest.mark.covers("N07")
def test_everything_is_pulled_when_asked_for_and_when_switched_off(sqlite: Installation, week: list[Path]) -> None:
    with _serving(week) as server:
        _connect(sqlite, server)
        _sync(sqlite)
        server.next_day()
        preview = _sync(sqlite, "--preview")
        assert _changes_only(preview)
        server.filters.clear()
        _sync(sqlite, "--full")
        assert not any(server.filters)
        sqlite.run("connection", "edit", "north", "--incremental", "off").ok()
        _sync(sqlite)
        _sync(sqlite)
        assert not any(server.filters)


class _Unsteady:
    """A clock that stands still every other day, and is ten minutes early or late by turns."""

    def __init__(self) -> None:
        self._base = datetime.now(UTC) - timedelta(days=60)
        self._asked = 0

    def __call__(self) -> datetime:
        self._asked += 1
        skew = timedelta(minutes=10 if self._asked % 3 else -10)
        return self._base + timedelta(days=self._asked // 2) + skew


@pytest.mark.covers("N07")
def test_thirty_days_of_changes_under_an_unsteady_clock_come_to_the_true_roster(
    sqlite: Installation, tmp_path: Path
) -> None:
    package = tmp_path / "day.zip"
    write_sample(package, users=60, seed=SEED, version="1.2")
    changes = _Changes()
    with SampleServer(package, version="1.2", service=Service(clock=_Unsteady())) as server, sqlite.in_process():
        spec = OneRosterSpec(url=server.url, client_id="sample", secret="sample-secret", full_every_days=100)
        connection = workflow.add("north", spec)
        choose(connection, Options(parents=True, demographics=True))
        asked = 0
        for day in range(1, 31):
            if day > 1:
                server.reload(repack(package, package, changes))
            ended = runs.sync(connection, on_progress=lambda _: None)
            assert ended.result.outcome in ("applied", "unchanged"), ended.result.code
            asked += "of what changed" in ended.result.proof
        whole = workflow.add("whole", CsvSpec(path=str(package)), district="whole")
        choose(whole, Options(parents=True, demographics=True))
        runs.sync(whole, on_progress=lambda _: None)
        hashes = {
            runs.fingerprint(each, every_field=False, on_progress=lambda _: None).hash for each in (connection, whole)
        }
    assert asked == 29
    assert len(hashes) == 1


class _Changes:
    """A day's changes to a roster of 1.2: names and titles, somebody who leaves, and somebody who is back."""

    def __init__(self) -> None:
        self._chance = random.Random(SEED)
        self._left: list[dict[str, list[list[str]]]] = []

    def __call__(self, tables: Tables) -> None:
        for table, column in (("users", "familyName"), ("users", "email"), ("classes", "title"), ("orgs", "name")):
            changed = tables[table]
            row = self._chance.choice(changed.rows)
            row[changed.column(column)] += self._chance.choice("abcd")
        if len(self._left) > 2:
            for name, rows in self._left.pop(0).items():
                tables[name].rows += rows
        self._left.append(_leave(tables, self._chance.choice(tables["enrollments"].rows)))


def _leave(tables: Tables, enrollment: list[str]) -> dict[str, list[list[str]]]:
    """Take the person of an enrollment out, with all that is theirs; what was taken, by file."""
    person = enrollment[tables["enrollments"].column("userSourcedId")]
    taken: dict[str, list[list[str]]] = {}
    for name, table in tables.held.items():
        keys = [table.column(key) for key in ("sourcedId", "userSourcedId") if key in table.header]
        taken[name] = [row for row in table.rows if person in [row[key] for key in keys]]
        table.rows = [row for row in table.rows if row not in taken[name]]
    users = tables["users"]
    agents = users.column("agentSourcedIds")
    for row in users.rows:
        row[agents] = ",".join(each for each in row[agents].split(",") if each != person)
    return taken
