"""Programs that run side by side: one that dies is started again, and all end when this process is told to."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Final

from rosterkeeper.cli.output import chat

# Seconds between two looks at the programs.
_LOOK: Final = 0.2
# Seconds before a program is started again, the last for good; the first again once it has lived for a while.
_PAUSES: Final[tuple[float, ...]] = (1, 2, 4, 8, 16, 30)
_LIVED: Final = 60.0
_TOLD_TO_END: Final = [signal.SIGTERM, signal.SIGINT]
if sys.platform != "win32":
    _TOLD_TO_END.append(signal.SIGHUP)
# One that ends by itself so soon, so many times in a row, cannot start at all.
_AT_ONCE: Final = 10.0
_MOST_TRIES: Final = 5


@dataclass
class _Kept:
    """One program and how its starts went: ``deaths`` since it last lived for a while, ``failed`` starts in a row.

    ``again_at`` is when it is started next, None while it runs.
    """

    name: str
    command: list[str]
    process: subprocess.Popen[bytes]
    begun_at: float
    pauses: Sequence[float]
    again_at: float | None = None
    deaths: int = 0
    failed: int = 0

    def ended(self, code: int) -> None:
        """Plan its next start, and say so; a program that was killed could start, one that ended soon could not."""
        now = time.monotonic()
        _end_rest(self.process.pid)
        lived = now - self.begun_at
        self.deaths = 1 if lived >= _LIVED else self.deaths + 1
        self.failed = self.failed + 1 if code >= 0 and lived < _AT_ONCE else 0
        if self.failed < _MOST_TRIES:
            pause = self.pauses[min(self.deaths, len(self.pauses)) - 1]
            self.again_at = now + pause
            chat(f"The {self.name} {_how(code)}. It is started again in {pause:g} s; everything else goes on.")

    def again(self) -> None:
        """Start it again."""
        self.process, self.begun_at, self.again_at = _started(self.command), time.monotonic(), None


def keep_running(programs: Mapping[str, list[str]], *, pauses: Sequence[float] = _PAUSES) -> int:
    """Run the programs, each by its name, until this process is told to end; 0, or the code of one that cannot start.

    The signals that end it are SIGTERM, SIGINT and SIGHUP (unless it is ignored, as under nohup); ``pauses`` are
    seconds before a program's first, second, … start anew.
    """
    told: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        told.append(number)

    for number in _TOLD_TO_END:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)
    kept = [_Kept(name, command, _started(command), time.monotonic(), pauses) for name, command in programs.items()]
    code = 0
    while not told and not code:
        for each in kept:
            code = code or _look_at(each)
        time.sleep(_LOOK)
    _end([each.process for each in kept])
    return code


def _look_at(kept: _Kept) -> int:
    """Start the program again where it is due; the code that all ends with where it cannot start, else 0."""
    if kept.again_at is not None:
        if time.monotonic() >= kept.again_at:
            kept.again()
        return 0
    code = kept.process.poll()
    if code is None:
        return 0
    kept.ended(code)
    if kept.failed < _MOST_TRIES:
        return 0
    chat(
        f"The {kept.name} cannot start: it {_how(code)} {_MOST_TRIES} times in a row, so everything ends here.",
        "Next step: mend what it says above, then start rosterkeeper serve again.",
    )
    return code or 1


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    # In a group of its own, so that what a killed one leaves behind can be found, and keeps no port.
    return subprocess.Popen(command, process_group=0)  # noqa: S603 -- our own program


def _end(running: list[subprocess.Popen[bytes]]) -> None:
    for each in running:
        _tell_to_end(each)
    for each in running:
        each.wait()


def _tell_to_end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM; Windows has none, and there whatever the program started would outlive it and keep its port."""
    if sys.platform == "win32" and process.poll() is None:
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], check=False, capture_output=True)  # noqa: S603, S607 -- Windows' own
        return
    process.terminate()


def _end_rest(group: int) -> None:
    if sys.platform == "win32":
        return
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _how(code: int) -> str:
    return f"was killed (signal {-code})" if code < 0 else f"ended by itself (code {code})"
