"""A large directory is kept as a file beside the database, and never believed where the database says otherwise."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from rosterkeeper.job.directory import take_listing
from rosterkeeper.job.words import Action, Job, Listing
from rosterkeeper.matching.accounts import ACCOUNT_COLUMNS, WORTH, Accounts
from rosterkeeper.matching.directory.headings import recognised
from rosterkeeper.scratch import Cell, Scratch
from rosterkeeper.store.artifacts import Artifacts
from tests.unit.matching.ground import DISTRICT, Ground

NOBODY = f"SELECT {', '.join(ACCOUNT_COLUMNS)} FROM account_row WHERE false"
LATER = "2026-10-03T06:00:00.000Z"


def accounts_of(ground: Ground, worth: int = 1) -> Accounts:
    return Accounts(Artifacts(ground.folder / "artifacts"), DISTRICT, worth=worth)


def file_of(ground: Ground) -> Path:
    return ground.folder / "artifacts" / "accounts" / str(DISTRICT) / "accounts.parquet"


def landed(ground: Ground, *, changed: str = NOBODY, new: str = NOBODY, worth: int = 1) -> list[tuple[Cell, ...]]:
    """The accounts as a step would see them, by number; then they are kept with what the step changes."""
    accounts = accounts_of(ground, worth)
    with Scratch(ground.folder / "step", threads=1) as scratch:
        accounts.land(ground.database, scratch)
        rows = scratch.rows(f"SELECT {', '.join(ACCOUNT_COLUMNS)} FROM account_row ORDER BY id")
        accounts.keep(scratch, changed, new)
    return rows


def stored(ground: Ground) -> list[tuple[Cell, ...]]:
    columns = ", ".join(ACCOUNT_COLUMNS)
    return ground.database.rows(f"SELECT {columns} FROM people_account WHERE district_id = {DISTRICT} ORDER BY id")


def emails(rows: Iterable[tuple[Cell, ...]]) -> list[Cell]:
    return [row[ACCOUNT_COLUMNS.index("email")] for row in rows]


@pytest.fixture
def kept(ground: Ground) -> Ground:
    """Four accounts that are kept in a file, too."""
    for number in range(1, 5):
        ground.account(number, email=f"a{number}@north.example", given_name="\u00c5sa")
    assert landed(ground) == stored(ground)
    assert file_of(ground).exists()
    return ground


def test_what_is_unchanged_comes_out_of_the_file(kept: Ground) -> None:
    assert landed(kept) == stored(kept)
    # Whoever changes a row changes its time; without that nobody would look at it again.
    kept.database.run("UPDATE people_account SET email = 'unseen' WHERE id = 1")
    assert emails(landed(kept))[0] == "a1@north.example"


def test_what_was_added_changed_and_taken_away_since_is_seen(kept: Ground) -> None:
    kept.database.run("DELETE FROM people_account WHERE id = 3")
    kept.database.run(f"UPDATE people_account SET email = 'new@north.example', changed_at = '{LATER}' WHERE id = 2")
    kept.account(9, email="late@north.example")
    for _ in range(2):
        rows = landed(kept)
        assert rows == stored(kept)
        assert emails(rows) == ["a1@north.example", "new@north.example", "a4@north.example", "late@north.example"]


def test_what_was_kept_and_never_committed_is_not_believed(kept: Ground) -> None:
    columns = ", ".join(ACCOUNT_COLUMNS)
    wish = columns.replace("email,", "'wish' AS email,").replace("changed_at", f"'{LATER}' AS changed_at")
    landed(
        kept,
        changed=f"SELECT {wish} FROM account_row WHERE id = 1",
        new=f"SELECT {wish.replace('id,', '99::BIGINT AS id,', 1)} FROM account_row WHERE id = 2",
    )
    assert landed(kept) == stored(kept)


def test_a_file_of_another_state_of_the_database_or_a_broken_one_is_not_used(kept: Ground) -> None:
    kept.database.run(f"UPDATE people_account SET email = 'restored', changed_at = '{LATER}'")
    assert landed(kept) == stored(kept)
    file_of(kept).write_bytes(b"PAR1 not at all")
    assert landed(kept) == stored(kept)
    assert landed(kept) == stored(kept)


def test_a_small_directory_is_not_kept_and_another_district_has_a_file_of_its_own(kept: Ground) -> None:
    landed(kept, worth=5)
    assert file_of(kept).exists(), "nothing changed, so nothing is written"
    kept.database.run("DELETE FROM people_account WHERE id = 1")
    landed(kept, worth=5)
    assert not file_of(kept).exists()
    kept.database.run("UPDATE people_account SET district_id = 2 WHERE id = 2")
    assert landed(kept) == stored(kept)
    assert len(stored(kept)) == 2


def test_a_file_that_cannot_be_replaced_goes(kept: Ground) -> None:
    beside = file_of(kept).parent / "left"
    beside.mkdir()
    kept.account(9, email="late@north.example")
    landed(kept)
    assert not file_of(kept).exists()
    assert landed(kept) == stored(kept)


@pytest.mark.covers("L08")
def test_an_upload_leaves_what_the_next_matching_reads_and_a_matching_what_it_erased_is_not_in(
    lone_ground: Ground,
) -> None:
    text = lone_ground.folder / "list.csv"
    text.write_text("id,username,email\n" + "".join(f"{n},u{n},u{n}@north.example\n" for n in range(WORTH)))
    listing = Listing(path=str(text), columns=recognised(("id", "username", "email")), applies=True)
    job = Job(
        action=Action.DIRECTORY,
        now="2026-10-01T00:00:00.000Z",
        today="2026-10-01",
        scratch="",
        district=DISTRICT,
        artifacts=str(lone_ground.folder / "artifacts"),
        listing=listing,
    )
    with Scratch(lone_ground.folder / "upload", threads=1) as scratch:
        take_listing(job, scratch, lone_ground.database)
    assert len(stored(lone_ground)) == WORTH
    written = file_of(lone_ground).stat().st_mtime_ns
    assert landed(lone_ground, worth=WORTH) == stored(lone_ground)
    lone_ground.user("u7", email="U7@north.example")
    lone_ground.settings(mode="create", options={"life": {"retention_days": 1}})
    lone_ground.user("s1", email="nobody@north.example")
    numbers = lone_ground.match(now="2026-10-02T00:00:00.000Z")
    assert numbers.persons["student"]["linked"] == 1
    assert file_of(lone_ground).stat().st_mtime_ns > written
    assert b"nobody@north.example" in file_of(lone_ground).read_bytes()
    lone_ground.removes("s1")
    for day in ("03", "09"):
        lone_ground.match(now=f"2026-10-{day}T00:00:00.000Z")
    assert b"nobody@north.example" not in file_of(lone_ground).read_bytes()
    assert landed(lone_ground, worth=WORTH) == stored(lone_ground)
