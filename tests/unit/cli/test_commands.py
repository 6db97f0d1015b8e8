"""The commands as a user types them, each in a process of its own, without a roster pulled yet."""

import json
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests.conftest import postgresql_url
from tests.installation import Answer, Installation

Program = Callable[..., Answer]
NOW = datetime(2026, 9, 1, tzinfo=UTC)
SERVER = ("connection", "add", "north", "--kind", "oneroster", "--url", "https://sis.example/", "--client-id", "me")


def test_init_makes_everything_and_can_be_repeated(bare: Installation) -> None:
    first = bare.run("init", "--json").ok().object
    assert first["database"] == "sqlite"
    assert first["key_made"] is True
    assert "roster.0001_initial" in first["migrations"]
    second = bare.run("init", "--json").ok().object
    assert (second["migrations"], second["key_made"]) == ([], False)


@pytest.mark.postgresql
def test_init_on_postgresql_makes_everything_and_can_be_repeated(rosterkeeper: Program) -> None:
    assert rosterkeeper("init", "--json").ok().object["migrations"] == []


def test_what_is_written_can_be_read_by_its_owner_only(bare: Installation) -> None:
    bare.data_dir.mkdir(mode=0o755)
    bare.run("init").ok()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in bare.data_dir.iterdir()}
    assert modes == {"rosterkeeper.sqlite3": 0o600, "secret.key": 0o600, "locks": 0o700}


def test_two_inits_at_once_set_the_database_up_once(bare: Installation) -> None:
    bare.data_dir.mkdir()
    started = [bare.start("-m", "rosterkeeper.cli", "init", "--json") for _ in range(3)]
    told = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert sorted(bool(json.loads(text)["migrations"]) for text in told) == [False, False, True]


def test_two_inits_at_once_on_postgresql_set_the_database_up_once(postgresql_server: str, bare: Installation) -> None:
    with psycopg.connect(postgresql_server, autocommit=True) as session:
        session.execute("CREATE DATABASE raced")
    raced = replace(bare, url=postgresql_url(postgresql_server, "raced"), kind="postgresql")
    started = [raced.start("-m", "rosterkeeper.cli", "init", "--json") for _ in range(3)]
    told = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert sorted(bool(json.loads(text)["migrations"]) for text in told) == [False, False, True]


def test_a_database_that_cannot_keep_every_alphabet_is_refused(postgresql_server: str, bare: Installation) -> None:
    with psycopg.connect(postgresql_server, autocommit=True) as session:
        session.execute("CREATE DATABASE ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    answer = replace(bare, url=postgresql_url(postgresql_server, "ascii"), kind="postgresql").run("init")
    assert answer.code == 2
    assert "error database.encoding: " in answer.err
    with psycopg.connect(postgresql_url(postgresql_server, "ascii")) as session:
        assert session.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_a_database_of_a_newer_version_is_left_alone(opened: Installation) -> None:
    with connection.cursor() as session:
        session.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('roster', '9999_later', %s)", [NOW])
    for command in (("init",), ("connection", "list"), ("sync", "north")):
        answer = opened.run(*command)
        assert answer.code == 2
        assert "error database.newer: " in answer.err


def test_without_init_a_command_says_so_and_makes_nothing(bare: Installation) -> None:
    answer = bare.run("sync", "north")
    assert answer.code == 2
    assert "Run rosterkeeper init first." in answer.err
    assert not bare.data_dir.exists()


@pytest.mark.covers("L16", "L21", "L36")
def test_a_server_is_added_with_the_secret_from_the_environment_and_never_shown(rosterkeeper: Program) -> None:
    made = rosterkeeper(*SERVER, "--json", env={"ROSTERKEEPER_SECRET": "canary-4711"}).ok()
    assert made.object["settings"]["url"] == "https://sis.example"
    shown = rosterkeeper("connection", "list", "--json").ok()
    (listed,) = shown.object["connections"]
    assert (listed["name"], listed["kind"], listed["last_checked"]) == ("north", "oneroster", None)
    assert "canary" not in made.out + shown.out


def test_a_server_without_a_secret_is_refused(sqlite: Installation) -> None:
    answer = sqlite.run(*SERVER)
    assert answer.code == 2
    assert "error connection.secret: " in answer.err


@pytest.mark.covers("L39")
def test_a_removed_connection_is_unknown_from_then_on(sqlite: Installation) -> None:
    sqlite.run("connection", "add", "north", "--kind", "csv", "--path", "north.zip").ok()
    assert sqlite.run("connection", "remove", "north", "--json").ok().object["removed"] is True
    answer = sqlite.run("sync", "north")
    assert (answer.code, answer.err.split(":")[0]) == (2, "error connection.unknown")


@pytest.mark.covers("L34", "L35", "N18")
def test_a_reset_that_is_not_said_to_be_meant_does_nothing(sqlite: Installation) -> None:
    sqlite.run("connection", "add", "north", "--kind", "csv", "--path", "north.zip").ok()
    refused = sqlite.run("connection", "reset", "north")
    assert (refused.code, refused.err.split(":")[0]) == (2, "error connection.reset_unsaid")
    assert sqlite.run("connection", "reset", "north", "--yes", "--json").ok().object["reset"] is True


def test_a_renamed_connection_is_found_by_its_new_name_alone(sqlite: Installation) -> None:
    sqlite.run("connection", "add", "north", "--kind", "csv", "--path", "north.zip").ok()
    sqlite.run("connection", "rename", "north", "north side").ok()
    assert sqlite.run("connection", "list", "--json").ok().object["connections"][0]["name"] == "north side"


def test_limits_are_shown_and_set(sqlite: Installation) -> None:
    sqlite.run("connection", "add", "north", "--kind", "csv", "--path", "north.zip").ok()
    assert sqlite.run("connection", "limits", "north", "--json").ok().object["limits"]["remove_percent"] == 10
    sqlite.run("connection", "limits", "north", "--remove-percent", "2.5", "--floor", "0").ok()
    held = sqlite.run("connection", "limits", "north", "--json").ok().object["limits"]
    assert (held["remove_percent"], held["floor"], held["update_percent"]) == (2.5, 0, 75)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("approve", "9"), "run.unknown"),
        (("discard", "9"), "run.unknown"),
        (("findings", "9"), "run.unknown"),
        (("undo", "north"), "undo.nothing"),
        (("redo", "north"), "redo.nothing"),
        (("restore", "north", "9"), "restore.no_snapshot"),
        (("roster", "show", "north", "users", "u1"), "roster.unknown_record"),
    ],
)
def test_what_cannot_be_done_now_is_refused_with_exit_1(
    sqlite: Installation, arguments: tuple[str, ...], code: str
) -> None:
    sqlite.run("connection", "add", "north", "--kind", "csv", "--path", "north.zip").ok()
    answer = sqlite.run(*arguments, "--json")
    assert answer.code == 1
    assert answer.object["error"]["code"] == code
    assert f"error {code}: " in answer.err


@pytest.mark.parametrize("words", [("--help",), ("sync", "--help"), ("validate", "--help")])
def test_help_needs_neither_django_nor_settings(words: tuple[str, ...]) -> None:
    assert _imported_by(*words, env={"ROSTERKEEPER_DATABASE_URL": "nonsense"}).isdisjoint({"django", "rich"})


def test_validate_needs_no_django(tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_text("no zip")
    assert "django" not in _imported_by("validate", str(tmp_path / "no.zip"))


def _imported_by(*words: str, env: dict[str, str] | None = None) -> set[str]:
    script = "import sys; from rosterkeeper.cli.main import run; run(sys.argv[1:]); print('modules', *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script, *words], env=env or {}, capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())
