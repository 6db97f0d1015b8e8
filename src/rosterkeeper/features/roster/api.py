"""The API of the roster: schools, classes, terms, people, data health, and why somebody is missing.

Whoever calls sees the people of the schools that account and token are limited to, like the pages. What is searched for
is personal, so it travels in a body; addresses hold ids alone.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from django.http import Http404, HttpRequest
from ninja import Path, Schema
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import HIGHEST, Given, Number, answers, group
from rosterkeeper.features.api.paging import DEFAULT, MOST
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.roster import listing, places, trends, why
from rosterkeeper.features.roster import person as persons
from rosterkeeper.features.roster.pages.reader import scope_of, source, sources
from rosterkeeper.job.words import Change

router = group("roster")

SourcedId = Annotated[str, Path(min_length=1, max_length=255)]
Fact = Annotated[str, Field(max_length=255)]
Wanted = Annotated[int, Field(ge=1, description=f"How many at most; more than {MOST} are {MOST}.")]
_STATES: dict[str, bool | None] = {"live": False, "removed": True, "both": None}


class SourceShown(Schema):
    """A connection's roster; `totals` is for who sees all schools. A removed connection's people are unmanaged."""

    connection: int
    name: str
    district: str
    is_unmanaged: bool
    built_at: datetime | None = Field(description="When lists and numbers were brought up to the roster.")
    is_current: bool
    totals: dict[str, int]


class Sources(Schema):
    """Every connection whose people are in sight."""

    items: list[SourceShown]


class OrgShown(Schema):
    """A school or another org with its numbers."""

    sourced_id: str
    name: str
    identifier: str
    kind: str
    students: int
    teachers: int
    people: int
    classes: int


class Orgs(Schema):
    """The orgs of a connection."""

    items: list[OrgShown]


class Terms(Schema):
    """The academic sessions of a connection."""

    items: list[places.Term]


class PeopleGiven(Given):
    """Which people are listed; what is left out is any."""

    text: str = Field("", max_length=200, description="Beginnings of names, e-mail address, username or id.")
    connection: int = Field(0, ge=0, le=HIGHEST)
    school: Fact = Field("", description="A sourcedId; needs `connection`.")
    role: Fact = ""
    grade: Fact = ""
    issue: Literal["", *trends.OF_PEOPLE] = ""  # type: ignore[valid-type]
    state: Literal["live", "removed", "both"] = "live"
    after: str = Field("", max_length=2000, description="The `next` of the page before.")
    limit: Wanted = DEFAULT


class PeopleFound(Schema):
    """A page of people, in the order of names."""

    items: list[listing.Listed]
    next: str | None


class ClassesGiven(Given):
    """Which classes are listed; what is left out is any."""

    text: str = Field("", max_length=200, description="Beginnings of the title's words, of the code or the id.")
    school: Fact = ""
    term: Fact = ""
    issue: Literal["", *trends.OF_CLASSES] = ""  # type: ignore[valid-type]
    after: Fact = Field("", description="The `next` of the page before.")
    limit: Wanted = DEFAULT


class ClassesFound(Schema):
    """A page of classes, by title."""

    items: list[places.Taught]
    next: str | None


class PersonShown(Schema):
    """A person whole, and what the engine decided about them."""

    person: persons.Person
    reasons: list[why.Reason]


class ChangeShown(Schema):
    """What one run did to one record; the fields as (field, before, after)."""

    run: int
    applied_at: str
    action: str
    entity: str
    sourced_id: str
    op: str
    fields: list[tuple[str, str, str]]


class History(Schema):
    """What the runs did to a person's records, the newest first, as far as snapshots are kept."""

    items: list[ChangeShown]


class HealthShown(Schema):
    """What is amiss in a connection's roster: each measure with its trend, and each school's numbers."""

    measures: list[trends.Trend]
    schools: dict[str, dict[str, int]]


class MissingGiven(Given):
    """Who is missed."""

    typed: str = Field(min_length=1, max_length=200, description="A sourcedId, a name or an e-mail address.")


class Answers(Schema):
    """What became of each of those that may be meant."""

    items: list[why.Explained]


@router.get("/roster", response=answers(Sources), operation_id="listRosters")
@needs(Right.ROSTER)
def rosters(request: HttpRequest) -> Sources:
    """Every connection's roster at a glance."""
    scope = scope_of(request)
    items = [
        SourceShown(
            connection=each.number,
            name=each.name,
            district=each.district,
            is_unmanaged=each.is_unmanaged,
            built_at=each.built_at,
            is_current=each.is_current,
            totals=trends.totals(each.number) if scope.is_all else {},
        )
        for each in sources(scope)
    ]
    return Sources(items=items)


@router.post("/roster/people", response=answers(PeopleFound), operation_id="searchPeople")
@needs(Right.ROSTER)
def people(request: HttpRequest, given: PeopleGiven) -> PeopleFound:
    """The people that are wanted and in sight."""
    wanted = listing.Wanted(
        text=given.text,
        connection=given.connection,
        school=given.school if given.connection else "",
        role=given.role,
        grade=given.grade,
        issue=given.issue,
        removed=_STATES[given.state],
    )
    page = listing.people(scope_of(request), wanted, after=given.after, number=min(given.limit, MOST))
    _seen("roster.listed", page.people)
    return PeopleFound(items=page.people, next=page.after or None)


