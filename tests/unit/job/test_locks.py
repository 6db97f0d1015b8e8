"""Locks of files: one holder at a time, whoever it is, and free again when it ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from rosterkeeper.job.locks import Held, locked

HOLD = """
import sys
from pathlib import Path
from rosterkeeper.job.locks import locked
with locked(Path(sys.argv[1]), wait=True):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_holder_in_one_process_is_told_at_once(tmp_path: Path) -> None:
    with locked(tmp_path / "a.lock", wait=False):
        with pytest.raises(Held), locked(tmp_path / "a.lock", wait=False):
            pass
        with locked(tmp_path / "b.lock", wait=False):
            assert (tmp_path / "b.lock").exists()


def test_the_file_stays_and_the_lock_is_free_after_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with pytest.raises(KeyError), locked(path, wait=False):
        raise KeyError

    with locked(path, wait=False):
        assert path.exists()
    assert path.exists()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Held), locked(path, wait=False):
            pass
        holder.kill()

    with locked(path, wait=False):
        assert path.exists()
