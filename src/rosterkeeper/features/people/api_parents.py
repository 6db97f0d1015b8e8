"""The API of families, and of people as a product is told of them: of the kinds that it needs and of no other (R22).

What is searched for is personal, so it travels in a body.
"""

from collections.abc import Iterable
from typing import Annotated, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Schema
from pydantic import Field

from rosterkeeper.features.accounts.kinds import KINDS, by_kind, kinds_of, need_kind
from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import HIGHEST, Given, Number, answers, group, need_all_schools
from rosterkeeper.features.api.paging import DEFAULT, MOST, After, Limit
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.scope import districts_seen
from rosterkeeper.features.people import consumers, left_out, parents

router = group("directory")

Fact = Annotated[str, Field(max_length=255)]


class ChildShown(Schema):
    """A child of a parent, or a parent of a student; `person` is the uid."""

    person: str
    connection: int
    sourced_id: str
    name: str
    relationship: str


class ParentShown(Schema):
    """A parent; without an account that is active there is no access to what parents are for."""

    person: str
    kind: str
    connection: int
    sourced_id: str
    name: str
    email: str
    account: str = Field(description="The account's uid; blank for none.")
    has_access: bool
    children: list[ChildShown]


class ParentsGiven(Given):
    """Which parents are listed."""

    text: str = Field("", max_length=200, description="Beginnings of names, e-mail address, username or id.")
    kind: Literal["parent", "staff", "student"] = "parent"
    after: str = Field("", max_length=2000, description="The `next` of the page before.")
    limit: Annotated[int, Field(ge=1, description=f"How many at most; more than {MOST} are {MOST}.")] = DEFAULT


class ParentsFound(Schema):
    """A page of parents, in the order of names."""

    items: list[ParentShown]
    next: str | None


class LeftOutAsked(Schema):
    """Which of those left out are listed; a school is a sourcedId and needs `connection`."""

    code: Fact = ""
    connection: Annotated[int, Field(ge=0, le=HIGHEST)] = 0
    school: Fact = ""
    after: Annotated[str, Field(max_length=2000, description="The `next` of the page before.")] = ""
    limit: Annotated[int, Field(ge=1, description=f"How many at most; more than {MOST} are {MOST}.")] = DEFAULT


class LeftOutFound(Schema):
    """A page of parents who were not synced, and how many there are for each reason."""

    items: list[left_out.LeftOut]
    numbers: dict[str, int]
    next: str | None


class PeopleConsumed(Schema):
    """A page of people of one kind."""

    items: list[consumers.Consumed]
    next: int | None = Field(description="Give this as `after` for the page behind this one; null where there is none.")


@router.post("/directories/{number}/parents/search", response=answers(ParentsFound), operation_id="searchParents")
@needs(Right.ROSTER)
def search(request: HttpRequest, number: Number, given: ParentsGiven) -> ParentsFound:
    """The parents of a district with their children."""
    _district(request, number)
    wanted = parents.Wanted(given.text, given.kind)
    page = parents.parents(number, wanted, after=given.after, number=min(given.limit, MOST))
    _seen((each.record.connection, each.record.sourced_id) for each in page.rows)
    return ParentsFound(items=[_parent(each) for each in page.rows], next=page.after or None)


@router.get("/directories/{number}/parents/left-out", response=answers(LeftOutFound), operation_id="listLeftOutParents")
@needs(Right.ROSTER)
def listed_left_out(request: HttpRequest, number: Number, asked: Query[LeftOutAsked]) -> LeftOutFound:
    """The parents whom a sync left out, each with the reason and the next step; nothing else of them is kept."""
    _district(request, number)
    wanted = left_out.Wanted(asked.code, asked.connection, asked.school)
    page = left_out.left_out(number, wanted, after=asked.after, number=min(asked.limit, MOST))
    return LeftOutFound(items=page.rows, numbers=left_out.numbers(number), next=page.after or None)


@router.get("/directories/{number}/people", response=answers(PeopleConsumed), operation_id="listPeopleByKind")
@needs(Right.ROSTER)
@by_kind
def people(
    request: HttpRequest,
    number: Number,
    kind: Literal["student", "staff", "parent"],
    after: After = 0,
    limit: Limit = DEFAULT,
) -> PeopleConsumed:
    """The people of one kind who are in the roster now, for a product: a token may be limited to kinds.

    A parent who was left out of the sync is not among them.
    """
    _district(request, number)
    need_kind(request, kind)
    kinds = kinds_of(request)
    page = consumers.people(number, kind, KINDS if kinds is None else kinds, after=after, number=min(limit, MOST))
    _seen((each.connection, each.sourced_id) for each in page.people)
    return PeopleConsumed(items=page.people, next=page.after or None)


def _district(request: HttpRequest, number: int) -> None:
    need_all_schools(request)
    get_object_or_404(districts_seen(request), id=number)


def _seen(keys: Iterable[tuple[int, str]]) -> None:
    """Write down whose data was handed out."""
    told = [f"user:{connection}:{sourced_id}" for connection, sourced_id in keys]
    if told:
        record("roster.listed", keys=told)


def _parent(each: parents.Parent) -> ParentShown:
    return ParentShown(
        person=each.person.uid,
        kind=each.person.kind,
        connection=each.record.connection,
        sourced_id=each.record.sourced_id,
        name=each.record.name,
        email=each.record.email,
        account=each.account.uid if each.account else "",
        has_access=each.has_access,
        children=[
            ChildShown(
                person=child.person.uid,
                connection=child.record.connection,
                sourced_id=child.record.sourced_id,
                name=child.record.name,
                relationship=child.relationship,
            )
            for child in each.children
        ],
    )
