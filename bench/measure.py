"""Runs a command and measures it: wall time, processor time, and the peak memory of all its processes together."""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 0.05
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Failed(Exception):
    """A measured command did not do what it was to do; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one command took. ``peak_bytes`` adds up the resident memory of the whole process tree; 0 is not known."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str

    @property
    def words(self) -> str:
        """The times in words; processor time tells a slow program from a busy machine."""
        return f"{self.seconds:.1f} s, {self.cpu_seconds:.1f} s of processor"


def run(
    command: list[str], environment: Mapping[str, str] | None = None, *, expect: tuple[int, ...] = (0,)
) -> Measured:
    """Run the command to its end; Failed where its exit code is not expected."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watch = _PeakWatch(process.pid)
    watch.start()
    output, chatter = process.communicate()
    seconds = time.perf_counter() - began
    watch.over.set()
    watch.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode not in expect:
        told = "\n".join((output + chatter).strip().splitlines()[-20:])
        raise Failed(f"{' '.join(command)} exited with {process.returncode}\n{told}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(seconds, cpu, watch.peak, output)


def module(name: str, *arguments: str) -> dict[str, float]:
    """Run one of our own modules in a process of its own; it prints its figures as a JSON object on its last line."""
    done = run([sys.executable, "-m", name, *arguments])
    figures: dict[str, float] = json.loads(done.output.strip().splitlines()[-1])
    return figures


class _PeakWatch(threading.Thread):
    """Looks at a process tree's resident memory every few hundredths of a second."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root = root
        self.peak = 0
        self.over = threading.Event()

    def run(self) -> None:
        if not Path("/proc/self/statm").exists():
            return
        while not self.over.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, sum(map(_resident, tree(self.root))))


def tree(root: int) -> list[int]:
    """The process and all that it has started, and they in turn."""
    found, todo = [], [root]
    while todo:
        process = todo.pop()
        found.append(process)
        try:
            for task in Path(f"/proc/{process}/task").iterdir():
                todo += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE_BYTES
    except (OSError, IndexError):
        return 0
