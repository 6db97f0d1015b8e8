"""How long the steps of a matching took."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopwatch:
    """Adds up seconds by step. Steps may go on beside one another, so their sum may be more than what passed."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count what is inside to the step; a step has one thread at a time."""
        begun = self._clock()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + self._clock() - begun

    def told(self) -> dict[str, float]:
        """Seconds by step so far, to the millisecond."""
        return {name: round(seconds, 3) for name, seconds in self._seconds.items()}
