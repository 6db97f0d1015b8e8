"""The API of new ids: who became whom in a held run, as proposed or as uploaded, and giving the new ids."""

from typing import Any

import msgspec
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from ninja import File, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import Given, Number, answers, group
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.scope import connection_of
from rosterkeeper.features.connections.uploads import check_size
from rosterkeeper.features.runs import orders, rekeying, workflow
from rosterkeeper.features.runs.api import OrderShown, order_shown, run_called
from rosterkeeper.features.runs.models import Run
from rosterkeeper.job.words import Action, Pair

router = group("runs")


class SameIds(Schema):
    """Of one entity: how many records go and come, are the same under new ids, and may be."""

    gone: int
    come: int
    same: int
    unsure: int


class PairShown(Schema):
    """An old id and the new one, and the columns that both records share; `new` is blank where several share them."""

    entity: str
    old: str
    new: str
    by: str
    old_number: int
    new_number: int


class IdsShown(Schema):
    """What is known of new ids; `state` is `unknown` before anybody looked, `waiting`, `ready` or `failed`.

    `pairs` are a few of each entity, the whole is the mapping; `unsure` are records that are alike several times.
    """

    run: int
    state: str = Field(description="unknown, waiting, ready or failed")
    is_uploaded: bool
    code: str
    what: str
    todo: str
    entities: dict[str, SameIds]
    pairs: list[PairShown]
    unsure: list[PairShown]


class LookGiven(Given):
    """Which mapping is looked at."""

    proposed: bool = Field(False, description="Forget an uploaded mapping and propose one anew.")


class ConfirmGiven(Given):
    """That the ids are to be changed: this cannot be undone."""

    understood: bool


@router.get("/runs/{number}/ids", response=answers(IdsShown), operation_id="getIds")
@needs(Right.SEE)
def ids(request: HttpRequest, number: Number) -> IdsShown:
    """Who became whom, as far as it was looked at."""
    return _shown(run_called(request, number))


@router.post("/runs/{number}/ids", response=answers(OrderShown, 202), operation_id="lookAtIds")
@needs(Right.RUN)
def look(request: HttpRequest, number: Number, given: LookGiven) -> Status[OrderShown]:
    """Have it looked at: the mapping that is proposed, or the one that was uploaded. Nothing is changed."""
    held = _waiting(request, number)
    if given.proposed:
        rekeying.forget_upload(held)
    return _looked_at(request, held)


@router.post("/runs/{number}/ids/mapping", response=answers(OrderShown, 202), operation_id="uploadIds")
@needs(Right.RUN)
def upload(request: HttpRequest, number: Number, file: File[UploadedFile]) -> Status[OrderShown]:
    """Upload a mapping as CSV (entity, old, new) in the place of what is proposed, and have it looked at."""
    check_size(request)
    held = _waiting(request, number)
    rekeying.keep_upload(held, file.chunks())
    return _looked_at(request, held)


@router.get(
    "/runs/{number}/ids/mapping",
    response=answers(None),
    operation_id="downloadIds",
    openapi_extra={"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}},
)
@needs(Right.SEE)
def download(request: HttpRequest, number: Number) -> HttpResponseBase:
    """The mapping that was looked at, as CSV: entity, old, new."""
    path = rekeying.mapping_of(run_called(request, number))
    if not path.exists():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"ids-{number}.csv", content_type="text/csv")


@router.post("/runs/{number}/ids/confirm", response=answers(OrderShown, 202), operation_id="confirmIds")
@needs(Right.RUN)
def confirm(request: HttpRequest, number: Number, given: ConfirmGiven) -> Status[OrderShown]:
    """Give the live records their new ids, as the mapping says that was looked at."""
    held = _waiting(request, number)
    rekeying.check_understood(given.understood)
    connection = connection_of(request, held.connection_id)
    placed = orders.place(connection, Action.REKEY, subject=held.pk, account=request.user.pk or 0)
    record("run.rekeyed", about=f"run:{held.pk}", details={"connection": connection.pk, "order": placed.pk})
    return Status(202, order_shown(placed))


def _waiting(request: HttpRequest, number: int) -> Run:
    held = run_called(request, number)
    connection_of(request, held.connection_id)
    workflow.check_waiting(held)
    return held


def _looked_at(request: HttpRequest, held: Run) -> Status[OrderShown]:
    connection = connection_of(request, held.connection_id)
    placed = orders.place(connection, Action.IDS, subject=held.pk, account=request.user.pk or 0)
    return Status(202, order_shown(placed))


def _shown(run: Run) -> IdsShown:
    found = rekeying.looked(run)
    state = "unknown"
    if rekeying.is_being_looked_at(run):
        state = "waiting"
    elif found is not None and found.code:
        state = "failed"
    elif found is not None and rekeying.mapping_of(run).exists():
        state = "ready"
    told = found if found is not None and state in ("ready", "failed") else None
    return IdsShown(
        run=run.pk,
        state=state,
        is_uploaded=rekeying.is_uploaded(run),
        code=told.code if told else "",
        what=told.what if told else "",
        todo=told.todo if told else "",
        entities={name: SameIds(**_plain(each)) for name, each in told.rekeyed.items()} if told else {},
        pairs=[_pair(each) for each in told.pairs] if told else [],
        unsure=[_pair(each) for each in told.unsure] if told else [],
    )


def _pair(pair: Pair) -> PairShown:
    return PairShown(**_plain(pair))


def _plain(told: msgspec.Struct) -> dict[str, Any]:
    return msgspec.structs.asdict(told)
