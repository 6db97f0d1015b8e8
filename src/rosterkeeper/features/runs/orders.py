"""Orders: runs that pages, calls of the API and the schedule ask the worker for.

A row says what is wanted. Whoever works takes it up, and takes it up again where a worker died over it; what the
roster's own record says was committed is never done twice.
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.workflow import verified
from rosterkeeper.features.runs import comparing, dropping, progress, rekeying, workflow
from rosterkeeper.features.runs.lease import taken
from rosterkeeper.features.runs.models import Order, Run
from rosterkeeper.features.runs.recover import settle
from rosterkeeper.features.runs.retention import has_removed
from rosterkeeper.features.runs.telling import told_run
from rosterkeeper.features.runs.workflow import Ended, Wish
from rosterkeeper.job.launch import Follow, known_as
from rosterkeeper.job.launch import stop as stop_child
from rosterkeeper.job.words import Action, Result
from rosterkeeper.oneroster.errors import RosterkeeperError, RunRefused

# A run that kills its process each time is not started for ever.
MOST_TRIES: Final = 3
# These leave no row of a run: their progress is kept under the order's own number, turned below nought.
_WITHOUT_RUN: Final = (Action.PREVIEW, Action.COMPARE, Action.IDS)
# Seconds between two looks at a connection that a command keeps busy.
_PATIENCE: Final = 2.0


def place(
    connection: Connection,
    action: Action,
    *,
    wish: Wish | None = None,
    subject: int = 0,
    account: int = 0,
    due: datetime | None = None,
) -> Order:
    """Ask for a run; where the same is asked for and not yet ended, that one is returned (N09)."""
    try:
        with transaction.atomic():
            return Order.objects.create(
                connection_id=connection.pk,
                action=action,
                wish=msgspec.to_builtins(wish or Wish()),
                subject=subject,
                account=account,
                due=due,
            )
    except IntegrityError:
        there = Order.objects.filter(connection_id=connection.pk)
        open_one = there.filter(action=action, ended_at=None).first()
        return open_one or there.get(due=due)


def untaken() -> list[tuple[int, int]]:
    """The orders that no worker has begun, the oldest first, each with its connection."""
    new = Order.objects.filter(begun_at=None, ended_at=None).order_by("id")
    return list(new.values_list("id", "connection_id"))


def open_orders(connection_id: int) -> list[Order]:
    """What is asked for of the connection and has not ended."""
    return list(Order.objects.filter(connection_id=connection_id, ended_at=None).order_by("id"))


def stop(order_id: int, *, account: int) -> bool:
    """Ask for an order's end: one that waits ends at once, one under way soon; False where it has ended already.

    A run that has begun to commit goes through; what it has not committed by then, it never does.
    """
    now = timezone.now()
    asked = {"stopped_at": now, "stopped_by": account}
    waiting = Order.objects.filter(id=order_id, begun_at=None, ended_at=None)
    if waiting.update(**asked, ended_at=now, result=msgspec.to_builtins(_stopped())):
        return True
    return bool(Order.objects.filter(id=order_id, ended_at=None).update(**asked))


def stop_those_asked() -> None:
    """Stop the children that this process runs for orders whose end somebody asked for."""
    asked = Order.objects.filter(ended_at=None, stopped_at__isnull=False)
    for order_id in asked.values_list("id", flat=True):
        stop_child(_name(order_id))


def run_of(order: Order) -> Run | None:
    """The order's latest run; None before there is one, and for what leaves none, such as a test."""
    return Run.objects.filter(order=order.pk).order_by("-id").first()


def carry_out(order_id: int, *, on_progress: Follow, stopping: Callable[[], bool]) -> bool:
    """Do what the order asks and keep what it came to; False where the process was told to stop before that.

    May be called again for one order, after its worker died at any moment.
    """
    order = Order.objects.get(id=order_id)
    while order.ended_at is None:
        if stopping():
            return False
        try:
            with known_as(_name(order.pk)):
                result = _told_before(order) or _try(order, on_progress)
        except RunRefused as refused:
            if refused.code != "run.busy":
                result = _refused(refused)
            else:
                time.sleep(_PATIENCE)
                order.refresh_from_db(fields=["stopped_at", "ended_at"])
                continue
        except RosterkeeperError as fault:
            result = _refused(fault)
        order.refresh_from_db(fields=["stopped_at", "ended_at"])
        if result.outcome == Outcome.INTERRUPTED and stopping() and not order.stopped_at:
            # Handed back to the next worker, however often this one and its likes are started anew.
            Order.objects.filter(id=order.pk).update(tries=F("tries") - 1)
            return False
        if result.outcome == Outcome.INTERRUPTED and order.tries < MOST_TRIES and not order.stopped_at:
            continue
        _end(order, result)
    return True


