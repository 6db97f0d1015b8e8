"""The API of runs: ask for one, see what came of it, decide on a held one.

Nothing runs while a call waits: what changes the roster is an order, which a worker takes up; ask for the order again
until it has ended.
"""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Schema, Status
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import HIGHEST, Given, Number, answers, group
from rosterkeeper.features.api.paging import DEFAULT, MOST, After, Limit, Page, newest_first
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.scope import connections_seen
from rosterkeeper.features.runs import deciding, listing, orders, workflow
from rosterkeeper.features.runs.asking import ask
from rosterkeeper.features.runs.going import going
from rosterkeeper.features.runs.models import Order, Run
from rosterkeeper.features.runs.scope import order_of, runs_seen
from rosterkeeper.features.runs.workflow import Wish
from rosterkeeper.job.words import Action
from rosterkeeper.oneroster.errors import RunRefused

router = group("runs")


class OrderShown(Schema):
    """What was asked for. ``result`` is what it came to, once it has ended; ``run`` is 0 where it leaves no run."""

    id: int
    connection: int
    action: str
    placed_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None
    subject: int = Field(description="The run that it is about, 0 for none.")
    run: int
    result: dict[str, Any] = Field(description="Outcome, counts, findings by code; `code`, `what`, `todo` of an error.")


class RunShown(Schema):
    """One run, and what it came to; ``outcome`` is blank while it goes on."""

    id: int
    connection: int
    action: str
    outcome: str
    held_state: str
    started_at: datetime
    finished_at: datetime | None
    code: str
    what: str
    todo: str
    reasons: list[dict[str, Any]]
    counts: dict[str, Any]
    findings: dict[str, int]


class SyncWish(Given):
    """How a sync is wanted."""

    full: bool = Field(False, description="Pull everything anew, also where only what changed could be asked for.")
    only: str = Field("", pattern="^(buildings|users)?$", description="One part alone: buildings or users.")
    confirmed: bool = Field(False, description="A change of options that removes people is agreed to.")
    additions_only: bool = Field(False, description="Change and remove nothing that is there.")


class Restoring(Given):
    """Which snapshot the roster is brought back to."""

    run: int = Field(ge=1, le=HIGHEST, description="The run whose snapshot it is; see listSnapshots.")


class RunsWanted(Given):
    """Which runs are listed; what is left out is any."""

    connection: int = Field(0, ge=0, le=HIGHEST)
    outcome: str = Field("", pattern="^[a-z]*$", max_length=20, description="`waiting`: held, and to be decided about.")
    action: str = Field("", pattern="^[a-z]*$", max_length=20)
    since: date | None = None
    until: date | None = None


class StepShown(Schema):
    """One step; ``state`` is done, now or later."""

    name: str
    state: str


class StepsShown(Schema):
    """How far an order has come."""

    percent: int
    steps: list[StepShown]


class Approval(Given):
    """How a held run is approved."""

    without_removals: bool = Field(False, description="Apply what is added and changed only.")


@router.post("/connections/{number}/sync", response=answers(OrderShown, 202), operation_id="syncConnection")
@needs(Right.RUN)
def sync(request: HttpRequest, number: Number, wish: SyncWish) -> Status[OrderShown]:
    """Sync now; where a sync is asked for already, that order is the answer."""
    return _asked(request, number, Action.SYNC, Wish(**wish.model_dump()))


@router.post("/connections/{number}/preview", response=answers(OrderShown, 202), operation_id="previewConnection")
@needs(Right.RUN)
def preview(request: HttpRequest, number: Number, wish: SyncWish) -> Status[OrderShown]:
    """See what a sync would change now; nothing is changed."""
    return _asked(request, number, Action.PREVIEW, Wish(**wish.model_dump()))


@router.post("/connections/{number}/test", response=answers(OrderShown, 202), operation_id="testConnection")
@needs(Right.RUN)
def test(request: HttpRequest, number: Number) -> Status[OrderShown]:
    """Try what a sync needs, step by step; ``result.checks`` tells of each step."""
    return _asked(request, number, Action.TEST)


@router.post("/connections/{number}/undo", response=answers(OrderShown, 202), operation_id="undoConnection")
@needs(Right.RUN)
def undo(request: HttpRequest, number: Number) -> Status[OrderShown]:
    """Bring the roster back to where it was before its last change."""
    return _back(request, number, Action.UNDO)


@router.post("/connections/{number}/redo", response=answers(OrderShown, 202), operation_id="redoConnection")
@needs(Right.RUN)
def redo(request: HttpRequest, number: Number) -> Status[OrderShown]:
    """Apply again what the last undo took back."""
    return _back(request, number, Action.REDO)


@router.post("/connections/{number}/restore", response=answers(OrderShown, 202), operation_id="restoreConnection")
@needs(Right.RUN)
def restore(request: HttpRequest, number: Number, to: Restoring) -> Status[OrderShown]:
    """Bring the roster back to a kept snapshot."""
    found = connection_of(request, number)
    workflow.snapshot_of(found, to.run)
    placed = orders.place(found, Action.RESTORE, subject=to.run, account=_account(request))
    record("run.restore", about=f"connection:{found.pk}", details={"order": placed.pk, "run": to.run})
    return Status(202, order_shown(placed))


