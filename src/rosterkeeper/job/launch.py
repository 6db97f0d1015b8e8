"""Starts a job in a child process, follows it and brings back its result, whatever becomes of it.

The child lives as long as its standard input is open, so it ends with this process even after `kill -9`.
"""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from types import FrameType
from typing import IO, Final, Protocol, cast

import msgspec

from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.job.logs import roomy
from rosterkeeper.job.words import AHEAD, Job, Line, Progress, Result

COMMAND: Final = (sys.executable, "-m", "rosterkeeper.job")
# Seconds a child is given to roll back or to finish its commit once it was told to stop.
PATIENCE: Final = 20.0

# Windows knows no sessions; a process group of its own keeps Ctrl-C from the child there.
if sys.platform == "win32":
    _GROUP = subprocess.CREATE_NEW_PROCESS_GROUP
else:
    _GROUP = 0

_LINES = msgspec.json.Decoder(Line)

Follow = Callable[[Progress], None]

# What the jobs of this thread are known as, so that they can be stopped from another.
_KNOWN_AS: Final[ContextVar[str]] = ContextVar("known_as", default="")


class Process(Protocol):
    """A child's process: as much of `subprocess.Popen` as a parent needs; both streams are there, and binary."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    returncode: int

    def wait(self, timeout: float | None = None) -> int:
        """See it end; the exit status, negative for a signal."""

    def kill(self) -> None:
        """End it at once."""


Start = Callable[[Sequence[str], int], Process]


def started(command: Sequence[str], errors: int) -> Process:
    """A new process of ``command``, whose standard error is the descriptor ``errors``."""
    # A session of its own: Ctrl-C at the terminal reaches the parent only, which then stops the child in order.
    return subprocess.Popen(  # noqa: S603 -- our own module under our own interpreter
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,
        creationflags=_GROUP,
    )


# The last one is used: whoever starts a great many children may know a quicker way.
STARTS: Final[list[Start]] = [started]

_AHEAD: Final[list["_Child"]] = []
_RUNNING: Final[set["_Child"]] = set()


def start_ahead(log: Path) -> None:
    """Start the next job's child already, so that it loads its libraries while the caller prepares the job.

    A child that gets no job ends with this process.
    """
    with _errors_to(log) as errors:
        _AHEAD.append(_Child((*COMMAND, AHEAD), errors))


def stop_all() -> None:
    """Ask every running child to stop, as Ctrl-C would: it rolls back, or finishes its commit."""
    for child in tuple(_RUNNING):
        child.stop()


@contextmanager
def known_as(name: str) -> Iterator[None]:
    """Whatever this thread launches meanwhile can be stopped by that name."""
    before = _KNOWN_AS.set(name)
    try:
        yield
    finally:
        _KNOWN_AS.reset(before)


def stop(name: str) -> None:
    """Ask the running children of that name to stop."""
    for child in tuple(_RUNNING):
        if child.name == name:
            child.stop()


def launch(
    job: Job,
    *,
    on_progress: Follow,
    log: Path | None = None,
    command: Sequence[str] = COMMAND,
    patience: float = PATIENCE,
) -> Result:
    """Carry out ``job`` in a child process and return what it came to; never raises for what the child does.

    Ctrl-C and SIGTERM ask the child to stop: it has ``patience`` seconds, then it is killed. A child without a result
    is ``run.interrupted`` when it was told to stop and ``run.child_died`` otherwise; whether it had committed stands
    in the database. What the child says on standard error is appended to ``log``.
    """
    with _terminated_like_interrupted(), _errors_to(log) as errors:
        child = _AHEAD.pop() if _AHEAD and command is COMMAND else _Child(command, errors)
        _RUNNING.add(child)
        result = None
        try:
            child.send(job)
            result = child.listen(on_progress)
        except KeyboardInterrupt:
            child.told = True
        finally:
            result = child.end(patience) or result
            _RUNNING.discard(child)
        return result or _without_result(child.process.returncode, told=child.told)


class _Child:
    """The process of a job: its life line is its standard input, its lines come on standard output."""

    def __init__(self, command: Sequence[str], errors: int) -> None:
        self.process = STARTS[-1](command, errors)
        self._life = cast(IO[bytes], self.process.stdin)
        self._lines = cast(IO[bytes], self.process.stdout)
        self.name = _KNOWN_AS.get()
        self.told = False

    def send(self, job: Job) -> None:
        """Hand over the job; a child that died at once tells by its exit code."""
        with suppress(BrokenPipeError):
            self._life.write(msgspec.json.encode(job) + b"\n")
            self._life.flush()

    def listen(self, on_progress: Follow) -> Result | None:
        """Pass progress on until the result comes; None where the child ends without one."""
        for text in self._lines:
            try:
                line = _LINES.decode(text)
            except msgspec.DecodeError:
                continue  # a library's chatter, or the rest of a line that an interrupt cut
            if line.progress is not None:
                on_progress(line.progress)
            if line.result is not None:
                return line.result
        return None

    def stop(self) -> None:
        """Close its life line; who listens to it hears its end."""
        self.told = True
        with suppress(OSError, ValueError):
            self._life.close()

    def end(self, patience: float) -> Result | None:
        """Close the life line and see the child out; a result may still come, for it may be committing."""
        killer = threading.Timer(patience, self.process.kill)
        killer.start()
        late = None
        try:
            with suppress(BrokenPipeError):
                self._life.close()
            late = self.listen(lambda _: None)
            self.process.wait()
        except KeyboardInterrupt:
            self.process.kill()
            self.process.wait()
        finally:
            killer.cancel()
            self._lines.close()
        return late


def _without_result(returncode: int, *, told: bool) -> Result:
    if told:
        return Result(
            outcome=Outcome.INTERRUPTED,
            code="run.interrupted",
            what="The run was stopped before it applied anything.",
            todo="Start it again when it suits.",
        )
    if returncode < 0:
        return Result(
            outcome=Outcome.INTERRUPTED,
            code="run.child_died",
            what=f"The run's process was ended by signal {-returncode}.",
            todo="If the machine was out of memory, lower ROSTERKEEPER_MEMORY_LIMIT; then start the run again.",
        )
    return Result(
        outcome=Outcome.FAILED,
        code="run.child_died",
        what=f"The run's process ended with code {returncode} and without a result.",
        todo="Look into job.log in the data folder's logs, then start the run again.",
    )


@contextmanager
def _errors_to(log: Path | None) -> Iterator[int]:
    if log is None:
        yield subprocess.DEVNULL
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with roomy(log).open("ab") as stream:
        yield stream.fileno()


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt meanwhile; only a process's main thread may set that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
