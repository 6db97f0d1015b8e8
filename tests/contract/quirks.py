"""What the quirk tests share: one small district, its true roster, and pulls of it from a server that lies.

A test's id is its quirk's id. What no test of a pull can show stands in `NOT_APPLICABLE` with the reason.
"""

import hashlib
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rosterkeeper.engine.changes import change_table
from rosterkeeper.engine.guard_limits import Limits as GuardLimits
from rosterkeeper.engine.live import EmptyRoster
from rosterkeeper.engine.options import Options, Selection
from rosterkeeper.engine.run import Plan as Judged
from rosterkeeper.engine.run import Stopwatch, Terms, plan
from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.oneroster.fields import BY_NAME, ENTITIES
from rosterkeeper.sample import Plan, SampleServer, Service, Wanted, read_plan, write_sample
from rosterkeeper.sample.answers import Answer, Asked
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.classlink.source import ClassLinkServer
from rosterkeeper.sources.contract import Since, Source, raw_table
from rosterkeeper.sources.http.client import Limits
from rosterkeeper.sources.http.paging import Bounds
from rosterkeeper.sources.http.retry import Pace, Patience
from rosterkeeper.sources.oneroster.service import Setup
from rosterkeeper.sources.oneroster.source import OneRosterServer
from rosterkeeper.sources.spec import ClassLinkSpec, OneRosterSpec
from tests.unit.engine.tables import KeptRoster, Quiet, applied, codes
from tests.unit.sources.http.servers import HERE

SECRET = "sample-secret"
USERS = 120
SEED = 5
TODAY = "2026-10-01"
NOW = datetime(2026, 9, 1, tzinfo=UTC)

NOT_APPLICABLE = {
    "ic-not-final": "a district's own calendar; nothing in an answer shows it, and a pull shrinks like any other",
    "ps-guardians": "what a preset offers in a form; a pull without guardians is an ordinary one",
    "sso-role-collapse": "signing in, not a pull",
    "sso-sourcedid-empty": "signing in, not a pull",
    "sso-shape-varies": "signing in, not a pull",
    "sso-issuer": "signing in, not a pull",
    "sso-key-one-function": "signing in, not a pull",
    "schedule-order": "when a run starts, not what a server answers",
    "manual-edits": "edits in the console over the roster, not what a server answers",
}

Row = dict[str, Any]
Faults = str | Plan
# A quirk's id is the test's.
of_quirks = pytest.mark.parametrize


@dataclass
class Pulled:
    """What a pull brought: its rows by entity as they were landed, or the error that it ended in."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    findings: Counter[str] = field(default_factory=Counter)
    error: RosterkeeperError | None = None
    proof: str = ""
    version: str = ""
    asked: list[Asked] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    @property
    def code(self) -> str:
        """The error's code, '' without one."""
        return self.error.code if self.error else ""

    @property
    def digests(self) -> dict[str, tuple[int, str]]:
        """How many rows each entity has, and a hash over them."""
        return digests(self.rows)

    def column(self, entity: str, name: str) -> list[Any]:
        """One column of an entity."""
        return [row[name] for row in self.rows[entity]]


class _Clock:
    """Moves when someone sleeps, in whichever thread."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.now += seconds

    def pace(self) -> Pace:
        return Pace(lambda: self.now, lambda: datetime.now(UTC).timestamp() + self.now, self.sleep, lambda: 1.0)


@dataclass(frozen=True)
class Ask:
    """How a server lies and how it is asked. ``spec`` changes the source's spec; ``{url}`` in it is the server's."""

    faults: Faults = ""
    auth: str = "bearer"
    version: str = "1.1"
    kind: str = "oneroster"
    spec: Mapping[str, object] = field(default_factory=dict)
    bounds: Bounds = field(default_factory=lambda: Bounds(seconds=1e9))
    limits: Limits = field(default_factory=lambda: Limits(idle_seconds=10))
    package: Path | None = None
    since: Since = field(default_factory=Since)


@dataclass(frozen=True)
class Lab:
    """A folder with the district's packages, and a place for scratch databases."""

    folder: Path
    packages: Mapping[str, Path]
    kept: list[KeptRoster] = field(default_factory=list)
    runs: dict[tuple[str, bool], "Run"] = field(default_factory=dict)

    def scratch(self) -> Scratch:
        """A new scratch database."""
        self.folder.mkdir(exist_ok=True)
        return Scratch(self.folder / f"scratch-{len(list(self.folder.iterdir()))}", threads=1)

    @contextmanager
    def source(self, ask: Ask, pulled: Pulled | None = None) -> Iterator[tuple[Source, _Clock]]:
        """The source, with its server running."""

        def record(asked: Asked, answer: Answer) -> Answer:
            if pulled is not None:
                pulled.asked.append(asked)
            return answer

        faults = read_plan(ask.faults) if isinstance(ask.faults, str) else ask.faults
        service = Service(secret=SECRET, faults=faults, clock=lambda: NOW, hook=record)
        package = ask.package or self.packages[ask.version]
        with SampleServer(package, version=ask.version, auth=ask.auth, service=service) as server:
            clock = _Clock()
            setup = Setup(ask.limits, Patience(), ask.bounds, clock.pace(), HERE, since=ask.since)
            yield _open(ask, server, setup), clock

    def pull(self, faults: Faults | Ask = "", **more: Any) -> Pulled:
        """One fetch: the raw tables, for how a server pages or whom it lets in changes no cell."""
        ask = faults if isinstance(faults, Ask) else Ask(faults)
        ask = replace(ask, **more)
        pulled = Pulled()
        with self.source(ask, pulled) as (source, clock), self.scratch() as scratch:
            try:
                fetched = source.fetch(scratch, Quiet())
            except RosterkeeperError as error:
                pulled.error = error
            else:
                pulled.proof, pulled.version = fetched.proof, fetched.version
                pulled.rows = {each.name: _rows(scratch, raw_table(each)) for each in ENTITIES}
            pulled.findings = Counter(str(row[0]) for row in scratch.rows("SELECT code FROM finding"))
            pulled.slept = clock.slept
        return pulled

    @property
    def nobody(self) -> EmptyRoster:
        """A roster before its first load."""
        return EmptyRoster()

    def live(self) -> KeptRoster:
        """The roster that a first, clean run leaves."""
        if not self.kept:
            with self.source(Ask()) as (source, _), self.scratch() as scratch:
                judged(source, self.nobody, scratch)
                self.kept.append(applied(scratch))
        return self.kept[0]

    def run(self, faults: Faults | Ask = "", *, first: bool = False, **more: Any) -> "Run":
        """One run of the engine over the clean live roster, or over none (``first``); a plain one is made once."""
        if not isinstance(faults, str) or more:
            return self._run(faults if isinstance(faults, Ask) else Ask(faults), first=first, **more)
        if (faults, first) not in self.runs:
            self.runs[faults, first] = self._run(Ask(faults), first=first)
        return self.runs[faults, first]

    def _run(self, ask: Ask, *, first: bool, **more: Any) -> "Run":
        live = self.nobody if first else self.live()
        with self.source(ask) as (source, _), self.scratch() as scratch:
            try:
                made = judged(source, live, scratch, **more)
            except RosterkeeperError as error:
                return Run(error=error, codes=codes(scratch))
            changes = {
                name: _rows(scratch, change_table(entity))
                for name, entity in BY_NAME.items()
                if scratch.has_relation(change_table(entity))
            }
            return Run(made, changes, codes(scratch))


