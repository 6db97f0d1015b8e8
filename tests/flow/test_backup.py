"""A backup is taken while everything runs, and an empty machine becomes what it holds, to the roster's hash."""

import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import postgresql_url
from tests.flow.conftest import Days, District
from tests.flow.processes import ended, started
from tests.installation import Installation

SECRET = "canary-of-the-backup-4711"
_ADD = ("connection", "add", "live", "--kind", "oneroster", "--url", "https://sis.example", "--client-id", "me")


@pytest.fixture
def elsewhere(synced: District, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Installation]:
    """An empty machine: no data folder, and no or an empty database of the same kind."""
    folder = tmp_path / "elsewhere"
    if synced.installation.kind == "sqlite":
        yield Installation(folder)
        return
    server = request.getfixturevalue("postgresql_server")
    with psycopg.connect(server, autocommit=True) as session:
        session.execute("CREATE DATABASE elsewhere")
    try:
        yield Installation(folder, postgresql_url(server, "elsewhere"), "postgresql")
    finally:
        with psycopg.connect(server, autocommit=True) as session:
            session.execute("DROP DATABASE elsewhere WITH (FORCE)")


def _hash(installation: Installation) -> str:
    return installation.run("roster", "hash", "north", "--all").ok().out.split()[-1]


def test_an_empty_machine_becomes_what_the_backup_holds(
    synced: District, elsewhere: Installation, days: Days, tmp_path: Path
) -> None:
    synced.gets(days.second)
    synced.sync()
    file = tmp_path / "school.backup"
    told = synced.run("backup", file, "--json").ok().object
    assert (told["database"], told["with_key"]) == (synced.installation.kind, False)
    assert told["bytes"] == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    restored = elsewhere.run("restore", file, "--json").ok().object
    assert (restored["secrets"], restored["made_at"]) == ("none", told["made_at"])
    assert _hash(elsewhere) == synced.hash("--all")
    # What stands beside the database came along, too: snapshots, and with the before-images the way back.
    assert _artifacts(elsewhere) == _artifacts(synced.installation)
    elsewhere.run("undo", "north").ok()
    assert _hash(elsewhere) != synced.hash("--all")


def _artifacts(installation: Installation) -> dict[str, bytes]:
    root = installation.configuration.artifacts
    found = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert found
    return found


def _hash_of_content(installation: Installation) -> str:
    return installation.run("roster", "hash", "north").ok().out.split()[-1]


def test_a_backup_in_the_middle_of_a_sync_is_of_before_or_after(
    synced: District, elsewhere: Installation, days: Days, tmp_path: Path
) -> None:
    before = synced.hash("--all")
    synced.gets(days.second)
    file = tmp_path / "middle.backup"
    process = started(synced)
    synced.run("backup", file).ok()
    assert ended(process)[0] == 0
    elsewhere.run("restore", file).ok()
    assert _hash(elsewhere) in (before, synced.hash("--all"))
    # A run that went on then goes on nowhere now.
    runs = elsewhere.run("runs", "north", "--json").ok().object["runs"]
    assert all(run["outcome"] for run in runs)
    elsewhere.run("sync", "north").ok()
    assert _hash_of_content(elsewhere) == synced.hash()


@pytest.fixture
def emptied(tmp_path: Path) -> Installation:
    """An empty machine on SQLite."""
    return Installation(tmp_path / "emptied")


def test_a_change_that_waits_can_be_approved_on_the_new_machine(
    lone_synced: District, emptied: Installation, days: Days, tmp_path: Path
) -> None:
    lone_synced.run("connection", "limits", "north", "--remove-percent", "0", "--floor", "0").ok()
    lone_synced.gets(days.second)
    held = lone_synced.sync(code=3)["run"]
    lone_synced.run("backup", tmp_path / "held.backup").ok()
    emptied.run("restore", tmp_path / "held.backup").ok()
    emptied.run("approve", held).ok()
    lone_synced.run("approve", held).ok()
    assert _hash_of_content(emptied) == lone_synced.hash()


def test_secrets_come_along_sealed_and_open_with_the_key_alone(
    sqlite: Installation, emptied: Installation, tmp_path: Path
) -> None:
    sqlite.run(*_ADD, env={"ROSTERKEEPER_SECRET": SECRET}).ok()
    locked, free = tmp_path / "locked.backup", tmp_path / "free.backup"
    sqlite.run("backup", locked).ok()
    sqlite.run("backup", free, "--with-key").ok()
    assert emptied.run("restore", locked, "--json").ok().object["secrets"] == "locked"
    (emptied.data_dir / "secret.key").write_bytes((sqlite.data_dir / "secret.key").read_bytes())
    emptied.run("init").ok()
    third = Installation(tmp_path / "third")
    assert third.run("restore", free, "--json").ok().object["secrets"] == "readable"
    assert stat.S_IMODE((third.data_dir / "secret.key").stat().st_mode) == 0o600


def test_a_planted_secret_is_nowhere_in_plain(sqlite: Installation, tmp_path: Path) -> None:
    sqlite.run(*_ADD, env={"ROSTERKEEPER_SECRET": SECRET}).ok()
    refused = sqlite.run("sync", "live")
    sqlite.run("backup", tmp_path / "all.backup").ok()
    sqlite.run("secrets", "rotate").ok()
    listed = sqlite.run("connection", "list", "--json").ok()
    with zipfile.ZipFile(tmp_path / "all.backup") as made:
        packed = [made.read(name) for name in made.namelist()]
    said = [part.encode() for answer in (refused, listed) for part in (answer.out, answer.err)]
    files = [path.read_bytes() for path in sqlite.data_dir.rglob("*") if path.is_file()]
    assert len(files) > 2
    assert packed
    assert not [each for each in (*packed, *said, *files) if SECRET.encode() in each]


def test_nothing_is_restored_over_what_is_there(lone: District, tmp_path: Path) -> None:
    lone.run("backup", tmp_path / "own.backup").ok()
    refused = lone.run("restore", tmp_path / "own.backup", "--json")
    assert (refused.code, refused.object["error"]["code"]) == (1, "restore.not_empty")
    assert lone.run("connection", "list", "--json").ok().object["connections"]


def test_a_damaged_backup_leaves_the_machine_empty(
    lone_synced: District, emptied: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "damaged.backup"
    lone_synced.run("backup", file).ok()
    whole = file.read_bytes()
    damaged = bytearray(whole)
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(damaged)
    refused = emptied.run("restore", file, "--json")
    assert refused.object["error"]["code"] == "backup.damaged"
    assert not emptied.configuration.artifacts.exists()
    assert not list(emptied.data_dir.glob(".restoring-*"))
    file.write_bytes(whole)
    emptied.run("restore", file).ok()
    assert _hash(emptied) == lone_synced.hash("--all")


def test_a_backup_of_one_kind_of_database_is_not_for_the_other(sqlite: Installation, tmp_path: Path) -> None:
    sqlite.run("backup", tmp_path / "sqlite.backup").ok()
    other = Installation(tmp_path / "other", "postgresql://127.0.0.1:1/none", "postgresql")
    refused = other.run("restore", tmp_path / "sqlite.backup", "--json")
    assert (refused.code, refused.object["error"]["code"]) == (2, "restore.other_database")
