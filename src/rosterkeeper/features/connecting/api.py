"""The API of connections: what there is and how it stands, add, check, edit, options, schools, zips, reset, delete.

What a page asks about first, a call says in a member of its body: without it the call is refused.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from django.http import HttpRequest
from ninja import File, Form, Schema, Status
from ninja.files import UploadedFile
from pydantic import AfterValidator, Field

from rosterkeeper.engine.options import Options
from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import Given, Id, Number, answers, group
from rosterkeeper.features.connecting import following, saving, schools, within
from rosterkeeper.features.connecting.options import check_meant
from rosterkeeper.features.connections import exclusive, stating, uploads, workflow
from rosterkeeper.features.connections.api import ConnectionShown, shown
from rosterkeeper.features.connections.choosing import options_of
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.scope import connections_seen
from rosterkeeper.features.connections.specs import stated_spec
from rosterkeeper.features.runs.api import connection_of
from rosterkeeper.features.runs.models import Order
from rosterkeeper.features.runs.standing import standing
from rosterkeeper.sources.spec import CsvSpec

router = group("connections")


def _whole(path: str) -> str:
    if not Path(path).is_absolute():
        raise ValueError("the whole path, from the root of the server's disk")
    return path


Name = Annotated[str, Field(min_length=1, max_length=100)]
District = Annotated[
    str, Field(max_length=100, description="Its name; left out: the caller's only district, or the one named default.")
]
Text = Annotated[str, Field(max_length=2000)]
WholePath = Annotated[Text, AfterValidator(_whole)]
Role = Annotated[str, Field(max_length=100)]
Understood = Annotated[Literal[True], Field(description="That what this does is understood.")]


class SourceGiven(Given):
    """Where a roster comes from; a kind takes its own members alone, as does `connection add` in docs/commands.md."""

    path: WholePath | None = Field(None, description="Of a zip, or of a folder that zips are put into, on the server.")
    tenant_id: Text | None = None
    url: Text | None = None
    client_id: Text | None = None
    secret: str | None = Field(None, max_length=4000, description="The secret, or the API key; never shown again.")
    token_url: Text | None = None
    auth: Text | None = None
    version: Text | None = None
    page_size: int | None = Field(None, ge=1, le=50_000)
    in_flight: int | None = Field(None, ge=1, le=8)
    preset: Text | None = None
    auth_style: Text | None = None
    grant: Text | None = None
    scope: Text | None = None
    username: Text | None = None
    password: str | None = Field(None, max_length=4000)
    incremental: Literal["auto", "on", "off"] | None = None
    full_every_days: int | None = Field(None, ge=1, le=365)

    def stated(self) -> dict[str, str | int]:
        """What is given of the source."""
        given = self.model_dump(include={*SourceGiven.model_fields})
        return {name: value for name, value in given.items() if value is not None}


class Draft(SourceGiven):
    """A source to be checked."""

    kind: Literal["classlink", "oneroster", "csv"]


class ConnectionGiven(Draft):
    """A connection to be added."""

    name: Name
    district: District = ""
    draft: bool = Field(False, description="Only store it; otherwise it is tested at once.")
    guardians_only: bool = Field(False, description="Of a csv connection: its zip brings guardians only.")
    second_source: bool = Field(False, description="That another server may bring the same district's people.")


class ConnectionChanged(SourceGiven):
    """What is to be changed of a connection; what is left out stays, a secret too."""

    name: Name | None = None
    other_district: bool = Field(False, description="That it may lead to another district or server.")


class ZipGiven(Given):
    """A connection to be added with a zip that is sent along."""

    name: Name
    district: District = ""
    draft: bool = False
    guardians_only: bool = False


class OptionsShown(Schema):
    """What of a source is taken over; docs/options.md says what each does. The schools have an address of their own."""

    classrooms: bool
    students: bool
    staff: bool
    parents: bool
    relationships: list[str]
    all_parents: bool
    demographics: bool
    respect_enrolment_date: bool
    respect_academic_sessions: bool
    days_before: int
    days_after: int
    grades: list[str]
    roles: list[str]


class OptionsSet(Given):
    """What is to be changed of the options; what is left out stays."""

    classrooms: bool | None = None
    students: bool | None = None
    staff: bool | None = None
    parents: bool | None = None
    relationships: list[Role] | None = Field(None, max_length=50)
    all_parents: bool | None = None
    demographics: bool | None = None
    respect_enrolment_date: bool | None = None
    respect_academic_sessions: bool | None = None
    days_before: int | None = Field(None, ge=0, le=366)
    days_after: int | None = Field(None, ge=0, le=366)
    grades: list[Role] | None = Field(None, max_length=100)
    roles: list[Role] | None = Field(None, max_length=100)
    understood: bool = Field(False, description="That what is switched off gets no more updates.")


class SchoolTaken(Schema):
    """One school; its numbers are null where they were not counted yet."""

    sourced_id: str
    name: str
    students: int | None
    teachers: int | None


class SchoolsTaken(Schema):
    """Which schools a connection takes over, and which it leaves out."""

    included: list[SchoolTaken]
    excluded: list[SchoolTaken]


class SchoolsSet(Given):
    """The schools to be left out: these and no others; ids of no school are passed over."""

    excluded: list[Id] = Field(max_length=20_000)


class Resetting(Given):
    """How a connection is reset."""

    understood: Understood
    rebuild: bool = Field(False, description="Pull everything now, and not only with the next sync.")


class Deleting(Given):
    """That a connection is to be deleted; its people stay and get no more updates."""

    understood: Understood


class Connections(Schema):
    """Every connection in use; there are never so many that they are cut into pages."""

    items: list[ConnectionShown]


class StandingShown(ConnectionShown):
    """A connection and how it stands."""

    last_checked: datetime | None
    last_updated: datetime | None
    status: str
    last_run: int | None
    order: int | None = Field(description="What is asked for and has not ended.")


class Saved(Schema):
    """What was changed, and the order that was placed on account of it: a test, a preview or a sync; null for none."""

    connection: ConnectionShown
    changed: list[str]
    order: int | None


class Checked(Schema):
    """Settings that can be right, as they would be stored; nothing was asked of the source."""

    kind: str
    settings: dict[str, str | int]


@router.get("/connections", response=answers(Connections), operation_id="listConnections")
@needs(Right.SEE)
def connections(request: HttpRequest) -> Connections:
    """Every connection in use that is in sight, by district and name."""
    return Connections(items=[shown(each) for each in connections_seen(request)])


# These come before the address of one connection, whose number would match their words.
@router.post("/connections/check", response=answers(Checked), operation_id="checkConnection")
@needs(Right.SETTINGS)
def check(request: HttpRequest, given: Draft) -> Checked:
    """Whether the settings of a connection can be right; nothing is stored, and nothing is asked of the source."""
    spec = stating.made(given.kind, given.stated())
    within.check_source(request, spec)
    made = workflow.draft(spec)
    return Checked(kind=made.kind, settings=made.settings)


@router.post("/connections/zip", response=answers(Saved, 201), operation_id="addZip")
@needs(Right.SETTINGS)
def add_zip(request: HttpRequest, given: Form[ZipGiven], file: File[UploadedFile]) -> Status[Saved]:
    """Add a csv connection with the zip that is sent along (multipart/form-data)."""
    uploads.check_size(request)
    district = within.district_given(request, given.district)
    made = saving.add_zip(given.name, district, lambda: uploads.keep(file), guardians_only=given.guardians_only)
    return Status(201, _saved(made, [], following.added(request, made, is_draft=given.draft)))


@router.get("/connections/{number}", response=answers(StandingShown), operation_id="getConnection")
@needs(Right.SEE)
def connection(request: HttpRequest, number: Number) -> StandingShown:
    """One connection and how it stands."""
    found = standing(connection_of(request, number))
    return StandingShown(
        **shown(found.connection).model_dump(),
        last_checked=found.state.last_checked,
        last_updated=found.state.last_updated,
        status=found.state.status_text,
        last_run=found.last_run.pk if found.last_run else None,
        order=found.order.pk if found.order else None,
    )


@router.post("/connections", response=answers(Saved, 201), operation_id="addConnection")
@needs(Right.SETTINGS)
def add(request: HttpRequest, given: ConnectionGiven) -> Status[Saved]:
    """Add a connection, and test it at once unless it is a draft."""
    spec, district = stating.made(given.kind, given.stated()), within.district_given(request, given.district)
    within.check_source(request, spec)
    if isinstance(spec, CsvSpec):
        made = saving.add_zip(given.name, district, lambda: spec, guardians_only=given.guardians_only)
    else:
        exclusive.check_second(district, is_meant=given.second_source)
        made = workflow.add(given.name, spec, district=district)
    return Status(201, _saved(made, [], following.added(request, made, is_draft=given.draft)))


@router.patch("/connections/{number}", response=answers(Saved), operation_id="editConnection")
@needs(Right.SETTINGS)
def edit(request: HttpRequest, number: Number, given: ConnectionChanged) -> Saved:
    """Change name or settings; changed settings are tested at once."""
    found = connection_of(request, number)
    spec = saving.restated(found, given.stated())
    within.check_source(request, spec, stated_spec(found))
    changed = saving.store(found, given.name or found.name, spec, other_district=given.other_district)
    return _saved(found, changed, following.edited(request, found, changed, other_district=given.other_district))


@router.post("/connections/{number}/zip", response=answers(Saved), operation_id="replaceZip")
@needs(Right.SETTINGS)
def replace_zip(request: HttpRequest, number: Number, file: File[UploadedFile]) -> Saved:
    """Send another zip in the place of a csv connection's (multipart/form-data); it is tested at once."""
    uploads.check_size(request)
    found = connection_of(request, number)
    stating.check_kind(found.kind, "path")
    changed = saving.store(found, found.name, saving.take_zip(found, file), other_district=False)
    return _saved(found, changed, following.edited(request, found, changed, other_district=False))


