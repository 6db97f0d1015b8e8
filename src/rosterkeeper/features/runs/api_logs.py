"""The API of what a run says of itself: its findings, its story, its figures, and the files of the Gateway log."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path as InPath
from ninja import Query, Schema
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import HIGHEST, Given, Number, answers, group
from rosterkeeper.features.api.paging import DEFAULT, MOST, After, Limit, Page
from rosterkeeper.features.connections.scope import districts_seen
from rosterkeeper.features.runs import figures, finding_log, gateway
from rosterkeeper.features.runs.api import run_called
from rosterkeeper.features.runs.diagnostic import diagnostic

router = group("runs")


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
    says: str


class FindingsWanted(Given):
    """Which findings are listed; what is left out is any."""

    severity: str = Field("", max_length=20)
    code: str = Field("", max_length=100)
    entity: str = Field("", max_length=50)
    record: str = Field("", max_length=255, description="A sourcedId.")
    school: str = Field("", max_length=255, description="The sourcedId of a school that they concern.")


class LineShown(Schema):
    """One line of a run's story."""

    at: datetime | None
    level: str
    says: str


class LogShown(Schema):
    """A run's story, who asked for the run, and a text to send along when asking for help: no personal value in it."""

    lines: list[LineShown]
    asked_by: str
    diagnostic: str


class StatisticsShown(Schema):
    """What there is in the roster after a run; null where it is not counted yet."""

    students: int | None
    teachers: int | None
    classes: int | None
    schools: int | None
    taken_at: str
    matched_students: int | None
    matched_teachers: int | None
    unmatched_users: int | None
    not_in_source: int | None
    imported_classes: int | None


class FileShown(Schema):
    """One file of the Gateway log on the machine that answers; ``size`` is in bytes."""

    number: int
    district: int
    name: str
    size: int
    at: datetime


class Files(Schema):
    """The files of the Gateway log; there are never so many that they are cut into pages."""

    items: list[FileShown]


@router.get("/runs/{number}/findings", response=answers(Page[FindingShown]), operation_id="listFindings")
@needs(Right.SEE)
def findings(
    request: HttpRequest,
    number: Number,
    wanted: Query[FindingsWanted],
    limit: Limit = DEFAULT,
    after: After = 0,
) -> dict[str, Any]:
    """What a run found in the data, in the order it was found."""
    narrowed = finding_log.Narrowed(**wanted.model_dump(), after=after)
    page, following = finding_log.findings(run_called(request, number), narrowed, limit=min(limit, MOST))
    return {"items": [FindingShown(**asdict(each)) for each in page], "next": following or None}


@router.get("/runs/{number}/log", response=answers(LogShown), operation_id="getRunLog")
@needs(Right.SEE)
def log(request: HttpRequest, number: Number) -> LogShown:
    """What happened in a run, line by line."""
    found = run_called(request, number)
    lines = [LineShown(at=each.at, level=each.level, says=str(each.says)) for each in finding_log.story(found)]
    return LogShown(lines=lines, asked_by=finding_log.asked_by(found), diagnostic=diagnostic(found))


@router.get("/runs/{number}/statistics", response=answers(StatisticsShown), operation_id="getRunStatistics")
@needs(Right.SEE)
def statistics(request: HttpRequest, number: Number) -> StatisticsShown:
    """The figures of the roster that a run left."""
    found = run_called(request, number)
    counted = figures.statistics(found.connection_id, found.state_version)
    matched = figures.matched(found, counted)
    return StatisticsShown(
        **asdict(counted),
        matched_students=matched.students,
        matched_teachers=matched.teachers,
        unmatched_users=matched.unmatched_users,
        not_in_source=matched.not_in_source,
        imported_classes=figures.imported_classes(found, counted),
    )


@router.get("/gateway", response=answers(Files), operation_id="listGatewayFiles")
@needs(Right.SEE)
def files(request: HttpRequest) -> Files:
    """The files of the Gateway log, district by district, the newest first."""
    shown = []
    for district in districts_seen(request):
        for path in reversed(gateway.files(district.pk)):
            stands = path.stat()
            at = datetime.fromtimestamp(stands.st_mtime, UTC)
            number = gateway.number_of(path)
            told = FileShown(number=number, district=district.pk, name=path.name, size=stands.st_size, at=at)
            shown.append(told)
    return Files(items=shown)


@router.get(
    "/gateway/{number}",
    response=answers(None),
    operation_id="getGatewayFile",
    openapi_extra={"responses": {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}},
)
@needs(Right.SEE)
def file(
    request: HttpRequest,
    number: Annotated[int, InPath(ge=1, le=10**9)],
    district: Annotated[int, Query(ge=0, le=HIGHEST, description="0: the first in sight.")] = 0,
) -> HttpResponse:
    """One file of the Gateway log: file, row, column and reason of each problem, never a value."""
    seen = districts_seen(request).order_by("id")
    of = (seen.filter(id=district) if district else seen).first()
    there = gateway.files(of.pk) if of else []
    found = next((path for path in there if gateway.number_of(path) == number), None)
    if found is None:
        raise Http404
    return HttpResponse(found.read_bytes(), content_type="text/plain; charset=utf-8")
