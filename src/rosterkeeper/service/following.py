"""The worker's threads that keep what is made of the rosters up to them.

A run does not wait for it: what follows from a roster follows within seconds, minutes in a district of a million. What
is behind is found by comparing, whatever has moved it: a run, an undo, a command.
"""

import logging
import threading
from collections.abc import Callable
from typing import Final

from django.db import close_old_connections

_log = logging.getLogger("rosterkeeper.worker")

# Seconds between two looks, and after a failure.
_LOOK: Final = 2.0
_AGAIN: Final = 60.0

# Makes everything that is behind and that nobody makes; returns whether each was made.
CatchUp = Callable[[], bool]


class Following:
    """A thread that looks what is behind; it ends with its process, and what is half made is made again by the next."""

    def __init__(self, name: str, catch_up: CatchUp) -> None:
        self._name = name
        self._catch_up = catch_up
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing new."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(_LOOK):
            try:
                if not self._catch_up():
                    self._stop.wait(_AGAIN)
            except Exception as fault:  # noqa: BLE001 -- what follows the rosters must neither end nor end the worker
                _log.error("The %s could not look what is behind (%s); trying again.", self._name, type(fault).__name__)
                self._stop.wait(_AGAIN)
            close_old_connections()