@router.get("/connections/{number}/options", response=answers(OptionsShown), operation_id="getOptions")
@needs(Right.SETTINGS)
def options(request: HttpRequest, number: Number) -> dict[str, Any]:
    """What of the source is taken over."""
    return _options(connection_of(request, number))


@router.patch("/connections/{number}/options", response=answers(Saved), operation_id="setOptions")
@needs(Right.SETTINGS)
def set_options(request: HttpRequest, number: Number, given: OptionsSet) -> Saved:
    """Change what is given and keep the rest; a preview is placed where the next sync may remove people."""
    found = connection_of(request, number)
    held = options_of(found)
    stated = given.model_dump(exclude_none=True, exclude={"understood"})
    wanted = msgspec.convert({**msgspec.to_builtins(held), **_sorted(stated)}, Options)
    check_meant(held, wanted, is_understood=given.understood)
    done = following.chosen(request, found, wanted, following.OPTIONS_CHANGED)
    return _saved(found, done.changed, done.preview)


@router.get("/connections/{number}/schools", response=answers(SchoolsTaken), operation_id="getExcludedSchools")
@needs(Right.SETTINGS)
def taken(request: HttpRequest, number: Number) -> SchoolsTaken:
    """Included Schools and Excluded Schools."""
    included, excluded = schools.lists(connection_of(request, number))
    return SchoolsTaken(included=[_school(each) for each in included], excluded=[_school(each) for each in excluded])