@router.get("/roster/{number}/people/{path:sourced_id}", response=answers(PersonShown), operation_id="getPerson")
@needs(Right.ROSTER)
def person(request: HttpRequest, number: Number, sourced_id: SourcedId) -> PersonShown:
    """One person, with everything that the source says of them."""
    scope = scope_of(request)
    source(scope, number)
    found = persons.person(scope, number, sourced_id)
    if found is None:
        raise Http404
    explained = why.explained(scope, number, sourced_id)
    record("roster.seen", about=f"user:{number}:{sourced_id}", details={"page": "api"})
    return PersonShown(person=found, reasons=explained.reasons if explained else [])


@router.get("/roster/{number}/history/{path:sourced_id}", response=answers(History), operation_id="getHistory")
@needs(Right.ROSTER)
def history(request: HttpRequest, number: Number, sourced_id: SourcedId) -> History:
    """What the runs did to a person's records; takes a second. For who sees all schools."""
    scope = scope_of(request)
    source(scope, number)
    changes = persons.history(scope, number, sourced_id)
    if changes is None:
        raise Http404
    record("roster.seen", about=f"user:{number}:{sourced_id}", details={"page": "api"})
    return History(items=[_change(each) for each in changes])


@router.get("/roster/{number}/schools", response=answers(Orgs), operation_id="listSchools")
@needs(Right.ROSTER)
def schools(request: HttpRequest, number: Number) -> Orgs:
    """The schools and other orgs of a connection that are in sight, by name."""
    scope = scope_of(request)
    source(scope, number)
    return Orgs(items=[_org(each) for each in places.schools(scope, number)])


@router.get("/roster/{number}/schools/{path:sourced_id}", response=answers(OrgShown), operation_id="getSchool")
@needs(Right.ROSTER)
def school(request: HttpRequest, number: Number, sourced_id: SourcedId) -> OrgShown:
    """One school with its numbers."""
    scope = scope_of(request)
    source(scope, number)
    found = next((each for each in places.schools(scope, number) if each.sourced_id == sourced_id), None)
    if found is None:
        raise Http404
    return _org(found)


@router.get("/roster/{number}/terms", response=answers(Terms), operation_id="listTerms")
@needs(Right.ROSTER)
def terms(request: HttpRequest, number: Number) -> Terms:
    """The academic sessions of a connection, the latest first."""
    source(scope_of(request), number)
    return Terms(items=places.terms(number))


@router.post("/roster/{number}/classes", response=answers(ClassesFound), operation_id="searchClasses")
@needs(Right.ROSTER)
def classes(request: HttpRequest, number: Number, given: ClassesGiven) -> ClassesFound:
    """The classes that are wanted and in sight; a title may name a teacher, so what is searched for is in the body."""
    scope = scope_of(request)
    source(scope, number)
    wanted = places.ClassesWanted(
        text=given.text, connection=number, school=given.school, term=given.term, issue=given.issue
    )
    page = places.classes(scope, wanted, after=given.after, number=min(given.limit, MOST))
    return ClassesFound(items=page.classes, next=page.after or None)


@router.get("/roster/{number}/classes/{path:sourced_id}", response=answers(places.ClassRecord), operation_id="getClass")
@needs(Right.ROSTER)
def one_class(request: HttpRequest, number: Number, sourced_id: SourcedId) -> places.ClassRecord:
    """One class: who teaches and who learns in it."""
    scope = scope_of(request)
    source(scope, number)
    found = places.class_record(scope, number, sourced_id)
    if found is None:
        raise Http404
    record("roster.seen", about=f"class:{number}:{sourced_id}", details={"page": "api"})
    return found


@router.get("/roster/{number}/health", response=answers(HealthShown), operation_id="getHealth")
@needs(Right.ROSTER)
def health(request: HttpRequest, number: Number) -> HealthShown:
    """What is amiss in a connection's roster, and how that went."""
    scope = scope_of(request)
    source(scope, number)
    return HealthShown(measures=trends.health(scope, number), schools=trends.by_school(scope, number))


@router.post("/roster/missing", response=answers(Answers), operation_id="whyMissing")
@needs(Right.ROSTER)
def missing(request: HttpRequest, given: MissingGiven) -> Answers:
    """Why is this student missing? Answered from what the engine decided."""
    told = why.asked_for(scope_of(request), given.typed)
    _seen("roster.listed", [each.person for each in told if each.person])
    return Answers(items=told)


def _seen(action: str, found: Iterable[listing.Listed]) -> None:
    """Write down whose data was handed out."""
    keys = [f"user:{each.connection}:{each.sourced_id}" for each in found]
    if keys:
        record(action, keys=keys)


def _org(each: places.School) -> OrgShown:
    return OrgShown(
        sourced_id=each.sourced_id,
        name=each.name,
        identifier=each.identifier,
        kind=each.kind,
        students=each.students,
        teachers=each.teachers,
        people=each.people,
        classes=each.classes,
    )


def _change(each: Change) -> ChangeShown:
    return ChangeShown(**msgspec.structs.asdict(each))
