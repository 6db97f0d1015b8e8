"""The API of matching: persons and whose account is theirs, deciding about them, and what waits for a decision."""

from datetime import datetime
from typing import Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Schema, Status
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import HIGHEST, Given, Id, Number, answers, group
from rosterkeeper.features.api.paging import DEFAULT, MOST
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.people import holding, queue, queue_search, rulings
from rosterkeeper.features.people.api import KindWord, Text, Uid, Wanted, account_called, district_called
from rosterkeeper.features.people.models import Person
from rosterkeeper.features.people.models import Ruling as RulingRow
from rosterkeeper.features.people.rulings import Decided
from rosterkeeper.features.people.told_rulings import Told, rulings_told
from rosterkeeper.matching.tables import Ruling

router = group("matching")


class RecordShown(Schema):
    """A source record of a person; `reason` is what joined it to the others."""

    connection: int
    sourced_id: str
    name: str
    username: str
    email: str
    identifier: str
    schools: list[str]
    is_removed: bool
    reason: str


class MightBe(Schema):
    """An account that a person might have, and the rule that says so."""

    account: str
    email: str
    username: str
    rule: str


class PersonRow(Schema):
    """A person: result and reason of matching, the account (its uid), and accounts they might have."""

    uid: str
    kind: str
    status: str
    result: str
    reason: str
    account: str | None
    account_email: str
    candidates: list[MightBe]
    record: RecordShown


class PersonsFound(Schema):
    """A page of persons, by kind and name; `more`: there are more, or only a part was looked through."""

    items: list[PersonRow]
    next: str | None
    more: bool


class PersonsGiven(Given):
    """Which persons; `school` is an org's sourcedId and needs `connection`. A search by `text` has one page."""

    text: Text = Field("", description="The beginning of a name, an e-mail address, a username or an id.")
    result: Literal["linked", "created", "disputed", "unmatched", "ignored"] = "unmatched"
    kind: KindWord = ""
    reason: Text = ""
    connection: int = Field(0, ge=0, le=HIGHEST)
    school: str = Field("", max_length=255)
    after: str = Field("", max_length=2000, description="The `next` of the page before.")
    limit: Wanted = DEFAULT


class RulingShown(Schema):
    """A decision about a source record; `ended_at` is null while it holds."""

    number: int
    connection: int
    sourced_id: str
    word: str
    account: str | None
    other_connection: int | None
    other_sourced_id: str | None
    by: str
    made_at: datetime | None
    ended_at: datetime | None


class OnePerson(Schema):
    """A person whole: every record, and every decision about them, the newest first."""

    person: PersonRow
    records: list[RecordShown]
    rulings: list[RulingShown]


class RulingGiven(Given):
    """A decision: link needs `account`, join needs `other` (a person's uid).

    It is about the leading record, or about that of `connection` and `sourced_id`, as split usually is.
    """

    word: Literal["link", "create", "ignore", "split", "join"]
    account: Text = ""
    other: Text = ""
    connection: int = Field(0, ge=0, le=HIGHEST)
    sourced_id: Id | None = None


class HeldShown(Schema):
    """What waits for a decision; null where nothing does."""

    fingerprint: str | None
    since: datetime | None
    is_discarded: bool
    reasons: list[dict[str, str | int]]


class HeldDecided(Given):
    """A decision about exactly the change of this fingerprint."""

    fingerprint: Text


@router.post("/directories/{number}/persons/search", response=answers(PersonsFound), operation_id="searchPersons")
@needs(Right.ROSTER)
def persons(request: HttpRequest, number: Number, given: PersonsGiven) -> PersonsFound:
    """The persons with a result of matching; Unmatched Users where nothing is said."""
    district = district_called(request, number)
    wanted = queue.Wanted(given.result, given.kind, given.reason, given.connection, given.school)
    number_wanted = min(given.limit, MOST)
    page = (
        queue_search.found(district.pk, wanted, given.text, number=number_wanted)
        if given.text.strip()
        else queue.persons(district.pk, wanted, after=given.after, number=number_wanted)
    )
    if page.rows:
        record("roster.listed", keys=[f"user:{each.record.connection}:{each.record.sourced_id}" for each in page.rows])
    return PersonsFound(
        items=[_row(each) for each in page.rows], next=page.after or None, more=bool(page.after) or page.is_partial
    )