def _told_before(order: Order) -> Result | None:
    """What an earlier try came to, where it came to anything that another try must not repeat."""
    before = run_of(order)
    if before is None:
        return None
    if not before.outcome:
        with taken(order.connection_id):
            settle(order.connection_id)
        before.refresh_from_db()
    return None if before.outcome == Outcome.INTERRUPTED and order.tries < MOST_TRIES else told_run(before)


def _try(order: Order, on_progress: Follow) -> Result:
    order.tries += 1
    order.begun_at = order.begun_at or timezone.now()
    wanted = Order.objects.filter(id=order.pk, ended_at=None, stopped_at=None)
    if not wanted.update(tries=F("tries") + 1, begun_at=order.begun_at):
        return _stopped()
    connection = Connection.objects.select_related("district").get(id=order.connection_id)
    action = Action(order.action)
    if action == Action.TEST:
        with progress.kept(-order.pk, on_progress) as follow:
            result = workflow.read(connection, action, on_progress=follow)
        if result.checks and all(check.ok for check in result.checks):
            verified(connection)
        return result
    if action in _WITHOUT_RUN:
        with progress.kept(-order.pk, on_progress) as follow:
            return _ways(order, connection, follow)[action]().result
    return _ways(order, connection, on_progress)[action]().result


def _ways(order: Order, connection: Connection, follow: Follow) -> Mapping[Action, Callable[[], Ended]]:
    wish = msgspec.convert(order.wish, Wish)
    return {
        Action.SYNC: lambda: _sync(order, connection, wish, follow),
        Action.PREVIEW: lambda: workflow.preview(connection, wish, on_progress=follow),
        Action.APPROVE: lambda: workflow.approve(
            workflow.find(order.subject),
            on_progress=follow,
            order=order.pk,
            without_removals=wish.without_removals,
        ),
        Action.UNDO: lambda: workflow.undo(connection, on_progress=follow, order=order.pk),
        Action.REDO: lambda: workflow.redo(connection, on_progress=follow, order=order.pk),
        Action.RESTORE: lambda: workflow.restore(connection, order.subject, on_progress=follow, order=order.pk),
        Action.PURGE: lambda: _purge(order, connection, follow),
        Action.IDS: lambda: rekeying.look(workflow.find(order.subject), on_progress=follow),
        Action.REKEY: lambda: rekeying.rekey(workflow.find(order.subject), on_progress=follow, order=order.pk),
        Action.COMPARE: lambda: comparing.compare(connection, order.subject, wish.against, on_progress=follow),
    }


def _sync(order: Order, connection: Connection, wish: Wish, follow: Follow) -> Ended:
    # Of a folder that zips are put into, each is a run of its own.
    way = dropping.take_all if dropping.folder_of(connection) else workflow.sync
    return way(connection, wish, on_progress=follow, order=order.pk)


def _purge(order: Order, connection: Connection, follow: Follow) -> Ended:
    # The day's order is placed whether there is work or not; without any, it leaves no run among the others.
    if order.due and not has_removed(connection, timezone.now() - timedelta(days=order.subject)):
        return Ended(0, Result(outcome=Outcome.UNCHANGED, what="Nothing was removed that long ago."))
    return workflow.purge(connection, days=order.subject, on_progress=follow, order=order.pk)


def _stopped() -> Result:
    return Result(
        outcome=Outcome.INTERRUPTED,
        code="order.stopped",
        what="Somebody stopped the run before it applied anything.",
        todo="Start it again when it suits.",
    )


def _name(order_id: int) -> str:
    return f"order-{order_id}"


def _end(order: Order, result: Result) -> None:
    # Somebody may have stopped it while it waited, and so have ended it.
    if order.ended_at is not None:
        return
    order.ended_at = timezone.now()
    order.result = msgspec.to_builtins(result)
    order.save(update_fields=["ended_at", "result"])


def _refused(fault: RosterkeeperError) -> Result:
    return Result(outcome=Outcome.FAILED, code=fault.code, what=fault.what, todo=fault.todo)
