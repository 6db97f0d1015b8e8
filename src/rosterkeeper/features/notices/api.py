"""The API of notices: who is told of what, the rules, and what was told."""

from datetime import datetime, time
from typing import Annotated, Any

from django.forms.models import model_to_dict
from django.http import HttpRequest
from ninja import Schema, Status
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import HIGHEST, Given, Number, answers, group
from rosterkeeper.features.api.paging import DEFAULT, After, Limit, Page, newest_first
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.notices import targets
from rosterkeeper.features.notices.kinds import known
from rosterkeeper.features.notices.models import Rules
from rosterkeeper.features.notices.scope import (
    check_connections,
    district_given,
    events_seen,
    target_of,
    targets_seen,
)
from rosterkeeper.features.notices.troubles import rules as held_rules
from rosterkeeper.features.publish.models import Event, Kind, Target

router = group("notices")


class TargetShown(Schema):
    """Somebody or something that is told; ``words`` and ``connections`` empty: all."""

    id: int
    name: str
    kind: str
    where: str = Field(description="Mail addresses; of a web address its host only.")
    words: list[str]
    connections: list[int]
    district: int | None = Field(description="Whose it is; null: the installation's, which hears of all.")


class TargetAdded(TargetShown):
    """A new target."""

    secret: str = Field(description="Of a webhook, for its receiver; it is not shown again. Else blank.")


class TargetGiven(Given):
    """A target to be added."""

    name: str = Field(max_length=100)
    kind: Kind
    address: str = Field(max_length=4000, description="Mail addresses, or a web address.")
    words: list[str] = Field([], max_length=50)
    connections: list[Annotated[int, Field(ge=1, le=HIGHEST)]] = Field([], max_length=1000)
    district: int | None = Field(None, ge=1, le=HIGHEST, description="Left out: the caller's, or the installation's.")


class DeliveryShown(Schema):
    """The telling of an event to one target."""

    target: str
    state: str
    tries: int
    code: str
    what: str
    todo: str


class EventShown(Schema):
    """Something that happened; ``run`` and ``connection`` are 0 where it is about none."""

    id: int
    word: str
    at: datetime
    connection: int
    run: int
    code: str
    title: str
    lines: list[str]
    deliveries: list[DeliveryShown]


class RulesShown(Schema):
    """When something is worth a notice."""

    failures: int = Field(ge=1, le=99, description="So many in a row.")
    stale_hours: int = Field(ge=0, le=8760, description="Without a success; 0: never.")
    digest_at: time


class RulesGiven(RulesShown, Given):
    """The rules to be set, all of them."""


@router.get("/notices/targets", response=answers(Page[TargetShown]), operation_id="listTargets")
@needs(Right.SETTINGS)
def listed(request: HttpRequest, limit: Limit = DEFAULT, after: After = 0) -> dict[str, Any]:
    """Who is told, the newest first."""
    return newest_first(targets_seen(request), after, limit, shown=_target)


@router.post("/notices/targets", response=answers(TargetAdded, 201), operation_id="addTarget")
@needs(Right.SETTINGS)
def add(request: HttpRequest, given: TargetGiven) -> Status[TargetAdded]:
    """Add a target."""
    district = district_given(request, given.district)
    check_connections(request, given.connections)
    told = {**given.model_dump(), "kind": given.kind, "words": known(given.words), "district": district}
    stated = targets.Stated(**told)
    made, secret = targets.add(stated)
    record("notice.target_added", about=f"target:{made.pk}", details={"kind": made.kind})
    return Status(201, TargetAdded(**_target(made).model_dump(), secret=secret))


@router.delete("/notices/targets/{number}", response=answers(TargetShown), operation_id="deleteTarget")
@needs(Right.SETTINGS)
def delete(request: HttpRequest, number: Number) -> TargetShown:
    """Delete a target, and what waits for it."""
    target = target_of(request, number)
    told = _target(target)
    record("notice.target_deleted", about=f"target:{target.pk}", details={"kind": target.kind})
    target.delete()
    return told


@router.post("/notices/targets/{number}/test", response=answers(EventShown, 202), operation_id="testTarget")
@needs(Right.SETTINGS)
def test(request: HttpRequest, number: Number) -> Status[EventShown]:
    """Send a test, which the worker does; ask for the event again to see what came of it."""
    target = target_of(request, number)
    record("notice.target_tried", about=f"target:{target.pk}", details={"kind": target.kind})
    return Status(202, _event(targets.try_out(target).event))


@router.get("/notices/events", response=answers(Page[EventShown]), operation_id="listEvents")
@needs(Right.SETTINGS)
def events(request: HttpRequest, limit: Limit = DEFAULT, after: After = 0) -> dict[str, Any]:
    """What was told and to whom, the newest first."""
    return newest_first(events_seen(request), after, limit, shown=_event)


@router.get("/notices/rules", response=answers(RulesShown), operation_id="getNoticeRules")
@needs(Right.SETTINGS, everywhere=True)
def rules(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 -- an operation's signature
    """When something is worth a notice."""
    return model_to_dict(held_rules())


@router.put("/notices/rules", response=answers(RulesShown), operation_id="setNoticeRules")
@needs(Right.SETTINGS, everywhere=True)
def set_rules(request: HttpRequest, given: RulesGiven) -> dict[str, Any]:  # noqa: ARG001
    """Set when something is worth a notice."""
    stated = given.model_dump()
    Rules.objects.update_or_create(id=1, defaults=stated)
    record("notice.rules_changed", details={name: str(value) for name, value in stated.items()})
    return model_to_dict(held_rules())


def _target(target: Target) -> TargetShown:
    return TargetShown(
        id=target.pk,
        name=target.name,
        kind=target.kind,
        where=targets.where(target),
        words=target.words,
        connections=target.connections,
        district=target.district,
    )


def _event(event: Event) -> EventShown:
    deliveries = [
        DeliveryShown(
            target=one.target.name, state=one.state, tries=one.tries, code=one.code, what=one.what, todo=one.todo
        )
        for one in event.deliveries.all()
    ]
    return EventShown(
        id=event.pk,
        word=event.word,
        at=event.at,
        connection=event.connection_id,
        run=event.run_id,
        code=event.code,
        title=event.title,
        lines=event.lines,
        deliveries=deliveries,
    )
