"""Programs side by side, as `rosterkeeper serve` keeps them, with real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_STAYS = "import pathlib, os, time; pathlib.Path({path!r}).write_text(str(os.getpid())); time.sleep(60)"
_KEEPS = """
import sys
from rosterkeeper.cli.together import keep_running
sys.exit(keep_running({programs!r}, pauses=(0.1,)))
"""


@contextmanager
def _kept(programs: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    commands = {name: [sys.executable, "-c", text] for name, text in programs.items()}
    code = _KEEPS.format(programs=commands)
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) as keeper:
        try:
            yield keeper
        finally:
            keeper.terminate()


def _pid_in(path: Path, *, other_than: int = 0) -> int:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        told = path.read_text() if path.exists() else ""
        if told and int(told) != other_than:
            return int(told)
        time.sleep(0.05)
    raise AssertionError("the program was not started")


@pytest.mark.covers("M35")
def test_a_program_that_is_killed_is_started_again_and_the_other_goes_on(tmp_path: Path) -> None:
    pages, worker = tmp_path / "pages", tmp_path / "worker"
    programs = {"web process": _STAYS.format(path=str(pages)), "worker": _STAYS.format(path=str(worker))}
    with _kept(programs) as keeper:
        first = _pid_in(pages), _pid_in(worker)
        os.kill(first[1], signal.SIGKILL)
        again = _pid_in(worker, other_than=first[1])
        assert _pid_in(pages) == first[0]
        keeper.send_signal(signal.SIGTERM)
        _, told = keeper.communicate(timeout=20)
    assert keeper.returncode == 0
    assert told == "The worker was killed (signal 9). It is started again in 0.1 s; everything else goes on.\n"
    for pid in (first[0], again):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_program_that_cannot_start_ends_all_with_its_code_after_five_tries(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    with _kept({"web process": _STAYS.format(path=str(pages)), "worker": "raise SystemExit(3)"}) as keeper:
        _, told = keeper.communicate(timeout=40)
    assert keeper.returncode == 3
    assert told.count("It is started again") == 4
    assert "The worker cannot start: it ended by itself (code 3) 5 times in a row" in told
    assert "Next step:" in told
    with pytest.raises(ProcessLookupError):
        os.kill(_pid_in(pages), 0)
