"""The API of what runs changed or would change: records field by field, kept snapshots, what differs between two.

What is told here is of all schools at once, so a token that is limited to schools is refused.
"""

from typing import Literal

from django.http import Http404, HttpRequest
from ninja import Query, Schema, Status
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import HIGHEST, Given, Number, answers, group, need_all_schools
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.runs import comparing, held, orders, workflow
from rosterkeeper.features.runs.api import OrderShown, connection_of, order_shown, run_called
from rosterkeeper.features.runs.changes import OPS, PAGE, Wanted, applied_changes, is_kept
from rosterkeeper.features.runs.lease import state_of
from rosterkeeper.features.runs.models import HeldState
from rosterkeeper.features.runs.scope import connection_behind
from rosterkeeper.features.runs.shown import Shown, shown
from rosterkeeper.features.runs.workflow import Wish
from rosterkeeper.job.words import Action, Item, Pick
from rosterkeeper.oneroster.fields import BY_NAME
from rosterkeeper.store.artifacts import comparison_name

router = group("changes")

Op = Literal["", "add", "update", "remove", "restore"]
_ENTITIES = "^(" + "|".join(BY_NAME) + ")$"


class ChangesWanted(Given):
    """Which records are listed; ``op`` and ``school`` left out are any."""

    entity: str = Field("users", pattern=_ENTITIES)
    op: Op = ""
    school: str = Field("", max_length=255, description="The sourcedId of a school.")
    after: str = Field("", max_length=255, description="The `next` of the page before.")


class OfRunWanted(ChangesWanted):
    """Which records of a run are listed."""

    part: Literal["", "applied", "waiting"] = Field("", description="Left out: what waits, else what was applied.")


class ComparedWanted(ChangesWanted):
    """Which two snapshots are compared, and which records are listed."""

    older: int = Field(ge=1, le=HIGHEST)
    newer: int = Field(ge=1, le=HIGHEST)


class DifferenceShown(Schema):
    """One field before and after; ``*_name``: what the record is called that the field points at."""

    field: str
    before: str
    after: str
    before_name: str
    after_name: str


class RecordShown(Schema):
    """One record: what was done to it and why, and its fields that differ."""

    sourced_id: str
    name: str
    op: str
    why: str
    differences: list[DifferenceShown]


class ChangesShown(Schema):
    """A page of records, and how many each entity has, by operation."""

    counts: dict[str, dict[str, int]]
    items: list[RecordShown]
    next: str | None = Field(description="Give this as `after` for the page behind this one; null where there is none.")


class SchoolTouched(Schema):
    """What would happen to the records of one school, by entity and operation."""

    school: str
    name: str
    entities: dict[str, dict[str, int]]


class SampleShown(Schema):
    """Some of the records that a held change would remove, and the schools that lose most."""

    entity: str
    records: list[RecordShown]
    schools: list[SchoolTouched]


class SnapshotShown(Schema):
    """A kept snapshot: the run that left it, when, and whether the roster is so now."""

    run: int
    action: str
    applied_at: str
    is_now: bool


class Snapshots(Schema):
    """A connection's kept snapshots; there are never so many that they are cut into pages."""

    items: list[SnapshotShown]


class Comparing(Given):
    """The runs of two kept snapshots."""

    older: int = Field(ge=1, le=HIGHEST)
    newer: int = Field(ge=1, le=HIGHEST)


@router.get("/runs/{number}/changes", response=answers(ChangesShown), operation_id="listChanges")
@needs(Right.SEE)
def changes(request: HttpRequest, number: Number, wanted: Query[OfRunWanted]) -> ChangesShown:
    """What a run changed, or what the change that it holds would, record by record.

    Kept of a connection's last change and of what waits; 404 where it is not, and then snapshots can be compared.
    """
    need_all_schools(request)
    run = run_called(request, number)
    waits, kept = run.held_state == HeldState.WAITING and bool(run.changes), is_kept(run)
    of_waiting = waits and wanted.part != "applied"
    if not of_waiting and (wanted.part == "waiting" or not kept):
        raise Http404
    asked = Wanted(wanted.entity, wanted.op, wanted.school, wanted.after)
    connection = connection_behind(request, run)
    counts, page = held.waiting(connection, run, asked) if of_waiting else (run.counts, applied_changes(run, asked))
    record("api.read", about=f"run:{run.pk}", keys=_keys(connection.pk, wanted.entity, page.items))
    records = [_record(each) for each in shown(run, connection.pk, wanted.entity, page.items)]
    return ChangesShown(counts=counts, items=records, next=page.following or None)


