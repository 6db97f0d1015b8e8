"""Orders as durable workflows: begun once, and begun again by another worker when the one that had them has died.

DBOS keeps what is queued and what is under way; which of its executors live, it does not know (see `executors`).
"""

import sqlite3
import threading
from typing import Final

from dbos import DBOS, DBOSConfig
from django.db import close_old_connections

from rosterkeeper.features.runs import orders
from rosterkeeper.job.words import Progress
from rosterkeeper.service.configuration import Configuration
from rosterkeeper.service.executors import Executor, is_alive, sweep

_QUEUE: Final = "orders"
# Of the workflow's shape, not of the program: an order of an older version is carried out by a newer one.
_VERSION: Final = "1"
# The order's own count of tries ends it; DBOS must not give up earlier.
_RECOVERIES: Final = 100


class _Work:
    """What this process carries out at the moment, and whether it is to stop."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.changed = threading.Condition()
        self.orders: set[int] = set()

    def add(self, order: int) -> None:
        with self.changed:
            self.orders.add(order)

    def drop(self, order: int) -> None:
        with self.changed:
            self.orders.discard(order)
            self.changed.notify_all()


_WORK: Final = _Work()


@DBOS.workflow(name="carry_out", max_recovery_attempts=_RECOVERIES)
def carry_out(order: int) -> None:
    """Carry an order out; where the process is to stop first, stay unfinished, for another to take it up."""
    _WORK.add(order)
    close_old_connections()
    try:
        done = orders.carry_out(order, on_progress=_unheard, stopping=_WORK.stopping.is_set)
    finally:
        close_old_connections()
        _WORK.drop(order)
    if not done:
        # A workflow that returned would count as done; this one ends with its process.
        threading.Event().wait()


def _unheard(_: Progress) -> None:
    """The run keeps its progress itself."""


def begin(configuration: Configuration, executor: Executor, *, at_once: int) -> None:
    """Work in this process from now on, on at most ``at_once`` orders at a time, one a connection."""
    _prepare(configuration)
    DBOS(
        config=DBOSConfig(
            name="rosterkeeper",
            system_database_url=configuration.queue_url,
            application_version=_VERSION,
            executor_id=executor.name,
            log_level="WARNING",
            use_listen_notify=False,
        )
    )
    DBOS.listen_queues([_QUEUE])
    DBOS.launch()
    DBOS.register_queue(
        _QUEUE,
        partition_concurrency=1,
        worker_concurrency=at_once,
        polling_interval_sec=0.5,
        on_conflict="always_update",
    )


def hand_in() -> None:
    """Queue the orders that are new; an order's workflow has its number, so that it is queued once."""
    for order, connection in orders.untaken():
        DBOS.enqueue_workflow_with_options(
            {
                "workflow_name": "carry_out",
                "queue_name": _QUEUE,
                "workflow_id": f"order-{order}",
                "queue_partition_key": str(connection),
                "app_version": _VERSION,
            },
            order,
        )


def take_over(configuration: Configuration) -> None:
    """Queue again what dead workers left under way, and let go of their locks."""
    left = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    dead = {name for name in {each.executor_id or "" for each in left} if not is_alive(configuration, name)}
    for each in left:
        if (each.executor_id or "") in dead:
            DBOS.resume_workflow(each.workflow_id, queue_name=_QUEUE)
    sweep(configuration)


def stop(patience: float) -> bool:
    """Take nothing new up and wait so many seconds for what is under way; True where all of it has ended."""
    _WORK.stopping.set()
    with _WORK.changed:
        return _WORK.changed.wait_for(lambda: not _WORK.orders, timeout=patience)


def _prepare(configuration: Configuration) -> None:
    if configuration.sqlite_path is None:
        return
    # The file would start without a write-ahead log, and readers would then wait for writers.
    path = configuration.queue_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as session:
        session.execute("PRAGMA journal_mode=WAL")
    session.close()
