"""The API of directories: their numbers and settings, and accounts with what is changed of them by hand.

What is searched for is personal, so it travels in a body. Whoever is limited to schools sees no directory: an account
belongs to a district.
"""

import json
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Path, Schema, Status
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import Given, Number, answers, group, need_all_schools
from rosterkeeper.features.api.paging import DEFAULT, MOST
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.connections.scope import districts_seen
from rosterkeeper.features.people import hand, listing, saving
from rosterkeeper.features.people.models import DirectoryAccount, Person
from rosterkeeper.features.people.summary import summary
from rosterkeeper.matching.lifecycle_options import LifeOptions, life_options
from rosterkeeper.matching.rules import Normalisers, parse

router = group("directory")

Uid = Annotated[str, Path(min_length=1, max_length=64, description="An account's or a person's `uid`.")]
Text = Annotated[str, Field(max_length=200)]
Wanted = Annotated[int, Field(ge=1, description=f"How many at most; more than {MOST} are {MOST}.")]
KindWord = Literal["", "staff", "student", "parent"]


class DirectoryShown(Schema):
    """A district's directory in numbers: active persons by kind and result, accounts linked, unmatched and purged."""

    district: int
    name: str
    mode: str
    matched_at: str = Field(description="RFC 3339; blank before the first matching.")
    is_current: bool
    persons: dict[str, dict[str, int]]
    accounts: dict[str, int]
    waits: bool = Field(description="Whether a change of accounts waits for a decision.")


class Directories(Schema):
    """Every district in sight."""

    items: list[DirectoryShown]


class AccountShown(Schema):
    """An account; `kept` are the fields that were changed by hand, `person` the uid of whom it belongs to."""

    uid: str
    origin: str
    external_id: str
    kind: str
    username: str
    email: str
    given_name: str
    family_name: str
    display_name: str
    sourced_id: str
    user_master_identifier: str
    identifier: str
    status: str
    suspended_by: str
    suspended_at: str
    kept: list[str]
    person: str | None


class AccountsFound(Schema):
    """A page of accounts by name; `more`: there are more, or only a part was looked through."""

    items: list[AccountShown]
    next: str | None
    more: bool


class AccountsGiven(Given):
    """Which accounts; what is left out is any. A search by `text` has one page."""

    text: Text = Field("", description="The beginning of a name, an e-mail address, a username or an id.")
    status: Literal["", "active", "suspended", "purged"] = ""
    kind: KindWord = ""
    origin: Literal["", "csv", "scim", "sync", "hand"] = ""
    linked: bool | None = None
    after: str = Field("", max_length=2000, description="The `next` of the page before.")
    limit: Wanted = DEFAULT


class AccountGiven(Given):
    """An account's fields; of a change, what is left out stays."""

    username: Text | None = None
    email: Text | None = None
    given_name: Text | None = None
    family_name: Text | None = None
    display_name: Text | None = None
    kind: KindWord | None = None
    sourced_id: Text | None = None
    user_master_identifier: Text | None = None
    identifier: Text | None = None
    external_id: Text | None = None


class RuleShown(Schema):
    """A rule: what of the roster is held against what of the account (blank: the same), of a userId its type."""

    key: str
    type: str = ""
    field: str | None = None


class LifeShown(Schema):
    """What becomes of leavers; `limits` are shares in percent beyond which a change waits."""

    retention_days: int
    suspend_linked: bool
    disabled_leave: bool = Field(description="Whether enabledUser=false counts as having left.")
    limits: dict[str, float]


class SettingsShown(Schema):
    """How a district's people are matched; docs/matching.md says what each does."""

    mode: str
    rules: dict[str, list[RuleShown]]
    normalisers: dict[str, bool]
    domains: dict[str, str]
    life: LifeShown


class RuleGiven(Given):
    """A rule."""

    key: Text
    type: Text = ""
    field: Text | None = None


