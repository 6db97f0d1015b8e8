"""Progress on standard error: a bar at a terminal, plain lines elsewhere."""
# ruff: noqa: PLC0415 -- rich is imported for a terminal only

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rosterkeeper.cli.output import at_terminal, chat
from rosterkeeper.job.words import Progress

# Seconds between two plain lines of one step; a log wants few.
_PAUSE: Final = 5.0


@contextmanager
def shown() -> Iterator[Callable[[Progress], None]]:
    """Whoever is called with each step forward, while the command runs."""
    if not at_terminal():
        yield _Lines().show
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:<32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("start", total=None)

        def show(progress: Progress) -> None:
            words = f"{progress.step} {progress.what}"
            bars.update(task, description=words, completed=progress.done, total=progress.total)

        yield show


class _Lines:
    """One line when a step begins, then one every few seconds about how far it is."""

    def __init__(self) -> None:
        self._step = ""
        self._told_at = 0.0

    def show(self, progress: Progress) -> None:
        """Print the progress unless a line was printed just now."""
        now = time.monotonic()
        if progress.step != self._step:
            chat(progress.step)
        elif now - self._told_at >= _PAUSE:
            of = "" if progress.total is None else f" of {progress.total}"
            chat(f"{progress.step}: {progress.what} {progress.done}{of}")
        else:
            return
        self._step, self._told_at = progress.step, now
