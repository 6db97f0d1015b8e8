"""The API of the overview and of the checklist that leads to a first sync."""

from datetime import date, datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Schema

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.accounts.scope import districts_of, sees_all_districts
from rosterkeeper.features.api.calls import HIGHEST, answers, group
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.scope import connection_of, connections_seen
from rosterkeeper.features.manage.checklist import Checklist, approve, checklist, first_open
from rosterkeeper.features.manage.glance import Glimpse, glance
from rosterkeeper.features.notices.scope import unsent

router = group("overview")


class GlimpseShown(Schema):
    """One connection at a glance; `stale_since` and `expires` are null where nothing is stale or ends."""

    connection: int
    name: str
    district: str
    stage: str
    needs_sync: bool
    last_checked: datetime | None
    last_updated: datetime | None
    status: str
    next_run: datetime | None
    stale_since: datetime | None
    expires: date | None
    totals: dict[str, int]


class WaitingShown(Schema):
    """A held run that waits for a decision."""

    run: int
    connection: int
    name: str
    reasons: list[str]


class ServiceShown(Schema):
    """Whether the service is well; of the disk and backups only who sees every district is told."""

    workers: int
    worker_seen: datetime | None
    free_gigabytes: float | None
    disk_is_short: bool
    last_backup: datetime | None
    backup_is_due: bool
    unsent: int


class OverviewShown(Schema):
    """How everything stands; `totals` are sums over the connections."""

    connections: list[GlimpseShown]
    waiting: list[WaitingShown]
    service: ServiceShown
    totals: dict[str, int]


class StepOfSetup(Schema):
    """One step of the checklist: done, next or blocked; `blocked` says what is missing before it."""

    key: str
    title: str
    says: str
    state: str
    blocked: str


class SetupShown(Schema):
    """The checklist of a connection, null before there is one."""

    connection: int | None
    is_done: bool
    steps: list[StepOfSetup]


@router.get("/overview", response=answers(OverviewShown), operation_id="getOverview")
@needs(Right.SEE)
def overview(request: HttpRequest) -> OverviewShown:
    """How everything in sight stands, and what waits for a decision."""
    in_use = list(connections_seen(request))
    found = glance(in_use, unsent=unsent(request).count(), of_all=sees_all_districts(request))
    health = found.health
    return OverviewShown(
        connections=[_glimpse(each) for each in found.connections],
        waiting=[
            WaitingShown(run=each.run.pk, connection=each.run.connection_id, name=each.name, reasons=each.says)
            for each in found.waiting
        ],
        service=ServiceShown(**{name: getattr(health, name) for name in ServiceShown.model_fields}),
        totals=found.totals,
    )


@router.get("/setup", response=answers(SetupShown), operation_id="getSetup")
@needs(Right.SETTINGS)
def setup(
    request: HttpRequest,
    connection: Annotated[int, Query(ge=0, le=HIGHEST, description="0: the first with steps left.")] = 0,
) -> SetupShown:
    """The checklist of a connection, each step's state from facts."""
    if connection:
        return _setup(checklist(connection_of(request, connection)))
    in_use, mine = list(connections_seen(request)), districts_of(request)
    return _setup(first_open(in_use, mine) or checklist(in_use[0] if in_use else None, mine))


@router.post("/setup/approved", response=answers(SetupShown), operation_id="sayApproved")
@needs(Right.SETTINGS)
def approved(request: HttpRequest) -> SetupShown:
    """Say that the application was approved at the source; nothing but somebody's word tells it."""
    account = request.user.pk or 0
    approve(districts_of(request), account)
    record("setup.approved", account=account)
    return setup(request)


def _glimpse(each: Glimpse) -> GlimpseShown:
    standing = each.row.standing
    return GlimpseShown(
        connection=standing.connection.pk,
        name=standing.connection.name,
        district=standing.connection.district.name,
        stage=each.row.stage,
        needs_sync=each.row.needs_sync,
        last_checked=standing.state.last_checked,
        last_updated=standing.state.last_updated,
        status=standing.state.status_text,
        next_run=each.row.next_run,
        stale_since=each.stale_since,
        expires=each.expires,
        totals=each.totals,
    )


def _setup(held: Checklist) -> SetupShown:
    steps = [
        StepOfSetup(
            key=each.key, title=str(each.title), says=str(each.says), state=each.state, blocked=str(each.blocked)
        )
        for each in held.steps
    ]
    return SetupShown(connection=held.connection.pk if held.connection else None, is_done=held.is_done, steps=steps)