@dataclass
class Run:
    """What the engine made of a pull: the judged change set, its rows, and the codes that were found."""

    judged: Judged | None = None
    changes: dict[str, list[Row]] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    error: RosterkeeperError | None = None

    @property
    def reasons(self) -> set[str]:
        """Why it waits."""
        return {each.code for each in self.judged.reasons} if self.judged else set()

    @property
    def digests(self) -> dict[str, tuple[int, str]]:
        """How many rows change in each entity, and a hash over them."""
        return digests(self.changes)

    def without(self, *columns: str) -> dict[str, tuple[int, str]]:
        """The same without those columns."""
        return digests(
            {
                name: [{key: cell for key, cell in row.items() if key not in columns} for row in rows]
                for name, rows in self.changes.items()
            }
        )

    def column(self, entity: str, name: str) -> list[Any]:
        """One column of an entity's changes, in the order of the ids."""
        return [row[name] for row in sorted(self.changes[entity], key=lambda row: str(row["sourced_id"]))]

    def count(self, what: str) -> dict[str, int]:
        """How many records of each entity have that fate, zeros left out."""
        assert self.judged is not None, self.error
        numbers = {name: int(getattr(each, what)) for name, each in self.judged.numbers.items()}
        return {name: number for name, number in numbers.items() if number}


def judged(
    source: Source, live: Any, scratch: Scratch, *, today: str = TODAY, options: Options | None = None
) -> Judged:
    """One run of the engine up to its judged change set."""
    selection = Selection(options=options) if options else None
    terms = Terms(limits=GuardLimits(), today=today, selection=selection)
    return plan(source, live, scratch, terms=terms, watch=Quiet(), stopwatch=Stopwatch())


def digests(tables: Mapping[str, list[Row]]) -> dict[str, tuple[int, str]]:
    """How many rows each table has, and a hash over them; equal tables have equal ones."""
    made = {}
    for name, rows in tables.items():
        lines = sorted(repr(sorted(row.items())) for row in rows)
        made[name] = (len(rows), hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12])
    return made


def some(*wanted: Wanted, seed: int = 1) -> Plan:
    """A plan of faults that say more than a name and a value."""
    return Plan(wanted, seed)


def classlink(faults: Faults = "", **spec: object) -> Ask:
    """A district at ClassLink, through the proxy unless the spec names a URL."""
    way = {"url": "{url}", "client_id": "sample"} if spec.pop("direct", False) else {"tenant_id": "4711"}
    return Ask(faults, auth="classlink", kind="classlink", spec={"proxy": "{url}"} | way | spec)


def packages(folder: Path) -> dict[str, Path]:
    """The district as either version has it."""
    made = {version: folder / f"{version}.zip" for version in ("1.1", "1.2")}
    for version, out in made.items():
        write_sample(out, users=USERS, seed=SEED, version=version)
    return made


def _open(ask: Ask, server: SampleServer, setup: Setup) -> Source:
    given = {
        name: value.replace("{url}", server.url).replace("{port}", str(server.port))
        if isinstance(value, str)
        else value
        for name, value in ask.spec.items()
    }
    common = {"secret": SECRET, "page_size": 100}
    if ask.kind == "classlink":
        return ClassLinkServer(msgspec.convert({"kind": "classlink"} | common | given, ClassLinkSpec), setup)
    named = {"kind": "oneroster", "url": server.base_url, "client_id": "sample", "auth": ask.auth}
    return OneRosterServer(msgspec.convert(named | common | given, OneRosterSpec), setup)


def _rows(scratch: Scratch, table: str) -> list[Row]:
    if not scratch.has_relation(table):
        return []
    return [
        {name: value for name, value in row.items() if name != "row"}
        for row in scratch.reader(f"SELECT * FROM {table}").read_all().to_pylist()
    ]
