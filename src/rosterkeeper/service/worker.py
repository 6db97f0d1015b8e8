"""The worker: takes orders up, places those that are due, and takes over what a dead worker left."""

import logging
import os
import signal
import threading
import time
from types import FrameType
from typing import Final

from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from rosterkeeper.features.runs.orders import stop_those_asked
from rosterkeeper.features.runs.recover import recover
from rosterkeeper.job.launch import stop_all
from rosterkeeper.service import durable
from rosterkeeper.service.configuration import Configuration
from rosterkeeper.service.executors import working
from rosterkeeper.service.noticing import Noticing

_log = logging.getLogger("rosterkeeper.worker")

# Seconds between two looks for new orders, and for dead workers.
_LOOK: Final = 0.5
_TAKE_OVER: Final = 5.0
# SIGTERM: so long may what is under way go on to its end; then it is stopped and handed back (30 s in all).
_FINISH: Final = 8.0
_HAND_BACK: Final = 16.0
# And so long a notice that is just being sent.
_LAST_WORD: Final = 3.0


class Worker:
    """One worker process's loop."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._stop = threading.Event()

    def stop(self) -> None:
        """End the loop soon; may be called from a signal's handler."""
        self._stop.set()

    def run(self, *, at_once: int) -> None:
        """Work until told to stop, then finish or hand back what is under way."""
        with working(self._configuration) as executor:
            durable.begin(self._configuration, executor, at_once=at_once)
            noticing = Noticing(executor.name)
            noticing.start()
            next_take_over = 0.0
            while not self._stop.wait(_LOOK):
                try:
                    durable.hand_in()
                    stop_those_asked()
                    if time.monotonic() >= next_take_over:
                        durable.take_over(self._configuration)
                        recover()
                        next_take_over = time.monotonic() + _TAKE_OVER
                except DatabaseError as fault:
                    # The database may be away for a while; the worker must outlive that.
                    _log.error("The database could not be used (%s); trying again.", type(fault).__name__)
                    close_old_connections()
                    self._stop.wait(_TAKE_OVER)
            self._wind_down()
            noticing.stop(_LAST_WORD)

    def _wind_down(self) -> None:
        if not durable.stop(_FINISH):
            stop_all()
            durable.stop(_HAND_BACK)


def main(configuration: Configuration, *, at_once: int) -> None:
    """Be a worker until SIGTERM or Ctrl-C; the process ends here, whatever its threads still wait for."""
    worker = Worker(configuration)

    def stop(_number: int, _frame: FrameType | None) -> None:
        worker.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    code = 0
    try:
        worker.run(at_once=at_once)
    except Exception:  # noqa: BLE001 -- nothing above would see it
        _log.exception("The worker ended at %s.", timezone.now().isoformat())
        code = 1
    # Unfinished workflows wait in threads of their own: only so does the process end without them.
    logging.shutdown()
    os._exit(code)
