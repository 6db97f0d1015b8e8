"""The worker's thread that keeps catalogs up to their rosters, one connection after the other.

A run does not wait for it: what the roster's pages look things up in follows within seconds, minutes in a district of a
million. A catalog that is behind is found by its state version, whatever has moved it: a run, an undo, a command.
"""

import logging
import threading
from typing import Final

from django.db import close_old_connections

from rosterkeeper.features.roster.fresh import behind, refresh

_log = logging.getLogger("rosterkeeper.worker")

# Seconds between two looks, and after a failure.
_LOOK: Final = 2.0
_AGAIN: Final = 60.0


def catch_up() -> bool:
    """Make every catalog that is behind and that nobody makes; returns whether each came to its roster."""
    done = True
    for connection in behind():
        result = refresh(connection)
        if result.code:
            _log.error("The catalog of connection %s could not be made (%s).", connection, result.code)
            done = False
    return done


class Cataloguing:
    """The thread; it ends with its process, and a catalog half made is made again by the next."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cataloguing", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing new."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(_LOOK):
            try:
                if not catch_up():
                    self._stop.wait(_AGAIN)
            except Exception as fault:  # noqa: BLE001 -- catalogs must neither end nor end the worker
                _log.error("Catalogs could not be looked at (%s); trying again.", type(fault).__name__)
                self._stop.wait(_AGAIN)
            close_old_connections()