@router.put("/connections/{number}/schools", response=answers(Saved), operation_id="setExcludedSchools")
@needs(Right.SETTINGS)
def set_taken(request: HttpRequest, number: Number, given: SchoolsSet) -> Saved:
    """Leave out these schools and no others; a preview is placed where the next sync may remove people."""
    found = connection_of(request, number)
    done = following.chosen(request, found, schools.without(found, given.excluded), following.SCHOOLS_CHANGED)
    return _saved(found, done.changed, done.preview)


@router.post("/connections/{number}/reset", response=answers(Saved), operation_id="resetConnection")
@needs(Right.SETTINGS)
def reset(request: HttpRequest, number: Number, how: Resetting) -> Saved:
    """Reset data: forget how far the source was read, so that the next sync pulls everything."""
    found = connection_of(request, number)
    return _saved(found, [], following.reset(request, found, rebuild=how.rebuild))


@router.post("/connections/{number}/delete", response=answers(ConnectionShown), operation_id="deleteConnection")
@needs(Right.SETTINGS)
def delete(request: HttpRequest, number: Number, sure: Deleting) -> ConnectionShown:  # noqa: ARG001
    """Stop the connection for good; its people stay."""
    found = connection_of(request, number)
    following.deleted(request, found)
    return shown(found)


def _saved(found: Connection, changed: list[str], order: Order | None) -> Saved:
    return Saved(connection=shown(found), changed=changed, order=order.pk if order else None)


def _options(found: Connection) -> dict[str, Any]:
    held: dict[str, Any] = msgspec.to_builtins(options_of(found))
    return {name: held[name] for name in OptionsShown.model_fields}


def _sorted(stated: dict[str, Any]) -> dict[str, Any]:
    """Lists in one order and each once, as the page has them: equal options must have one fingerprint."""
    return {name: sorted(set(value)) if isinstance(value, list) else value for name, value in stated.items()}


def _school(each: schools.Shown) -> SchoolTaken:
    return SchoolTaken(sourced_id=each.sourced_id, name=each.name, students=each.students, teachers=each.teachers)