@router.get("/runs", response=answers(Page[RunShown]), operation_id="listAllRuns")
@needs(Right.SEE)
def all_runs(
    request: HttpRequest,
    wanted: Query[RunsWanted],
    limit: Limit = DEFAULT,
    after: After = 0,
) -> dict[str, Any]:
    """The runs of every connection in sight, removed ones too, the newest first."""
    asked = listing.Filter(**wanted.model_dump(), before=after)
    page, before = listing.runs(asked, among=runs_seen(request), limit=min(limit, MOST))
    return {"items": [_run(each.run) for each in page], "next": before or None}


@router.get("/connections/{number}/runs", response=answers(Page[RunShown]), operation_id="listRuns")
@needs(Right.SEE)
def runs(request: HttpRequest, number: Number, limit: Limit = DEFAULT, after: After = 0) -> dict[str, Any]:
    """A connection's runs, the newest first."""
    return newest_first(Run.objects.filter(connection_id=connection_of(request, number).pk), after, limit, shown=_run)


@router.get("/runs/{number}", response=answers(RunShown), operation_id="getRun")
@needs(Right.SEE)
def run(request: HttpRequest, number: Number) -> RunShown:
    """One run."""
    return _run(run_called(request, number))


@router.post("/runs/{number}/approve", response=answers(OrderShown, 202), operation_id="approveRun")
@needs(Right.RUN)
def approve(request: HttpRequest, number: Number, how: Approval) -> Status[OrderShown]:
    """Apply the change that a run holds."""
    held = run_called(request, number)
    found = connection_of(request, held.connection_id)
    workflow.check_waiting(held)
    wish = Wish(without_removals=how.without_removals)
    placed = orders.place(found, Action.APPROVE, wish=wish, subject=held.pk, account=_account(request))
    details = {"connection": found.pk, "order": placed.pk, "without_removals": how.without_removals}
    record("run.approved", about=f"run:{held.pk}", details=details)
    return Status(202, order_shown(placed))


@router.post("/runs/{number}/discard", response=answers(RunShown), operation_id="discardRun")
@needs(Right.RUN)
def discard(request: HttpRequest, number: Number) -> RunShown:
    """Drop the change that a run holds; the next sync looks afresh."""
    held = run_called(request, number)
    workflow.discard(held)
    record("run.discarded", about=f"run:{held.pk}", details={"connection": held.connection_id})
    return _run(run_called(request, number))


@router.get("/orders/{number}", response=answers(OrderShown), operation_id="getOrder")
@needs(Right.SEE)
def order(request: HttpRequest, number: Number) -> OrderShown:
    """What was asked for, and once it has ended what it came to."""
    return order_shown(order_of(request, number))


@router.get("/orders/{number}/steps", response=answers(StepsShown), operation_id="getOrderSteps")
@needs(Right.SEE)
def steps(request: HttpRequest, number: Number) -> StepsShown:
    """How far an order has come, step by step; live."""
    drawn = going(order_of(request, number)).drawn
    return StepsShown(
        percent=drawn.percent, steps=[StepShown(name=each.name, state=each.state) for each in drawn.steps]
    )


@router.post("/orders/{number}/stop", response=answers(OrderShown), operation_id="stopOrder")
@needs(Right.RUN)
def stop(request: HttpRequest, number: Number) -> OrderShown:
    """Ask for an order's end; what it has not applied by then, it never does. One that has ended stays as it is."""
    found = order_of(request, number)
    if orders.stop(found.pk, account=_account(request)):
        record("order.stopped", about=f"order:{found.pk}", details={"connection": found.connection_id})
        found.refresh_from_db()
    return order_shown(found)


def _asked(request: HttpRequest, number: int, action: Action, wish: Wish | None = None) -> Status[OrderShown]:
    placed = ask(connection_of(request, number), action, wish or Wish(), account=_account(request))
    return Status(202, order_shown(placed))


def _back(request: HttpRequest, number: int, action: Action) -> Status[OrderShown]:
    found = connection_of(request, number)
    last = deciding.back(found, action).run
    placed = orders.place(found, action, account=_account(request))
    record(f"run.{action}", about=f"connection:{found.pk}", details={"order": placed.pk, "run": last.pk if last else 0})
    return Status(202, order_shown(placed))


def _account(request: HttpRequest) -> int:
    return request.user.pk or 0


def run_called(request: HttpRequest, number: int) -> Run:
    """The run of that number; RunRefused where there is none in sight."""
    return workflow.find(number, runs_seen(request))


def connection_of(request: HttpRequest, number: int) -> Connection:
    """The connection in use of that number; RunRefused where there is none in sight."""
    found = connections_seen(request).filter(pk=number).first()
    if found is None:
        raise RunRefused("connection.unknown", f"There is no connection {number}.", todo="List the connections first.")
    return found


def order_shown(found: Order) -> OrderShown:
    """An order as programs read it."""
    run = orders.run_of(found)
    return OrderShown(
        id=found.pk,
        connection=found.connection_id,
        action=found.action,
        subject=found.subject,
        placed_at=found.placed_at,
        begun_at=found.begun_at,
        ended_at=found.ended_at,
        run=run.pk if run else 0,
        result=found.result,
    )


def _run(found: Run) -> RunShown:
    told = {name: getattr(found, name) for name in RunShown.model_fields if name != "connection"}
    return RunShown(connection=found.connection_id, **told)
