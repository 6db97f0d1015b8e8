"""The worker's second thread, which looks at what no run tells, and carries the outbox; beside it, its signs of life.

It is a thread of its own because a mail server may take its time, and orders must not wait for that.
"""

import logging
import threading
import time
from typing import Final

from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from rosterkeeper.features.notices import watching
from rosterkeeper.features.notices.digest import digest
from rosterkeeper.features.publish.delivering import deliver, forget_old
from rosterkeeper.features.publish.sending.ways import send
from rosterkeeper.features.runs import heartbeat

_log = logging.getLogger("rosterkeeper.worker")

# Seconds between two looks at the outbox, and at everything else.
_DELIVER: Final = 2.0
_LOOK: Final = 60.0


def carry() -> int:
    """Look at everything and carry what is due, once; returns how many tellings were sent."""
    now = timezone.now()
    watching.look(now)
    digest(now)
    forget_old(now)
    return deliver(send)


class Noticing:
    """The thread; `stop` ends it, and waits a little for a telling that is under way."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._stop = threading.Event()
        self._looked = threading.Event()
        self._thread = threading.Thread(target=self._run, name="noticing", daemon=True)
        # Apart again: a mail server that takes its time does not make the worker look dead.
        self._beating = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin; says first whether a worker was missing."""
        self._thread.start()
        self._beating.start()

    def stop(self, patience: float) -> None:
        """End within so many seconds."""
        self._stop.set()
        self._thread.join(patience)

    def _run(self) -> None:
        begun, next_here, next_look = False, 0.0, 0.0
        while not self._stop.is_set():
            try:
                if not begun:
                    watching.look_at_workers(timezone.now())
                    begun = True
                    self._looked.set()
                if time.monotonic() >= next_here:
                    watching.worker_is_here(timezone.now())
                    next_here = time.monotonic() + heartbeat.EVERY
                if time.monotonic() >= next_look:
                    next_look = time.monotonic() + _LOOK
                    carry()
                deliver(send)
            except Exception as fault:  # noqa: BLE001 -- notices must neither end nor end the worker
                _log.error("Notices could not be looked at or sent (%s); trying again.", type(fault).__name__)
                self._stop.wait(_DELIVER)
            close_old_connections()
            self._stop.wait(_DELIVER)

    def _beat(self) -> None:
        # Its own sign would hide that no worker was there before.
        self._looked.wait(_DELIVER)
        while not self._stop.is_set():
            try:
                heartbeat.beat(self._worker)
            except (DatabaseError, OSError) as fault:
                _log.error("No sign of life could be given (%s); trying again.", type(fault).__name__)
            close_old_connections()
            self._stop.wait(heartbeat.EVERY)
