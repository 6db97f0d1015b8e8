"""What a user sees when something goes wrong: a code, a sentence, what to do; never a traceback or a value."""

import errno
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest

from rosterkeeper.cli.faults import told
from rosterkeeper.cli.main import cli, run
from rosterkeeper.oneroster.errors import RunRefused
from tests.installation import Installation
from tests.meta.tables import walk


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The log of a data folder that this process is told to use."""
    monkeypatch.setenv("ROSTERKEEPER_DATA_DIR", str(tmp_path))
    return tmp_path / "logs" / "errors.log"


def test_an_unexpected_fault_is_a_reference_whose_details_are_in_the_log_only(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    value = "".join(("can", "ary"))
    with pytest.raises(sqlite3.DatabaseError) as caught:
        raise sqlite3.DatabaseError(value)
    assert told(caught.value, as_json=False) == 1
    out, err = capsys.readouterr()
    first, second = err.splitlines()
    assert (out, first[:20]) == ("", "error program.fault:")
    assert second.startswith("next: ")
    reference = first.split()[-1].rstrip(".")
    text = log.read_text()
    assert reference in text
    assert "sqlite3.DatabaseError" in text
    assert __file__ in text
    assert value not in text + err


def test_an_error_is_two_lines_and_with_json_an_object_too(capsys: pytest.CaptureFixture[str]) -> None:
    fault = RunRefused("run.busy", "Another run is going on.", todo="Wait.", retry_after=60)
    assert told(fault, as_json=True) == 1
    out, err = capsys.readouterr()
    assert err == "error run.busy: Another run is going on.\nnext: Wait.\n"
    assert '"retry_after": 60' in out


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("fault", [KeyboardInterrupt(), click.Abort()])
def test_ctrl_c_is_told_as_such(fault: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(fault, as_json=False) == 1
    assert capsys.readouterr().err.startswith("error run.stopped: ")


def test_a_reader_that_went_away_is_not_told_anything(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(BrokenPipeError(), as_json=False) == 1
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("sync",),
        ("sync", "north", "--what"),
        ("nothing",),
        ("approve", "first"),
        ("connection", "add", "north", "--kind", "paper"),
        ("sample", "out.zip", "--users", "0", "--seed", "1"),
        ("validate", "missing.zip"),
        ("export", "north", "--version", "2.0", "out.zip"),
    ],
)
def test_a_wrong_command_line_exits_2_and_says_where_help_is(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error usage.wrong: ")
    assert err.rstrip().endswith("--help.")


def test_a_wrong_command_line_with_json_is_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sync", "--json"]) == 2
    assert '"code": "usage.wrong"' in capsys.readouterr().out


def test_no_word_at_all_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    assert "Commands:" in capsys.readouterr().err


def test_a_wrong_setting_exits_2(bare: Installation) -> None:
    answer = bare.run("connection", "list", env={"ROSTERKEEPER_DATABASE_URL": "mysql://ann:hidden@host/d"})
    assert answer.code == 2
    assert answer.err.startswith("error settings.database_url: ")
    assert "hidden" not in answer.err


def test_a_database_that_cannot_be_reached_is_an_error_that_can_be_tried_again(bare: Installation) -> None:
    url = "postgresql://ann:hidden@127.0.0.1:1/roster"
    answer = bare.run("connection", "list", "--json", env={"ROSTERKEEPER_DATABASE_URL": url})
    assert answer.code == 1
    assert answer.object["error"]["code"] == "database.failed"
    assert answer.object["error"]["retry_after"] > 0
    assert "hidden" not in answer.out + answer.err


def test_a_data_folder_that_cannot_be_made_is_a_settings_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    answer = Installation(tmp_path / "file" / "data").run("init")
    assert answer.code == 2
    assert answer.err.startswith("error settings.data_dir: ")


def test_what_failed_of_a_database_file_is_told(bare: Installation) -> None:
    bare.data_dir.mkdir()
    (bare.data_dir / "rosterkeeper.sqlite3").write_text("a letter to the parents, and no database at all\n" * 50)
    answer = bare.run("connection", "list", "--json")
    assert (answer.code, answer.object["error"]["code"]) == (1, "database.failed")
    assert "(its file is no database)" in answer.object["error"]["what"]


def test_a_database_server_that_does_not_answer_is_told_as_such(bare: Installation) -> None:
    answer = bare.run("init", env={"ROSTERKEEPER_DATABASE_URL": "postgresql://ann:hidden@127.0.0.1:1/roster"})
    assert "(it cannot be reached, or does not let this user in)" in answer.err


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("number", "code", "exit_code"),
    [(errno.ENOSPC, "files.full", 1), (errno.EROFS, "files.unwritable", 2), (errno.EACCES, "files.unwritable", 2)],
)
def test_a_disk_that_takes_nothing_is_told_and_no_unexpected_fault(
    number: int, code: str, exit_code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(OSError(number, os.strerror(number), "/somewhere/ann"), as_json=True) == exit_code
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["code"] == code
    assert err.startswith(f"error {code}: ")
    assert "ann" not in out + err


_FULL = Path("/dev/full")
_PROGRAM = f'"{sys.executable}" -m rosterkeeper.cli'


def _shell(folder: Path, line: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "ROSTERKEEPER_DATA_DIR": str(folder), "ROSTERKEEPER_DATABASE_URL": ""}
    return subprocess.run(["sh", "-c", line], env=environment, capture_output=True, text=True, check=False)


def test_a_command_without_standard_streams_does_its_work(sqlite: Installation) -> None:
    done = _shell(sqlite.data_dir, f"{_PROGRAM} connection add north --kind csv --path x.zip <&- >&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "north" in sqlite.run("connection", "list").ok().out


@pytest.mark.skipif(not _FULL.exists(), reason="this system has no /dev/full")
def test_an_answer_for_which_there_is_no_room_is_an_error_without_a_traceback(sqlite: Installation) -> None:
    done = _shell(sqlite.data_dir, f"{_PROGRAM} connection list --json >/dev/full")
    assert (done.returncode, done.stderr.count("\n")) == (1, 2)
    assert done.stderr.startswith("error output.failed: ")


@pytest.mark.skipif(not _FULL.exists(), reason="this system has no /dev/full")
def test_a_full_log_of_messages_changes_no_answer_and_no_exit_code(sqlite: Installation) -> None:
    done = _shell(sqlite.data_dir, f"{_PROGRAM} roster counts nowhere --json 2>/dev/full")
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (2, "connection.unknown")


def test_every_command_that_ends_takes_json() -> None:
    # The others run until they are stopped, and have nothing to tell a program but that they run.
    services = {"serve", "web", "worker"}
    # It runs on a teacher's computer, for whoever sits there, and reads its options itself.
    services.add("console")
    without = [words for words, command in walk(cli) if not any("--json" in each.opts for each in command.params)]
    assert set(without) == services


def test_no_command_takes_a_secret_as_an_argument() -> None:
    named = [words for words, command in walk(cli) if any("secret" in (each.name or "") for each in command.params)]
    assert not named