@router.get("/runs/{number}/sample", response=answers(SampleShown), operation_id="getSample")
@needs(Right.SEE)
def sample(request: HttpRequest, number: Number) -> SampleShown:
    """Of a held run that waits: some of what would be removed, and each school's losses."""
    need_all_schools(request)
    run = run_called(request, number)
    workflow.check_waiting(run)
    found = held.sample(connection_behind(request, run), run)
    return SampleShown(
        entity=found.entity,
        records=[_record(each) for each in found.records],
        schools=[SchoolTouched(**each) for each in found.schools],
    )


@router.get("/connections/{number}/snapshots", response=answers(Snapshots), operation_id="listSnapshots")
@needs(Right.SEE)
def snapshots(request: HttpRequest, number: Number) -> Snapshots:
    """A connection's kept snapshots, the newest first."""
    connection = connection_of(request, number)
    version = state_of(connection.pk).version
    kept = [
        SnapshotShown(
            run=each.run_id, action=each.action, applied_at=each.applied_at, is_now=each.state_version == version
        )
        for each in workflow.snapshots(connection)
    ]
    return Snapshots(items=kept)


@router.post("/connections/{number}/comparisons", response=answers(OrderShown, 202), operation_id="compareSnapshots")
@needs(Right.SEE)
def compare(request: HttpRequest, number: Number, of: Comparing) -> Status[OrderShown]:
    """Have two snapshots compared; once the order has ended, getComparison tells what differs.

    While another comparison of the connection is made, that order is the answer; ask again when it has ended.
    """
    connection = connection_of(request, number)
    older, newer = (workflow.snapshot_of(connection, run) for run in (of.older, of.newer))
    if comparing.comparison(connection, older.run_id, newer.run_id) is not None:
        made = comparing.compared(connection, older.run_id, newer.run_id)
        if made is not None:
            return Status(202, order_shown(made))
    wish = Wish(against=newer.run_id)
    account = request.user.pk or 0
    return Status(
        202, order_shown(orders.place(connection, Action.COMPARE, wish=wish, subject=older.run_id, account=account))
    )


@router.get("/connections/{number}/comparisons", response=answers(ChangesShown), operation_id="getComparison")
@needs(Right.SEE)
def comparison(request: HttpRequest, number: Number, wanted: Query[ComparedWanted]) -> ChangesShown:
    """What differs between two snapshots, record by record; 404 until compareSnapshots has made it."""
    need_all_schools(request)
    connection = connection_of(request, number)
    made = comparing.comparison(connection, wanted.older, wanted.newer)
    if made is None or made.outcome == "failed":
        raise Http404
    pick = Pick(
        name=made.changes or comparison_name(connection.pk, wanted.older, wanted.newer),
        entity=wanted.entity,
        ops=(wanted.op,) if wanted.op else (),
        school=wanted.school,
        after=wanted.after,
        limit=PAGE,
    )
    counts = {name: {op: getattr(each, op) for op in OPS} for name, each in made.counts.items()}
    if not any(any(each.values()) for each in counts.values()):
        return ChangesShown(counts=counts, items=[], next=None)
    result = comparing.read_changes(connection, pick)
    record("api.read", about=f"connection:{connection.pk}", keys=_keys(connection.pk, wanted.entity, result.items))
    records = [_record(each) for each in shown(None, connection.pk, wanted.entity, result.items)]
    return ChangesShown(counts=counts, items=records, next=result.items[-1].sourced_id if result.more else None)


def _keys(connection: int, entity: str, items: list[Item]) -> list[str]:
    """The people among the records, as the audit log names them."""
    return [f"user:{connection}:{each.sourced_id}" for each in items] if entity == "users" else []


def _record(each: Shown) -> RecordShown:
    differences = [
        DifferenceShown(
            field=one.field,
            before=one.before,
            after=one.after,
            before_name=one.before_name,
            after_name=one.after_name,
        )
        for one in each.differences
    ]
    return RecordShown(
        sourced_id=each.sourced_id, name=each.name, op=each.op, why=str(each.why), differences=differences
    )
