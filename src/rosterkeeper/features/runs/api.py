"""The API of runs: ask for one, see what came of it, decide on a held one.

Nothing runs while a call waits: what changes the roster is an order, which a worker takes up; ask for the order again
until it has ended.
"""

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Path, Schema, Status
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import Given, answers, group
from rosterkeeper.features.api.paging import DEFAULT, After, Limit, Page, in_order, newest_first
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.api import ConnectionShown, shown
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs import orders, workflow
from rosterkeeper.features.runs.models import Finding, Order, Run
from rosterkeeper.features.runs.standing import standing
from rosterkeeper.features.runs.workflow import Wish
from rosterkeeper.job.words import Action
from rosterkeeper.oneroster.errors import RunRefused

router = group("runs")

# What a row's number can be in either database.
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]


class OrderShown(Schema):
    """What was asked for. ``result`` is what it came to, once it has ended; ``run`` is 0 where it leaves no run."""

    id: int
    connection: int
    action: str
    placed_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None
    run: int
    result: dict[str, Any] = Field(description="Outcome, counts, findings by code; `code`, `what`, `todo` of an error.")


class StandingShown(ConnectionShown):
    """A connection and how it stands."""

    last_checked: datetime | None
    last_updated: datetime | None
    status: str
    last_run: int | None
    order: int | None = Field(description="What is asked for and has not ended.")


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


class FindingShown(Schema):
    """One finding, at its place and without a value."""

    number: int
    code: str
    severity: str
    file: str
    row: int
    entity: str
    sourced_id: str
    field: str


class SyncWish(Given):
    """How a sync is wanted."""

    full: bool = Field(False, description="Pull everything anew, also where only what changed could be asked for.")
    only: str = Field("", pattern="^(buildings|users)?$", description="One part alone: buildings or users.")
    confirmed: bool = Field(False, description="A change of options that removes people is agreed to.")
    additions_only: bool = Field(False, description="Change and remove nothing that is there.")


class Approval(Given):
    """How a held run is approved."""

    without_removals: bool = Field(False, description="Apply what is added and changed only.")


@router.get("/connections/{number}", response=answers(StandingShown), operation_id="getConnection")
@needs(Right.SEE)
def connection(request: HttpRequest, number: Number) -> StandingShown:  # noqa: ARG001 -- an operation's signature
    """One connection and how it stands."""
    found = standing(_connection(number))
    return StandingShown(
        **shown(found.connection).model_dump(),
        last_checked=found.state.last_checked,
        last_updated=found.state.last_updated,
        status=found.state.status_text,
        last_run=found.last_run.pk if found.last_run else None,
        order=found.order.pk if found.order else None,
    )


@router.post("/connections/{number}/sync", response=answers(OrderShown, 202), operation_id="syncConnection")
@needs(Right.RUN)
def sync(request: HttpRequest, number: Number, wish: SyncWish) -> Status[OrderShown]:
    """Sync now; where a sync is asked for already, that order is the answer."""
    return _placed(request, _connection(number), Action.SYNC, Wish(**wish.model_dump()))


@router.post("/connections/{number}/preview", response=answers(OrderShown, 202), operation_id="previewConnection")
@needs(Right.RUN)
def preview(request: HttpRequest, number: Number, wish: SyncWish) -> Status[OrderShown]:
    """See what a sync would change now; nothing is changed."""
    return _placed(request, _connection(number), Action.PREVIEW, Wish(**wish.model_dump()))


@router.post("/connections/{number}/test", response=answers(OrderShown, 202), operation_id="testConnection")
@needs(Right.RUN)
def test(request: HttpRequest, number: Number) -> Status[OrderShown]:
    """Try what a sync needs, step by step; ``result.checks`` tells of each step."""
    return _placed(request, _connection(number), Action.TEST)


@router.post("/connections/{number}/undo", response=answers(OrderShown, 202), operation_id="undoConnection")
@needs(Right.RUN)
def undo(request: HttpRequest, number: Number) -> Status[OrderShown]:
    """Bring the roster back to where it was before its last change."""
    return _placed(request, _connection(number), Action.UNDO)


