"""A child process and its parent: progress, one result, and an end whatever happens."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from rosterkeeper.job.launch import launch
from rosterkeeper.job.words import Action, Job, Progress, Result

JOB = Job(action=Action.VALIDATE, now="2026-09-01T00:00:00.000Z", today="2026-09-01", scratch="")


def child(*lines: str) -> tuple[str, ...]:
    """A child process that does what the lines of Python say; its job is in `job`."""
    return (sys.executable, "-c", "\n".join(("import sys, time, os", "job = sys.stdin.readline()", *lines)))


SAY = """def say(line): print(line, flush=True)"""


def launched(*lines: str, told: list[Progress] | None = None, patience: float = 20.0) -> Result:
    return launch(
        JOB,
        on_progress=(told if told is not None else []).append,
        command=child(SAY, *lines),
        patience=patience,
    )


def test_progress_is_passed_on_and_the_result_comes_last() -> None:
    told: list[Progress] = []
    result = launched(
        """say('{"progress":{"step":"fetch","what":"users","done":1,"total":2}}')""",
        """say('{"result":{"outcome":"applied","state_version":3}}')""",
        told=told,
    )
    assert told == [Progress("fetch", "users", 1, 2)]
    assert (result.outcome, result.state_version) == ("applied", 3)


def test_the_job_arrives_as_one_json_line() -> None:
    result = launched("""say('{"result":{"outcome":"applied","what":"%s"}}' % ("validate" in job))""")
    assert result.what == "True"


def test_the_child_sees_its_input_close_only_after_the_result() -> None:
    result = launched(
        """import select""",
        """open_still = not select.select([sys.stdin], [], [], 0.2)[0]""",
        """say('{"result":{"outcome":"applied","what":"%s"}}' % open_still)""",
        """sys.exit(0 if sys.stdin.read() == "" else 1)""",
    )
    assert result.what == "True"


def test_chatter_that_is_no_line_of_ours_is_skipped() -> None:
    result = launched("""say('hello')""", """say('{"result":{"outcome":"unchanged"}}')""")
    assert result.outcome == "unchanged"


def test_a_child_that_ends_without_a_result_is_a_failed_run() -> None:
    result = launched("sys.exit(7)")
    assert (result.outcome, result.code) == ("failed", "run.child_died")
    assert "7" in result.what


def test_a_child_that_never_reads_its_job_is_a_failed_run() -> None:
    result = launch(JOB, on_progress=print, command=(sys.executable, "-c", "import os; os._exit(3)"))
    assert (result.outcome, result.code) == ("failed", "run.child_died")


def test_a_killed_child_is_an_interrupted_run() -> None:
    result = launched("os.kill(os.getpid(), 9)")
    assert (result.outcome, result.code) == ("interrupted", "run.child_died")
    assert "signal 9" in result.what


def test_what_the_child_says_on_standard_error_goes_to_the_log(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "job.log"
    launch(JOB, on_progress=print, log=log, command=child("print('trouble', file=sys.stderr)", "sys.exit(1)"))
    assert log.read_text() == "trouble\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_the_childs_life_line_and_the_run_is_interrupted(number: signal.Signals) -> None:
    soon = threading.Timer(0.5, os.kill, (os.getpid(), number))
    soon.start()
    began = time.monotonic()
    result = launched("sys.stdin.read()")
    assert (result.outcome, result.code) == ("interrupted", "run.interrupted")
    assert time.monotonic() - began < 10


def test_a_result_that_comes_after_the_signal_counts() -> None:
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
    result = launched("sys.stdin.read()", """say('{"result":{"outcome":"applied"}}')""")
    assert result.outcome == "applied"


def test_a_child_that_will_not_end_is_killed() -> None:
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
    began = time.monotonic()
    result = launched("time.sleep(60)", patience=0.5)
    assert result.code == "run.interrupted"
    assert time.monotonic() - began < 10


def test_sigterm_means_afterwards_what_it_meant_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    launched("sys.exit(0)")
    assert signal.getsignal(signal.SIGTERM) is before
