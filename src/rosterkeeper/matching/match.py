"""match: a district's rosters and directory accounts become persons, links, families and groups.

The steps in order, each in the file of its name; nothing is written before the last, but for a first matching's
records, which go ahead in the same transaction. Several may do it at once: each
takes a token and writes only while it has the newest.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace

import msgspec

from rosterkeeper.matching import tables
from rosterkeeper.matching.accounts import Accounts
from rosterkeeper.matching.families import make_families
from rosterkeeper.matching.group_tables import land_groups, template_of, write_groups
from rosterkeeper.matching.groups import GroupCounts, make_groups
from rosterkeeper.matching.land import connections_of, land
from rosterkeeper.matching.lifecycle import LifeNumbers, live_on
from rosterkeeper.matching.lifecycle_options import Life, life_options
from rosterkeeper.matching.link import conclude_links, link_persons
from rosterkeeper.matching.numbering import take_numbers
from rosterkeeper.matching.persons import make_persons
from rosterkeeper.matching.roster import Roster
from rosterkeeper.matching.rules import Settings, parse
from rosterkeeper.matching.stopwatch import Stopwatch
from rosterkeeper.matching.untold import keep_untold
from rosterkeeper.matching.write import find_differences, write_differences, write_first_records
from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.artifacts import Artifacts
from rosterkeeper.store.database import Database
from rosterkeeper.store.schema import STATES


@dataclass(frozen=True, slots=True)
class MatchNumbers:
    """What a matching came to: how many active persons had each result, by kind; those who left; and accounts.

    ``directory`` counts accounts: ``linked`` to somebody, ``unmatched``, ``purged``. ``life`` is what became of them;
    ``groups`` are the class groups. ``seconds`` is how long the steps took that are named, some beside one another.
    """

    persons: dict[str, dict[str, int]] = field(default_factory=dict)
    left: int = 0
    directory: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    life: LifeNumbers = field(default_factory=LifeNumbers)
    groups: GroupCounts = field(default_factory=GroupCounts)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Begun:
    """What a matching starts from, and the token that it may write by."""

    token: int
    inputs: int
    versions: dict[str, int]
    settings: Settings
    life: Life


def match_district(
    database: Database, scratch: Scratch, artifacts: Artifacts, district: int, *, now: str, today: str
) -> MatchNumbers:
    """Bring a district's persons, links, families and groups up to its rosters, directory, rulings and settings.

    ``now`` is RFC 3339 in UTC, ``today`` the district's local date. RunRefused ``matching.overtaken`` where another
    has begun since; SettingsError where the district's settings make no sense.
    """
    connections = connections_of(database, district)
    begun = _begin(database, district, connections, now)
    roster, accounts = Roster(database, scratch, artifacts, connections), Accounts(artifacts, district)
    watch = Stopwatch()
    with watch.step("land"):
        land(database, scratch, begun.settings, roster, accounts, today=today)
    with watch.step("persons"):
        make_persons(scratch, lambda many: take_numbers(database, scratch, tables.PERSONS, many), now=now)
    with watch.step("groups"):
        land_groups(database, scratch, roster, district=district)
    template = template_of(database, district)
    with ThreadPoolExecutor(1) as threads:
        matching = _Matching(database, scratch, accounts, begun, district, now, today, template, threads, watch)
        is_first = not scratch.count("SELECT count(*) FROM known_record")
        numbers = matching.first() if is_first else matching.next()
    if not database.is_sqlite:
        for table in (tables.PERSONS, tables.RECORDS, tables.ACCOUNTS, tables.GROUPS):
            database.run(f"ANALYZE {table}")
    return numbers


@dataclass(frozen=True, slots=True)
class _Matching:
    """The steps from the links on, over tables that the earlier ones have made."""

    database: Database
    scratch: Scratch
    accounts: Accounts
    begun: _Begun
    district: int
    now: str
    today: str
    template: str
    beside: ThreadPoolExecutor
    watch: Stopwatch

    def first(self) -> MatchNumbers:
        """Where nothing is known: the longest way is to the database's one writer, so records go ahead of the links."""
        with self.database.transaction():
            _fence(self.database, self.district, self.begun.token)
            other = self.scratch.beside()
            writing = self.beside.submit(write_first_records, self.database, other, self.district, now=self.now)
            try:
                self.link()
                # Sooner they would delay the links, which the writer waits for; later the writer would wait for them.
                making = self.groups()
                life = self.live_on(writing.result)
            finally:
                # Nothing may be taken back while somebody writes.
                wait([writing])
            writing.result()
            return self.write(life, making, written=(tables.RECORDS,))

    def next(self) -> MatchNumbers:
        """Where something is known: nothing is written before all is made."""
        self.link()
        return self.write(self.live_on(), self.groups())

    def link(self) -> None:
        """Ask all rules of everybody."""
        with self.watch.step("links"):
            link_persons(self.scratch, self.begun.settings)

    def groups(self) -> "Future[GroupCounts]":
        """Make the groups beside the other steps, whose tables it leaves alone."""
        return self.beside.submit(self._make_groups, self.scratch.beside())

    def _make_groups(self, scratch: Scratch) -> GroupCounts:
        with self.watch.step("groups"):
            return make_groups(scratch, template=self.template, today=self.today)

    def live_on(self, ready: Callable[[], None] = lambda: None) -> LifeNumbers:
        """Make links, and what becomes of accounts; ``ready`` waits until the database may be asked for numbers."""

        def take(many: int) -> None:
            if many:
                ready()
            take_numbers(self.database, self.scratch, tables.ACCOUNTS, many)

        with self.watch.step("links"):
            conclude_links(self.scratch, self.begun.settings)
        with self.watch.step("lifecycle"):
            return live_on(self.scratch, self.begun.life, take, district=self.district, now=self.now)

    def write(self, life: LifeNumbers, making: "Future[GroupCounts]", *, written: Sequence[str] = ()) -> MatchNumbers:
        """Make families, and write it all but what is ``written`` already, in one transaction."""
        database, scratch, district, other = self.database, self.scratch, self.district, self.scratch.beside()
        _leave_one_thread(scratch)
        with self.watch.step("families"):
            make_families(scratch)
        changed, new = "SELECT * FROM account_changed", "SELECT * FROM account_new"
        keeping = self.beside.submit(self.accounts.keep, other, changed, new)
        find_differences(database, scratch, district, now=self.now, written=written)
        counting = self.beside.submit(_numbers, other)
        with database.transaction():
            _fence(database, district, self.begun.token)
            with self.watch.step("write"):
                write_differences(database, scratch, district, now=self.now, written=written)
            groups = making.result()
            with self.watch.step("groups"):
                write_groups(database, scratch, district=district, now=self.now, today=self.today)
            keep_untold(database, district, life, groups, now=self.now)
            keeping.result()
            numbers = replace(counting.result(), life=life, groups=groups, seconds=self.watch.told())
            _finish(database, district, self.begun, numbers, (self.now, self.today))
        return numbers