@router.get("/connections/{number}/runs", response=answers(Page[RunShown]), operation_id="listRuns")
@needs(Right.SEE)
def runs(request: HttpRequest, number: Number, limit: Limit = DEFAULT, after: After = 0) -> dict[str, Any]:  # noqa: ARG001
    """A connection's runs, the newest first."""
    return newest_first(Run.objects.filter(connection_id=_connection(number).pk), after, limit, shown=_run)


@router.get("/runs/{number}", response=answers(RunShown), operation_id="getRun")
@needs(Right.SEE)
def run(request: HttpRequest, number: Number) -> RunShown:  # noqa: ARG001 -- an operation's signature
    """One run."""
    return _run(workflow.find(number))


@router.get("/runs/{number}/findings", response=answers(Page[FindingShown]), operation_id="listFindings")
@needs(Right.SEE)
def findings(request: HttpRequest, number: Number, limit: Limit = DEFAULT, after: After = 0) -> dict[str, Any]:  # noqa: ARG001
    """What a run found in the data, in the order it was found."""
    rows = Finding.objects.filter(run_id=workflow.find(number).pk)
    return in_order(rows, after, limit, by="number", shown=_finding)


@router.post("/runs/{number}/approve", response=answers(OrderShown, 202), operation_id="approveRun")
@needs(Right.RUN)
def approve(request: HttpRequest, number: Number, how: Approval) -> Status[OrderShown]:
    """Apply the change that a run holds."""
    held = workflow.find(number)
    wish = Wish(without_removals=how.without_removals)
    return _placed(request, _connection(held.connection_id), Action.APPROVE, wish, held.pk)


@router.post("/runs/{number}/discard", response=answers(RunShown), operation_id="discardRun")
@needs(Right.RUN)
def discard(request: HttpRequest, number: Number) -> RunShown:  # noqa: ARG001 -- an operation's signature
    """Drop the change that a run holds; the next sync looks afresh."""
    held = workflow.find(number)
    workflow.discard(held)
    record("run.discarded", about=f"run:{held.pk}", details={"connection": held.connection_id})
    return _run(workflow.find(number))


@router.get("/orders/{number}", response=answers(OrderShown), operation_id="getOrder")
@needs(Right.SEE)
def order(request: HttpRequest, number: Number) -> OrderShown:  # noqa: ARG001 -- an operation's signature
    """What was asked for, and once it has ended what it came to."""
    found = Order.objects.filter(pk=number).first()
    if found is None:
        raise Http404
    return _order(found)


def _placed(
    request: HttpRequest, found: Connection, action: Action, wish: Wish | None = None, subject: int = 0
) -> Status[OrderShown]:
    account = request.user.pk or 0
    made = orders.place(found, action, wish=wish, subject=subject, account=account)
    record("run.ordered", about=f"connection:{found.pk}", details={"order": made.pk, "action": action.value})
    return Status(202, _order(made))


def _connection(number: int) -> Connection:
    found = Connection.objects.select_related("district").filter(pk=number, removed_at=None).first()
    if found is None:
        raise RunRefused("connection.unknown", f"There is no connection {number}.", todo="List the connections first.")
    return found


def _order(found: Order) -> OrderShown:
    run = orders.run_of(found)
    return OrderShown(
        id=found.pk,
        connection=found.connection_id,
        action=found.action,
        placed_at=found.placed_at,
        begun_at=found.begun_at,
        ended_at=found.ended_at,
        run=run.pk if run else 0,
        result=found.result,
    )


def _run(found: Run) -> RunShown:
    return RunShown(connection=found.connection_id, **_same(found, RunShown, without=("connection",)))


def _finding(found: Finding) -> FindingShown:
    return FindingShown(**_same(found, FindingShown))


def _same(row: Any, shape: type[Schema], without: tuple[str, ...] = ()) -> dict[str, Any]:
    """The columns of a row that the shape has by the same names."""
    return {name: getattr(row, name) for name in shape.model_fields if name not in without}
