"""A server that is asked for what changed only: the roster is the true one, whatever the server makes of the question."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rosterkeeper.sample import SampleServer, Service, write_sample
from rosterkeeper.sample.answers import Answer as Sent
from rosterkeeper.sample.answers import Asked
from rosterkeeper.sample.faults.plan import Plan, read_plan
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
def _serving(days: list[Path], faults: str = "", **more: Any) -> Iterator[Server]:
    filters: list[str] = []

    def listen(asked: Asked, answer: Sent) -> Sent:
        filters.append(asked.parameters.get("filter", ""))
        return answer

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


def _true(installation: Installation, package: Path) -> bool:
    """Whether the roster is the one that the package holds whole."""
    name = f"truth-{package.stem}"
    installation.run("connection", "add", name, "--district", name, "--kind", "csv", "--path", package).ok()
    installation.run("connection", "options", name, "--parents", "--demographics").ok()
    installation.run("sync", name).ok()
    of = [installation.run("roster", "hash", each).ok().out.split()[-1] for each in ("north", name)]
    return of[0] == of[1]


@pytest.mark.covers("N07")
def test_changes_alone_come_to_the_same_roster(sqlite: Installation, week: list[Path]) -> None:
    with _serving(week) as server:
        _connect(sqlite, server)
        assert "of what changed" not in _sync(sqlite)["proof"]
        server.next_day()
        _sync(sqlite)
        server.next_day()
        told = _sync(sqlite)
    assert "of what changed" in told["proof"]
    assert told["outcome"] == "applied"
    assert not [code for code in told["findings"] if code.startswith("vendor.")]
    assert sum(told["counts"]["users"].values()) < USERS / 2
    assert _true(sqlite, week[2])
