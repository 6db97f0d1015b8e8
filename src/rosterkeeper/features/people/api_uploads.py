"""The API of uploaded lists of accounts: send one, look at its numbers, choose its columns, apply it or drop it."""

from datetime import datetime
from typing import Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import File, Form, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import Given, Number, answers, group
from rosterkeeper.features.connections.scope import districts_seen
from rosterkeeper.features.connections.uploads import check_size
from rosterkeeper.features.people import uploading
from rosterkeeper.features.people.api import Text
from rosterkeeper.features.people.models import Upload
from rosterkeeper.job.words import LISTED, Counts
from rosterkeeper.matching.directory.headings import FIELDS

router = group("directory")

_LINES = 1000


class LineShown(Schema):
    """A finding: a code of docs/findings.md and the line of the file, 0 for the file as a whole."""

    code: str
    line: int
    field: str


class UploadShown(Schema):
    """An upload; `state` goes from look over ready (or columns, or failed) to apply and applied; or it is dropped.

    `outcome` is `held` where more accounts are gone than is usual: it then needs `confirmed` to be applied.
    """

    number: int
    label: str
    state: str
    whole: bool
    made_at: datetime
    headings: list[str]
    columns: dict[str, str]
    outcome: str
    code: str
    what: str
    todo: str
    new: int
    changed: int
    gone: int
    restored: int
    unchanged: int
    rejected: int
    findings: dict[str, int]
    lines: list[LineShown]


class UploadGiven(Given):
    """What the file is: all accounts, or additions and changes only."""

    whole: bool = True


class ColumnsGiven(Given):
    """Which heading of the file is which field."""

    columns: dict[Literal[FIELDS], Text]  # type: ignore[valid-type]
    whole: bool = True


class ApplyGiven(Given):
    """That the accounts that are gone are truly gone."""

    confirmed: bool = Field(False, description="Needed where `outcome` is held.")


@router.post("/directories/{number}/uploads", response=answers(UploadShown, 201), operation_id="uploadDirectory")
@needs(Right.RUN)
def send(
    request: HttpRequest, number: Number, given: Form[UploadGiven], file: File[UploadedFile]
) -> Status[UploadShown]:
    """Upload a list of accounts; nothing is changed before it is applied."""
    district = get_object_or_404(districts_seen(request), id=number)
    check_size(request)
    account = request.user.pk or 0
    made = uploading.keep(file.file, file.name or "", district=district.pk, account=account, whole=given.whole)
    return Status(201, _shown(made))


@router.get("/directories/{number}/uploads/{upload}", response=answers(UploadShown), operation_id="getUpload")
@needs(Right.RUN)
def look(request: HttpRequest, number: Number, upload: Number) -> UploadShown:
    """How an upload stands."""
    return _shown(_upload(request, number, upload))


@router.put("/directories/{number}/uploads/{upload}/columns", response=answers(UploadShown), operation_id="setColumns")
@needs(Right.RUN)
def columns(request: HttpRequest, number: Number, upload: Number, given: ColumnsGiven) -> UploadShown:
    """Say which heading is which field; the file is looked at anew."""
    found = _upload(request, number, upload)
    uploading.choose(found, {str(name): heading for name, heading in given.columns.items()}, whole=given.whole)
    return _shown(found)


@router.post("/directories/{number}/uploads/{upload}/apply", response=answers(UploadShown), operation_id="applyUpload")
@needs(Right.RUN)
def apply(request: HttpRequest, number: Number, upload: Number, given: ApplyGiven) -> UploadShown:
    """Apply a file that was looked at; the worker does."""
    found = _upload(request, number, upload)
    uploading.apply(found, confirmed=given.confirmed)
    return _shown(found)


@router.delete("/directories/{number}/uploads/{upload}", response=answers(UploadShown), operation_id="dropUpload")
@needs(Right.RUN)
def drop(request: HttpRequest, number: Number, upload: Number) -> UploadShown:
    """Let a file go unapplied."""
    found = _upload(request, number, upload)
    uploading.drop(found)
    found.refresh_from_db()
    return _shown(found)


def _upload(request: HttpRequest, number: int, upload: int) -> Upload:
    district = get_object_or_404(districts_seen(request), id=number)
    return get_object_or_404(Upload, pk=upload, district_id=district.pk)


def _shown(found: Upload) -> UploadShown:
    result = uploading.result_of(found)
    counts = result.counts.get(LISTED, Counts()) if result else Counts()
    return UploadShown(
        number=found.pk,
        label=found.label,
        state=uploading.state_of(found),
        whole=found.whole,
        made_at=found.made_at,
        headings=found.headings,
        columns=found.columns,
        outcome=result.outcome if result else "",
        code=result.code if result else "",
        what=result.what if result else "",
        todo=result.todo if result else "",
        new=counts.add,
        changed=counts.update,
        gone=counts.remove,
        restored=counts.restore,
        unchanged=counts.unchanged,
        rejected=counts.rejected,
        findings=result.findings if result else {},
        lines=[LineShown(code=each.code, line=each.row, field=each.field) for each in result.lines[:_LINES]]
        if result
        else [],
    )