class SettingsGiven(Given):
    """What is to be changed of the settings; what is left out stays, and so do the rules of a kind left out."""

    mode: Literal["match", "create", "create_teachers"] | None = None
    rules: dict[Literal["staff", "student", "parent"], list[RuleGiven]] | None = None
    normalisers: dict[Literal["case", "spaces", "unicode", "plus"], bool] | None = None
    domains: dict[str, str] | None = Field(None, max_length=500)
    retention_days: int | None = Field(None, ge=0, le=36500)
    suspend_linked: bool | None = None
    disabled_leave: bool | None = None
    limits: dict[Literal["leave", "unlink", "create", "purge", "floor"], float] | None = None


def district_called(request: HttpRequest, number: int) -> District:
    """The district of a call that shows people, if it is in sight; whoever is limited to schools is refused."""
    found = get_object_or_404(districts_seen(request), id=number)
    need_all_schools(request)
    return found


def account_called(district: District, uid: str) -> DirectoryAccount:
    """One of the district's accounts; Http404 where it has none of that id."""
    return get_object_or_404(DirectoryAccount, district_id=district.pk, uid=uid)


def settings_stated(number: int, given: SettingsGiven) -> tuple[str, dict[str, object], dict[str, object]]:
    """Mode, rules and options of a district with what is given in their places; SettingsError where it is nonsense."""
    row = saving.row_of(number)
    kept, life = saving.settings_of(number)
    rules = saving.written(kept.rules)
    for kind, stated in (given.rules or {}).items():
        rules[kind] = [each.model_dump(exclude_defaults=True) for each in stated]
    normalisers = {name: getattr(kept.normalisers, name) for name in Normalisers.__struct_fields__}
    options = {
        **row.options,
        "normalisers": normalisers | (given.normalisers or {}),
        "domains": dict(kept.domains) if given.domains is None else given.domains,
        "life": _life(life, given),
    }
    mode = given.mode or row.mode
    return mode, saving.written(parse(mode, rules, options).rules), options


@router.get("/directories", response=answers(Directories), operation_id="listDirectories")
@needs(Right.SEE)
def directories(request: HttpRequest) -> Directories:
    """Every district's directory in numbers."""
    return Directories(items=[_directory(each) for each in districts_seen(request)])


@router.get("/directories/{number}/settings", response=answers(SettingsShown), operation_id="getDirectorySettings")
@needs(Right.SETTINGS)
def settings(request: HttpRequest, number: Number) -> SettingsShown:
    """How the district's people are matched."""
    get_object_or_404(districts_seen(request), id=number)
    return _settings(number)


@router.patch("/directories/{number}/settings", response=answers(SettingsShown), operation_id="changeDirectorySettings")
@needs(Right.SETTINGS)
def change_settings(request: HttpRequest, number: Number, given: SettingsGiven) -> SettingsShown:
    """Change how they are matched; everybody is matched anew within seconds."""
    get_object_or_404(districts_seen(request), id=number)
    mode, rules, options = settings_stated(number, given)
    saving.save(number, mode=mode, rules=rules, options=options)
    return _settings(number)


@router.post("/directories/{number}/accounts/search", response=answers(AccountsFound), operation_id="searchAccounts")
@needs(Right.ROSTER)
def accounts(request: HttpRequest, number: Number, given: AccountsGiven) -> AccountsFound:
    """The accounts that are wanted, by name."""
    district = district_called(request, number)
    wanted = listing.Wanted(given.text, given.status, given.kind, given.origin, given.linked)
    page = listing.accounts(district.pk, wanted, after=given.after, number=min(given.limit, MOST))
    if page.rows:
        record("people.listed", keys=[f"directory:{number}:{each.account.uid}" for each in page.rows])
    items = [shown(each.account, each.person) for each in page.rows]
    return AccountsFound(items=items, next=page.after or None, more=bool(page.after) or page.is_partial)


@router.get("/directories/{number}/accounts/{uid}", response=answers(AccountShown), operation_id="getAccount")
@needs(Right.ROSTER)
def account(request: HttpRequest, number: Number, uid: Uid) -> AccountShown:
    """One account."""
    found = account_called(district_called(request, number), uid)
    record("people.account_seen", about=f"directory:{number}:{found.uid}")
    return _whole(found)


