"""The API of schedules: see when a connection syncs by itself, and set it."""

from datetime import date, datetime, time
from typing import Any, Literal

import msgspec
from django.http import HttpRequest
from django.utils import timezone
from ninja import Schema
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import Number, answers, group
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.scope import connection_of
from rosterkeeper.features.schedules import workflow
from rosterkeeper.features.schedules.changing import change
from rosterkeeper.features.schedules.schedule import MOST_TIMES, Form, Schedule

router = group("schedules")

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Span(Schema):
    """Local dates, the first and the last included."""

    first: date
    last: date


class School(Schema):
    """When school is; a run that would begin then is marked."""

    days: list[Day]
    opens: time
    closes: time
    zone: str = Field("", description="An IANA zone; blank: the schedule's.")


class ScheduleSet(Schema):
    """What is to be changed of a schedule; what is left out stays."""

    form: Form | None = Field(None, description="The fields that a form reads are in docs/schedules.md.")
    times: int | None = Field(None, ge=1, le=MOST_TIMES, description="Syncs per day.")
    at: time | None = Field(None, description="A local time.")
    days: list[Day] | None = None
    zone: str | None = Field(None, description="An IANA zone, UTC, or an offset such as UTC-05:00.")
    after_manual: bool | None = Field(None, description="Begin only after a first sync that was asked for.")
    blackouts: list[Span] | None = None
    additions_only: list[Span] | None = None
    school: School | None = None


class NextRun(Schema):
    """A run to come."""

    at: datetime
    local: datetime
    additions_only: bool
    in_school_hours: bool


class ScheduleShown(Schema):
    """A connection's schedule and its next three runs."""

    form: Form
    times: int
    at: time
    days: list[Day]
    zone: str
    after_manual: bool
    blackouts: list[Span]
    additions_only: list[Span]
    school: School
    waits_for: str = Field(description="`test`, `manual_sync`, or blank.")
    next: list[NextRun]


@router.get("/connections/{number}/schedule", response=answers(ScheduleShown), operation_id="getSchedule")
@needs(Right.SEE)
def schedule(request: HttpRequest, number: Number) -> dict[str, Any]:
    """When the connection syncs by itself."""
    found = connection_of(request, number)
    return _shown(found, workflow.schedule_of(found))


@router.patch("/connections/{number}/schedule", response=answers(ScheduleShown), operation_id="setSchedule")
@needs(Right.SETTINGS)
def set_schedule(request: HttpRequest, number: Number, wanted: ScheduleSet) -> dict[str, Any]:
    """Change what is given and keep the rest."""
    found = connection_of(request, number)
    given = {name: value for name, value in wanted.model_dump(exclude_unset=True).items() if value is not None}
    held = workflow.schedule_of(found)
    made = msgspec.convert({**msgspec.to_builtins(held), **msgspec.to_builtins(given)}, Schedule)
    change(found, made, account=request.user.pk or 0, now=timezone.now())
    return _shown(found, made)


def _shown(found: Connection, made: Schedule) -> dict[str, Any]:
    return {
        **msgspec.to_builtins(made),
        "waits_for": workflow.waits_for(found, made),
        "next": [msgspec.to_builtins(each) for each in workflow.next_runs(found, made, now=timezone.now())],
    }