def _leave_one_thread(scratch: Scratch) -> None:
    """Let DuckDB have one thread less from here on: that one is for whoever writes."""
    threads = scratch.count("SELECT current_setting('threads')")
    scratch.run(f"SET threads TO {max(1, threads - 1)}")


def _begin(database: Database, district: int, connections: list[int], now: str) -> _Begun:
    database.run(
        f"INSERT INTO {tables.SETTINGS} (district_id, rules, options) VALUES ($1, '{{}}', '{{}}')"
        " ON CONFLICT DO NOTHING",
        [district],
    )
    row = database.rows(
        f"UPDATE {tables.SETTINGS} SET token = token + 1, started_at = $1 WHERE district_id = $2"
        " RETURNING token, inputs, mode, CAST(rules AS TEXT), CAST(options AS TEXT), held, approved",
        [now, district],
    )[0]
    among = ", ".join(map(str, connections)) or "0"
    versions = database.rows(f"SELECT connection_id, version FROM {STATES} WHERE connection_id IN ({among})")
    rules, options = (msgspec.json.decode(str(each), type=dict[str, object]) for each in row[3:5])
    settings = parse(str(row[2]), rules, options)
    return _Begun(
        token=int(row[0] or 0),
        inputs=int(row[1] or 0),
        versions={str(number): int(version or 0) for number, version in versions},
        settings=settings,
        life=Life(
            mode=settings.mode,
            options=life_options(settings.more),
            held=str(row[5] or ""),
            approved=str(row[6] or ""),
        ),
    )


def _fence(database: Database, district: int, token: int) -> None:
    taken = database.rows(
        f"UPDATE {tables.SETTINGS} SET token = token WHERE district_id = $1 AND token = $2 RETURNING token",
        [district, token],
    )
    if not taken:
        raise RunRefused(
            "matching.overtaken",
            "Another process has begun to match this district since.",
            todo="Nothing is to be done: that one finishes it.",
        )


def _finish(database: Database, district: int, begun: _Begun, numbers: MatchNumbers, when: tuple[str, str]) -> None:
    now, today = when
    _finish_life(database, district, begun.life, numbers.life)
    database.run(
        f"UPDATE {tables.SETTINGS} SET matched_inputs = $1, matched_versions = $2, matched_on = $3, matched_at = $4,"
        " started_at = '', counts = $5, code = '' WHERE district_id = $6",
        [
            begun.inputs,
            msgspec.json.encode(begun.versions, order="sorted").decode(),
            today,
            now,
            msgspec.json.encode(numbers).decode(),
            district,
        ],
    )


def _finish_life(database: Database, district: int, before: Life, now: LifeNumbers) -> None:
    """Say what is held; a decision that was made meanwhile stays, for it has asked for another matching."""
    for column, was, is_now in (("held", before.held, now.held), ("approved", before.approved, now.approved)):
        database.run(
            f"UPDATE {tables.SETTINGS} SET {column} = $1 WHERE district_id = $2 AND {column} = $3",
            [is_now, district, was],
        )


def _numbers(scratch: Scratch) -> MatchNumbers:
    persons: dict[str, dict[str, int]] = {str(kind): {str(each): 0 for each in tables.Result} for kind in tables.Kind}
    for kind, result, number in scratch.rows(
        "SELECT p.kind, l.result, count(*) FROM person p JOIN link l USING (person_id) WHERE p.status = 'active'"
        " GROUP BY ALL"
    ):
        persons[str(kind)][str(result)] = int(number or 0)
    directory = {
        str(word): int(number or 0)
        for word, number in scratch.rows(
            "SELECT CASE WHEN a.status = 'purged' THEN 'purged' WHEN l.account_id IS NULL THEN 'unmatched'"
            " ELSE 'linked' END, count(*) FROM (SELECT id, status FROM account UNION ALL SELECT id, status FROM"
            " account_new) a LEFT JOIN link l ON l.account_id = a.id GROUP BY ALL"
        )
    }
    changed = {
        name: scratch.count(f"SELECT count(*) FROM {name}")
        for name in ("person_fresh", "person_stale", "account_new", "account_changed")
    }
    left = scratch.count("SELECT count(*) FROM person WHERE status <> 'active'")
    return MatchNumbers(persons, left, {"linked": 0, "unmatched": 0, "purged": 0} | directory, changed)
