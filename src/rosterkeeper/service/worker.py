"""The worker: takes orders up, places those that are due, and takes over what a dead worker left."""

import logging
import os
import signal
import threading
import time
from datetime import date
from types import FrameType
from typing import Final

from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from rosterkeeper.features.console.ending import end_due
from rosterkeeper.features.runs import orders
from rosterkeeper.features.runs.orders import stop_those_asked
from rosterkeeper.features.runs.recover import recover
from rosterkeeper.features.runs.workflow import Wish
from rosterkeeper.features.schedules import folders
from rosterkeeper.features.schedules.workflow import Due, due
from rosterkeeper.job.launch import stop_all
from rosterkeeper.job.words import Action
from rosterkeeper.service import cataloguing, durable, matching, trying, uploading
from rosterkeeper.service.configuration import Configuration
from rosterkeeper.service.executors import working
from rosterkeeper.service.following import Following
from rosterkeeper.service.noticing import Noticing
from rosterkeeper.service.upkeep import keep_up

_log = logging.getLogger("rosterkeeper.worker")

# Seconds between two looks for new orders, and for dead workers.
_LOOK: Final = 0.5
_TAKE_OVER: Final = 5.0
# And between two looks at the schedules, whose instants are whole seconds.
_TICK: Final = 10.0
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
        self._kept_up = date.min

    def stop(self) -> None:
        """End the loop soon; may be called from a signal's handler."""
        self._stop.set()

    def run(self, *, at_once: int) -> None:
        """Work until told to stop, then finish or hand back what is under way."""
        with working(self._configuration) as executor:
            durable.begin(self._configuration, executor, at_once=at_once)
            noticing = Noticing(executor.name)
            noticing.start()
            following = (
                Following("cataloguing", cataloguing.catch_up),
                Following("matching", matching.catch_up),
                Following("uploading", uploading.catch_up),
                Following("trying", trying.catch_up),
            )
            for each in following:
                each.start()
            next_take_over = next_tick = 0.0
            while not self._stop.wait(_LOOK):
                try:
                    durable.hand_in()
                    stop_those_asked()
                    if time.monotonic() >= next_take_over:
                        durable.take_over(self._configuration)
                        recover()
                        next_take_over = time.monotonic() + _TAKE_OVER
                    if time.monotonic() >= next_tick:
                        now = timezone.now()
                        due(now, _order)
                        for connection, additions_only in folders.waiting(now):
                            orders.place(connection, Action.SYNC, wish=Wish(additions_only=additions_only))
                        end_due(now)
                        if now.date() != self._kept_up:
                            keep_up(now, self._configuration.retention_days, self._configuration.attendance_days)
                            self._kept_up = now.date()
                        next_tick = time.monotonic() + _TICK
                except DatabaseError as fault:
                    # The database may be away for a while; the worker must outlive that.
                    _log.error("The database could not be used (%s); trying again.", type(fault).__name__)
                    close_old_connections()
                    self._stop.wait(_TAKE_OVER)
            for each in following:
                each.stop()
            self._wind_down()
            noticing.stop(_LAST_WORD)

    def _wind_down(self) -> None:
        if not durable.stop(_FINISH):
            stop_all()
            durable.stop(_HAND_BACK)


def _order(what: Due) -> None:
    """Order a sync that is due; where one goes on or waits, that one will do."""
    wish = Wish(additions_only=what.additions_only)
    orders.place(what.connection, Action.SYNC, wish=wish, due=what.at)


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
