"""The child's own side: reads its job, lives as long as its standard input, answers with one result.

Whatever happens inside becomes a result; a fault nobody foresaw is told by its kind and place in our code, never by
its text, which may quote data.
"""

import errno
import gc
import importlib
import os
import shutil
import sys
import threading
import traceback
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from rosterkeeper.engine.outcomes import EXIT_FAILED, Outcome
from rosterkeeper.job import actions
from rosterkeeper.job.words import Job, Line, Progress, Result
from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.scratch import warm_up

# A page is thousands of small objects without a cycle among them, and looking for one at Python's own pace takes a
# third of decoding it.
_OBJECTS_BETWEEN_LOOKS: Final = 200_000
# What a folder or a disk may be to blame for, and an administrator can mend.
_OF_FILES: Final = (
    errno.EACCES,
    errno.EDQUOT,
    errno.EISDIR,
    errno.ENOENT,
    errno.ENOSPC,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
)


class Teller:
    """Writes lines to the parent, and is the `Watch` that the engine tells its progress."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def progress(self, step: str, what: str, done: int, total: int | None) -> None:
        """One step forward."""
        self._write(Line(progress=Progress(step, what, done, total)))

    def check(self) -> None:
        """Nothing to ask: a child that is to stop is ended with its standard input."""

    def finish(self, result: Result) -> None:
        """The last line."""
        self._write(Line(result=result))

    def _write(self, line: Line) -> None:
        with self._lock:
            self._out.write(msgspec.json.encode(line) + b"\n")
            self._out.flush()


def main(*, ahead: bool = False) -> int:
    """Carry out the job on standard input; the exit status is 0 whenever a result was told, or no job came.

    Whoever was started ``ahead`` of its job uses the time to load what most jobs come to need.
    """
    if ahead:
        _warm_up()
    text = sys.stdin.buffer.readline()
    if not text:
        return 0
    job = msgspec.json.decode(text, type=Job)
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)
    threading.Thread(target=_end_with_parent, args=(Path(job.scratch),), daemon=True).start()
    teller = Teller(sys.stdout.buffer)
    # Nothing but lines may reach standard output, whatever a library prints.
    sys.stdout = sys.stderr
    try:
        result = actions.carry_out(job, teller)
    except RosterkeeperError as error:
        result = failed(error)
    except Exception as fault:  # noqa: BLE001 - the parent must be told, whatever it was
        print(_outline(fault), file=sys.stderr)  # noqa: T201 - the child's log is its standard error
        result = _of_fault(fault)
    finally:
        shutil.rmtree(job.scratch, ignore_errors=True)
        # The libraries take what is frozen at the end for a leak, and would say so in the log.
        gc.unfreeze()
    try:
        teller.finish(result)
    except BrokenPipeError:
        return EXIT_FAILED
    return 0


def _warm_up() -> None:
    # Not at the top: without the time ahead they would keep every job waiting that does not need them.
    importlib.import_module("adbc_driver_manager.dbapi")
    importlib.import_module("rosterkeeper.sources.csvzip.source")
    warm_up()


def failed(error: RosterkeeperError) -> Result:
    """A broken operation as a result."""
    return Result(
        outcome=Outcome.FAILED,
        code=error.code,
        what=error.what,
        todo=error.todo,
        retry_after=error.retry_after,
        findings=actions.findings_of(error),
    )


def _end_with_parent(scratch: Path) -> None:
    """A child without a parent must not go on: another run may begin at any moment.

    Reads the descriptor itself: a daemon thread inside sys.stdin would stop the interpreter's own end.
    """
    while os.read(0, 4096):
        pass
    shutil.rmtree(scratch, ignore_errors=True)
    os._exit(EXIT_FAILED)


def _of_fault(fault: Exception) -> Result:
    if isinstance(fault, OSError) and fault.errno in _OF_FILES:
        return Result(
            outcome=Outcome.FAILED,
            code="run.files",
            what=f"A file could not be read or written ({os.strerror(fault.errno)}); nothing was changed.",
            todo="See that the data folder, and the folder of a file that was named, are there, writable and not full.",
        )
    return Result(
        outcome=Outcome.FAILED,
        code="run.fault",
        what=f"The run met a fault of its own ({type(fault).__name__}); nothing was changed.",
        todo="Try again; if it stays, report the lines in the log, which hold no personal data.",
    )


def _outline(fault: BaseException) -> str:
    """Where a fault happened, without its text."""
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(fault.__traceback__)]
    return "\n".join([f"{type(fault).__name__} at", *places])
