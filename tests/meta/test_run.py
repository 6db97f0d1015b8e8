"""`./run` in a folder of its own: what it sets up, what it asks for, and what it hands over."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.meta.tree import ROOT

_UV = """#!/bin/sh
case "$1" in
    --version) echo "uv 0.13.0" ;;
    *) echo synced >> "{log}" ;;
esac
"""
_PRODUCT = """#!/bin/sh
echo "in $PWD: $*"
exit 3
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with a blank in its name that holds what `./run` reads."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    for name in ("run", "uv.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def _program(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def _equip(clone: Path) -> Path:
    """Put an environment into the clone whose uv only notes that it was called; returns that note."""
    programs = clone / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    log = clone.parent / "synced"
    _program(programs / "uv", _UV.format(log=log))
    _program(programs / "rosterkeeper", _PRODUCT)
    return log


def _run(clone: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(clone / "run"), *words],
        cwd=clone.parent,
        env={**os.environ, "CI": "true", **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_product_command_runs_where_it_was_typed_and_keeps_its_exit_code(clone: Path) -> None:
    _equip(clone)
    done = _run(clone, "sync", "lincoln high", "--json")
    assert (done.stdout, done.returncode) == (f"in {clone.parent}: sync lincoln high --json\n", 3)


def test_the_set_up_is_done_once_and_told_on_standard_error_only(clone: Path) -> None:
    log = _equip(clone)
    first, second = _run(clone, "setup"), _run(clone, "setup")
    assert log.read_text() == "synced\n"
    assert (first.stdout, second.stdout, second.stderr) == ("", "", "")
    assert first.stderr.endswith("ready\n")


def test_a_change_of_the_locked_dependencies_sets_up_again(clone: Path) -> None:
    log = _equip(clone)
    _run(clone, "setup")
    with (clone / "uv.lock").open("a") as lock:
        lock.write("\n")
    _run(clone, "setup")
    assert log.read_text() == "synced\nsynced\n"


def test_two_set_ups_at_once_do_it_once(clone: Path) -> None:
    log = _equip(clone)
    both = [
        subprocess.Popen([str(clone / "run"), "setup"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]
    assert [each.wait() for each in both] == [0, 0]
    assert log.read_text() == "synced\n"


def test_a_moved_clone_is_set_up_again(clone: Path) -> None:
    log = _equip(clone)
    _run(clone, "setup")
    moved = clone.rename(clone.with_name("moved"))
    _run(moved, "setup")
    assert log.read_text() == "synced\nsynced\n"


def test_without_python_one_line_says_how_to_get_it(clone: Path, tmp_path: Path) -> None:
    done = _run(clone, "setup", PATH=str(tmp_path / "nothing"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "Python 3.11 or newer is missing" in done.stderr
    assert "apt-get install" in done.stderr


def test_without_the_venv_module_one_line_says_how_to_get_it(clone: Path, tmp_path: Path) -> None:
    # What Debian's python3 is without python3-venv: ensurepip cannot be found.
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
    done = _run(clone, "setup", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "venv' (or python3-venv)" in done.stderr


def test_without_a_network_one_line_names_it(clone: Path) -> None:
    _equip(clone)
    _program(clone / ".venv" / "bin" / "uv", '#!/bin/sh\n[ "$1" = --version ] && echo "uv 0.13.0" && exit 0\nexit 1\n')
    done = _run(clone, "setup")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("run: the packages could not be fetched; connect to the network")
    assert not (clone / ".venv" / "set-up.stamp").exists()


def test_a_stale_lock_file_is_told_apart_from_a_missing_network(clone: Path) -> None:
    _equip(clone)
    says = "The lockfile at `uv.lock` needs to be updated, but `--locked` was provided."
    _program(
        clone / ".venv" / "bin" / "uv",
        f'#!/bin/sh\n[ "$1" = --version ] && echo "uv 0.13.0" && exit 0\necho \'{says}\' >&2\nexit 1\n',
    )
    assert "uv.lock does not fit pyproject.toml" in _run(clone, "setup").stderr


@pytest.mark.parametrize("word", ["demo", "test", "check", "setup"])
@pytest.mark.parametrize("asked", ["--help", "-h"])
def test_a_word_of_its_own_explains_itself_and_starts_nothing(clone: Path, word: str, asked: str) -> None:
    done = _run(clone, word, asked)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"./run {word}")
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize("words", [("demo", "--port"), ("demo", "one", "two"), ("check", "src"), ("setup", "--quick")])
def test_what_a_word_does_not_take_is_one_line_and_starts_nothing(clone: Path, words: tuple[str, ...]) -> None:
    done = _run(clone, *words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"'./run {words[0]} --help'" in done.stderr
    assert not (clone / ".venv").exists()
