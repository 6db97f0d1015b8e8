"""A forked command is like a real one: the other stories rely on it."""

import os
import re
import signal

import pytest

from tests.flow.conftest import District
from tests.starter import starter

WORDS = [
    ("connection", "list", "--json"),
    ("connection", "test", "north"),
    ("sync", "north", "--json"),
    ("undo", "north", "--json"),
    ("approve", "many"),
]


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_a_forked_command_says_and_returns_what_a_real_one_does(lone: District, words: tuple[str, ...]) -> None:
    lone.package.unlink()
    forked = lone.run(*words)
    with lone.installation.start("-m", "rosterkeeper.cli", *words) as real:
        out, err = real.communicate()
    assert (_same(forked.out.replace('"run": 1', '"run": 2')), forked.err) == (_same(out), err)
    assert forked.code == real.returncode


def _same(told: str) -> str:
    """What a command says, without how long its steps took; only the run that failed has another number besides."""
    return re.sub(r"\d+\.\d+", "…", told)


def test_a_forked_process_that_is_killed_tells_by_which_signal() -> None:
    below, life = os.pipe()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    job = starter().fork("job", (), os.environ, (below, nowhere, nowhere))
    job.kill()
    assert job.wait(60) == -signal.SIGKILL
    for each in (below, life, nowhere):
        os.close(each)
