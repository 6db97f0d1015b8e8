"""How often a token may call: a burst, and then so many calls a second; counted in each web process by itself.

The count is there to keep one script from slowing everybody down, not to keep secrets: tries to guess a token are
hopeless at any rate.
"""

import math
import threading
import time
from collections.abc import Callable
from typing import Final

# Calls at once, and calls a second in the long run.
BURST: Final = 120
A_SECOND: Final = 10.0
# So many tokens are remembered; more than any installation has.
_MOST: Final = 10_000


class Rate:
    """Buckets of calls, one a caller, that fill up as time goes by."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, burst: int = BURST, a_second: float = A_SECOND
    ) -> None:
        self._clock, self._burst, self._a_second = clock, burst, a_second
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def wait(self, caller: str) -> int:
        """Count a call; 0 where it may go on, else the seconds after which the next may be tried."""
        now = self._clock()
        with self._lock:
            if len(self._buckets) >= _MOST:
                self._buckets.clear()
            left, at = self._buckets.get(caller, (float(self._burst), now))
            left = min(float(self._burst), left + (now - at) * self._a_second)
            if left < 1:
                self._buckets[caller] = (left, now)
                return max(1, math.ceil((1 - left) / self._a_second))
            self._buckets[caller] = (left - 1, now)
            return 0