@router.post("/directories/{number}/accounts", response=answers(AccountShown, 201), operation_id="addDirectoryAccount")
@needs(Right.RUN)
def add(request: HttpRequest, number: Number, given: AccountGiven) -> Status[AccountShown]:
    """Add an account by hand."""
    district = district_called(request, number)
    values = {name: value or "" for name, value in given.model_dump(exclude_none=True).items()}
    return Status(201, _whole(hand.add(district.pk, values)))


@router.patch(
    "/directories/{number}/accounts/{uid}", response=answers(AccountShown), operation_id="changeDirectoryAccount"
)
@needs(Right.RUN)
def change(request: HttpRequest, number: Number, uid: Uid, given: AccountGiven) -> AccountShown:
    """Change fields by hand; they stay so until they are released."""
    found = account_called(district_called(request, number), uid)
    hand.edit(found, given.model_dump(exclude_none=True))
    return _whole(found)


@router.post(
    "/directories/{number}/accounts/{uid}/suspend", response=answers(AccountShown), operation_id="suspendAccount"
)
@needs(Right.RUN)
def suspend(request: HttpRequest, number: Number, uid: Uid) -> AccountShown:
    """Suspend an account until somebody restores it."""
    found = account_called(district_called(request, number), uid)
    hand.suspend(found)
    return _whole(found)


@router.post(
    "/directories/{number}/accounts/{uid}/restore", response=answers(AccountShown), operation_id="restoreAccount"
)
@needs(Right.RUN)
def restore(request: HttpRequest, number: Number, uid: Uid) -> AccountShown:
    """Make a suspended account active again."""
    found = account_called(district_called(request, number), uid)
    hand.restore(found)
    return _whole(found)


@router.delete(
    "/directories/{number}/accounts/{uid}/kept/{field}", response=answers(AccountShown), operation_id="releaseField"
)
@needs(Right.RUN)
def release(request: HttpRequest, number: Number, uid: Uid, field: Uid) -> AccountShown:
    """Let a field that was changed by hand follow the roster or the directory again."""
    found = account_called(district_called(request, number), uid)
    hand.release(found, field)
    return _whole(found)


def shown(found: DirectoryAccount, person: Person | None) -> AccountShown:
    """An account as calls tell it."""
    told: dict[str, Any] = {name: getattr(found, name) for name in AccountShown.model_fields if hasattr(found, name)}
    return AccountShown(**told, kept=listing.sticky_of(found), person=person.uid if person else None)


def _whole(found: DirectoryAccount) -> AccountShown:
    return shown(found, Person.objects.filter(account_id=found.pk, district_id=found.district_id).first())


def _directory(each: District) -> DirectoryShown:
    stands = summary(each.pk)
    return DirectoryShown(
        district=each.pk,
        name=each.name,
        mode=stands.mode,
        matched_at=stands.standing.matched_at,
        is_current=stands.standing.is_current,
        persons=stands.persons,
        accounts=stands.directory,
        waits=stands.held is not None and not stands.held.is_discarded,
    )


def _settings(number: int) -> SettingsShown:
    kept, life = saving.settings_of(number)
    limits = {name: float(getattr(life.limits, name)) for name in life.limits.__struct_fields__}
    return SettingsShown(
        mode=str(kept.mode),
        rules=json.loads(json.dumps(saving.written(kept.rules))),
        normalisers={name: getattr(kept.normalisers, name) for name in Normalisers.__struct_fields__},
        domains=dict(kept.domains),
        life=LifeShown(
            retention_days=life.retention_days,
            suspend_linked=life.suspend_linked,
            disabled_leave=life.disabled_leave,
            limits=limits,
        ),
    )


def _life(life: LifeOptions, given: SettingsGiven) -> dict[str, object]:
    limits: dict[str, object] = {name: getattr(life.limits, name) for name in life.limits.__struct_fields__}
    stated = {name: int(value) if name == "floor" else value for name, value in (given.limits or {}).items()}
    made: dict[str, object] = {
        "retention_days": life.retention_days if given.retention_days is None else given.retention_days,
        "suspend_linked": life.suspend_linked if given.suspend_linked is None else given.suspend_linked,
        "disabled_leave": life.disabled_leave if given.disabled_leave is None else given.disabled_leave,
        "limits": limits | stated,
    }
    life_options({"life": made})
    return made
