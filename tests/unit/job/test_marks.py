"""From where a server is asked for changes, and when everything is pulled instead."""

from collections.abc import Iterator

import msgspec
import pytest

from rosterkeeper.engine.options import Options, Selection
from rosterkeeper.job.marks import Kept, known_marks
from rosterkeeper.job.words import Action, Job
from rosterkeeper.sources.contract import Mark
from rosterkeeper.sources.spec import CsvSpec, OneRosterSpec, SourceSpec
from rosterkeeper.store.database import Database
from rosterkeeper.store.marks import move_marks, read_marks
from tests.installation import Installation

SPEC = OneRosterSpec(url="https://sis.example.org", client_id="a", secret="one")
MARK = Mark(until="2026-10-01T00:00:00.000Z", total=10)
DAY_1, DAY_7, DAY_8 = "2026-10-01T00:00:00.000Z", "2026-10-07T00:00:00.000Z", "2026-10-08T00:00:00.000Z"


@pytest.fixture
def database(sqlite: Installation) -> Iterator[Database]:
    """A database in which connection 1 has had token 5."""
    with Database(sqlite.configuration.database_url) as made:
        made.run("INSERT INTO runs_state (connection_id, token) VALUES (1, 5)")
        yield made


def _job(spec: SourceSpec = SPEC, *, now: str = DAY_7, full: bool = False, selection: Selection | None = None) -> Job:
    return Job(
        action=Action.SYNC,
        now=now,
        today=now[:10],
        scratch="",
        connection=1,
        source=spec,
        full=full,
        selection=selection,
    )


def _keep(database: Database, mark: Mark = MARK, job: Job | None = None) -> None:
    """Leave a mark of users, as a full pull on day 1 would."""
    stamp = known_marks(database, job or _job()).stamp
    text = msgspec.json.encode(Kept(stamp, "1.2", DAY_1, {"users": mark})).decode()
    move_marks(database, text, connection=1, token=5)


def _asked(database: Database, job: Job) -> bool:
    return "users" in known_marks(database, job).since.marks


def test_a_mark_is_asked_by_until_the_last_full_pull_is_too_old(database: Database) -> None:
    _keep(database)
    assert _asked(database, _job(now=DAY_7))
    assert not _asked(database, _job(now=DAY_8))
    assert _asked(database, _job(msgspec.structs.replace(SPEC, full_every_days=30), now=DAY_8))


def test_a_clock_that_was_set_back_pulls_everything(database: Database) -> None:
    _keep(database)
    assert not _asked(database, _job(now="2026-09-30T00:00:00.000Z"))


def test_a_full_pull_asks_by_nothing_whether_asked_for_or_due(database: Database) -> None:
    _keep(database)
    assert not _asked(database, _job(full=True))
    database.run("UPDATE runs_state SET full_next = $1 WHERE connection_id = 1", [True])
    assert not _asked(database, _job())


@pytest.mark.parametrize(
    "spec",
    [
        msgspec.structs.replace(SPEC, url="https://other.example.org"),
        msgspec.structs.replace(SPEC, client_id="b"),
        msgspec.structs.replace(SPEC, version="1.1"),
        msgspec.structs.replace(SPEC, incremental="off"),
        CsvSpec(path="/srv/roster.zip"),
    ],
)
def test_other_settings_pull_everything(database: Database, spec: SourceSpec) -> None:
    _keep(database)
    assert not _asked(database, _job(spec))


def test_a_new_secret_or_page_size_does_not(database: Database) -> None:
    _keep(database)
    assert _asked(database, _job(msgspec.structs.replace(SPEC, secret="two", page_size=500, in_flight=1)))


def test_options_that_leave_people_out_pull_everything(database: Database) -> None:
    hiding = Selection(options=Options(excluded_schools=("s1",)))
    _keep(database, job=_job(selection=hiding))
    assert not _asked(database, _job(selection=hiding))


def test_other_options_pull_everything(database: Database) -> None:
    _keep(database, job=_job(selection=Selection(options=Options())))
    assert _asked(database, _job(selection=Selection(options=Options())))
    assert not _asked(database, _job(selection=Selection(options=Options(demographics=True))))


@pytest.mark.parametrize(
    ("mark", "auto", "on"),
    [
        (MARK, True, True),
        (msgspec.structs.replace(MARK, doubt="vendor.filter_refused"), False, True),
        (msgspec.structs.replace(MARK, misses=2), True, True),
        (msgspec.structs.replace(MARK, misses=3), False, True),
        (msgspec.structs.replace(MARK, until=""), False, False),
    ],
)
def test_a_server_that_was_caught_is_asked_only_where_that_is_wished(
    database: Database, mark: Mark, auto: bool, on: bool
) -> None:
    always = msgspec.structs.replace(SPEC, incremental="on")
    _keep(database, mark)
    assert _asked(database, _job()) is auto
    _keep(database, mark, _job(always))
    assert _asked(database, _job(always)) is on


def test_what_another_release_has_left_pulls_everything(database: Database) -> None:
    move_marks(database, '{"marks": 7}', connection=1, token=5)
    assert not _asked(database, _job())


def test_only_the_run_that_holds_the_connection_moves_the_marks(database: Database) -> None:
    move_marks(database, "old", connection=1, token=4)
    assert read_marks(database, 1) == ""