@router.get("/directories/{number}/persons/{uid}", response=answers(OnePerson), operation_id="getMatchedPerson")
@needs(Right.ROSTER)
def person(request: HttpRequest, number: Number, uid: Uid) -> OnePerson:
    """One person with their records and the decisions about them."""
    found = _person(district_called(request, number), uid)
    record("roster.seen", about=f"user:{found.connection_id}:{found.sourced_id}", details={"page": "api"})
    return OnePerson(
        person=_row(queue.waiting([found])[0]),
        records=[_record(each) for each in queue.records_of(found)],
        rulings=_told(rulings.of_person(found)),
    )


@router.post(
    "/directories/{number}/persons/{uid}/rulings", response=answers(RulingShown, 201), operation_id="decideAboutPerson"
)
@needs(Right.RUN)
def decide(request: HttpRequest, number: Number, uid: Uid, given: RulingGiven) -> Status[RulingShown]:
    """Decide about a person; matching follows within seconds, and the decision holds through later syncs."""
    district = district_called(request, number)
    decided = Decided(
        Ruling(given.word),
        account_called(district, given.account) if given.account else None,
        _person(district, given.other) if given.other else None,
    )
    at = (given.connection, given.sourced_id) if given.connection and given.sourced_id else None
    made = rulings.rule(_person(district, uid), decided, by=request.user.pk or 0, at=at)
    return Status(201, _told([made])[0])


@router.delete("/directories/{number}/rulings/{ruling}", response=answers(RulingShown), operation_id="takeBackRuling")
@needs(Right.RUN)
def take_back(request: HttpRequest, number: Number, ruling: Number) -> RulingShown:
    """Take a decision back, so that the rules decide again."""
    district = district_called(request, number)
    found = get_object_or_404(RulingRow, pk=ruling, district_id=district.pk)
    rulings.take_back(found)
    found.refresh_from_db()
    return _told([found])[0]


@router.get("/directories/{number}/held", response=answers(HeldShown), operation_id="getHeldAccounts")
@needs(Right.SEE)
def held(request: HttpRequest, number: Number) -> HeldShown:
    """What of the accounts waits for a decision."""
    return _held(district_called(request, number).pk)


@router.post("/directories/{number}/held/approve", response=answers(HeldShown), operation_id="approveHeldAccounts")
@needs(Right.RUN)
def approve(request: HttpRequest, number: Number, given: HeldDecided) -> HeldShown:
    """Let it happen with the next matching."""
    district = district_called(request, number)
    holding.approve(district.pk, given.fingerprint)
    return _held(district.pk)


@router.post("/directories/{number}/held/discard", response=answers(HeldShown), operation_id="discardHeldAccounts")
@needs(Right.RUN)
def discard(request: HttpRequest, number: Number, given: HeldDecided) -> HeldShown:
    """Let it not happen, and ask no more until it is something else."""
    district = district_called(request, number)
    holding.discard(district.pk, given.fingerprint, by=request.user.pk or 0)
    return _held(district.pk)


def _person(district: District, uid: str) -> Person:
    return get_object_or_404(Person, district_id=district.pk, uid=uid)


def _row(each: queue.Waits) -> PersonRow:
    found = each.person
    return PersonRow(
        uid=found.uid,
        kind=found.kind,
        status=found.status,
        result=found.result,
        reason=found.reason,
        account=each.account.uid if each.account else None,
        account_email=each.account.email if each.account else "",
        candidates=[
            MightBe(account=account.uid, email=account.email, username=account.username, rule=rule)
            for account, rule in each.candidates
        ],
        record=_record(each.record),
    )


def _record(each: queue.Speaks) -> RecordShown:
    return RecordShown(**{name: getattr(each, name) for name in RecordShown.model_fields})


def _told(rows: list[RulingRow]) -> list[RulingShown]:
    words = {each.pk: each.word for each in rows}
    return [_ruling(each, words[each.number]) for each in rulings_told(rows)]


def _ruling(each: Told, word: str) -> RulingShown:
    return RulingShown(
        number=each.number,
        connection=each.connection,
        sourced_id=each.sourced_id,
        word=word,
        account=each.account_uid or None,
        other_connection=each.other_connection or None,
        other_sourced_id=each.other_sourced_id or None,
        by=each.by,
        made_at=each.made_at,
        ended_at=each.ended_at,
    )


def _held(district: int) -> HeldShown:
    waits = holding.waiting(district)
    if waits is None:
        return HeldShown(fingerprint=None, since=None, is_discarded=False, reasons=[])
    told: list[dict[str, str | int]] = [
        {"code": each.code, "says": each.says, "todo": each.todo, "number": each.number, "of": each.of}
        for each in waits.reasons
    ]
    return HeldShown(fingerprint=waits.fingerprint, since=waits.since, is_discarded=waits.is_discarded, reasons=told)
