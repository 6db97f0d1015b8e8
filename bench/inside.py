"""The product's own code in this process, over the installation that the environment names, timed call by call."""

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_MILLISECONDS = 1000


def enter() -> None:
    """Let Django know the installation: what needs its settings can be imported from then on."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "rosterkeeper.service.settings"
    import django  # noqa: PLC0415 -- it reads the environment

    django.setup()


@dataclass(slots=True)
class Watch:
    """What calls of one kind took, in milliseconds: by the clock, and of the processor, which tells a busy machine."""

    what: str
    taken: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Time one call."""
        began, busy = time.perf_counter(), time.thread_time()
        yield
        self.taken.append((time.perf_counter() - began) * _MILLISECONDS)
        self.worked.append((time.thread_time() - busy) * _MILLISECONDS)

    def told(self) -> dict[str, str | float]:
        """The figures as JSON: medians, the worst, the worst of a hundred; SystemExit where nothing was timed."""
        if not self.taken:
            raise SystemExit(f"there was nothing to time: {self.what}")
        return {
            "what": self.what,
            "many": len(self.taken),
            "seconds": sum(self.taken) / _MILLISECONDS,
            "median": statistics.median(self.taken),
            "processor": statistics.median(self.worked),
            "worst": max(self.taken),
            "worst_of_hundred": statistics.quantiles(self.taken, n=100)[-1] if self.taken[1:] else self.taken[0],
        }
