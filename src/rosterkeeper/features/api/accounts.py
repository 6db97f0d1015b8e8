"""The API of accounts and tokens, for administrators; they lie below this room, so their operations stand here."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Schema, Status
from pydantic import AfterValidator, Field

from rosterkeeper.features.accounts import kinds, mailing, tokens, workflow
from rosterkeeper.features.accounts.directory import address_of
from rosterkeeper.features.accounts.managed import (
    account_of,
    accounts_seen,
    check_given,
    districts_given,
    token_of,
    tokens_seen,
)
from rosterkeeper.features.accounts.models import Account, ApiToken
from rosterkeeper.features.accounts.rights import Right, Role, needs
from rosterkeeper.features.api.calls import HIGHEST, Given, Id, Number, answers, group

router = group("accounts")


def _address(text: str) -> str:
    name, _, host = text.partition("@")
    if not name or "." not in host or any(letter.isspace() for letter in text):
        raise ValueError("an e-mail address")
    return text


class SchoolSeen(Given):
    """A school that an account or token is limited to: an org of a connection's roster."""

    connection: int = Field(ge=1, le=HIGHEST)
    school: Id


Schools = Annotated[list[SchoolSeen], Field(max_length=1000)]
Districts = Annotated[
    list[Annotated[int, Field(ge=1, le=HIGHEST)]] | None,
    Field(max_length=1000, description="Numbers of districts; [] is all of them, which only a vendor's may say."),
]


class AccountShown(Schema):
    """Somebody who may sign in; `is_invited`: they have set no password yet."""

    id: int
    email: str
    name: str
    role: str
    is_active: bool
    is_invited: bool
    created_at: datetime
    schools: list[SchoolSeen]
    districts: list[int] = Field(description="Blank: all, as for a vendor's own people.")


class Accounts(Schema):
    """Every account; there are never so many that they are cut into pages."""

    items: list[AccountShown]


class RoleGiven(Given):
    """What an account is; a school viewer needs at least one school."""

    role: Role
    schools: Schools = Field(default_factory=list)
    districts: Districts = Field(None, description="Left out: as before; of a new account those of who invites.")


class Invited(RoleGiven):
    """Who is let in, and as what."""

    email: Annotated[str, Field(max_length=254), AfterValidator(_address)]
    name: str = Field("", max_length=200)


class Linked(Schema):
    """An account and its one-time link, which is shown once; `is_mailed` says that it was sent by mail, too."""

    account: AccountShown
    link: str
    is_mailed: bool


class AccountReset(Given):
    """How an account is reset."""

    second_factor: bool = Field(False, description="Take the second factor away, too.")


class TokenShown(Schema):
    """A token, of which only the beginning is known; no `schools`: all that its account sees."""

    id: int
    account: int
    name: str
    hint: str
    scopes: list[str]
    schools: list[SchoolSeen]
    districts: list[int] = Field(description="Blank: all that its account sees.")
    kinds: list[str] = Field(description="Of which kinds it is told (student, staff, parent, class); blank: of all.")
    made_at: datetime
    until: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


class TokenMade(TokenShown):
    """A new token."""

    token: str = Field(description="It is shown once and kept nowhere.")


class Tokens(Schema):
    """Every token; there are never so many that they are cut into pages."""

    items: list[TokenShown]


class TokenGiven(Given):
    """What a token is for; it acts as the account of the token that makes it, and can do no more than that one."""

    name: str = Field(min_length=1, max_length=100)
    scopes: list[Right] = Field(min_length=1, max_length=10)
    days: int = Field(365, ge=0, le=3650, description="0: until it is revoked.")
    schools: Schools = Field(default_factory=list)
    districts: Districts = Field(None, description="Left out: those of the token that makes it.")
    kinds: list[Literal["student", "staff", "parent", "class"]] = Field(
        default_factory=list, description="Of which kinds it is told; left out: of all."
    )


@router.get("/accounts", response=answers(Accounts), operation_id="listAccounts")
@needs(Right.ACCOUNTS)
def accounts(request: HttpRequest) -> Accounts:
    """Every account in sight, by e-mail address."""
    return Accounts(items=[_account(each) for each in accounts_seen(request)])


@router.post("/accounts", response=answers(Linked, 201), operation_id="inviteAccount")
@needs(Right.ACCOUNTS)
def invite(request: HttpRequest, response: HttpResponse, given: Invited) -> Status[Linked]:
    """Let somebody in: the link sets their password."""
    schools, districts = _chosen(given.schools), districts_given(request, given.districts or ())
    workflow.check_schools(given.role, schools)
    check_given(request, districts, schools)
    made, secret = workflow.invite(given.email, role=given.role, name=given.name, schools=schools, districts=districts)
    return Status(201, _linked(request, response, made, secret))


@router.patch("/accounts/{number}", response=answers(AccountShown), operation_id="setRole")
@needs(Right.ACCOUNTS)
def set_role(request: HttpRequest, number: Number, given: RoleGiven) -> AccountShown:
    """Give an account another role; it has to sign in anew."""
    found, schools = account_of(request, number), _chosen(given.schools)
    workflow.check_schools(given.role, schools)
    held = [each.district_id for each in found.districts.all()]
    check_given(request, held if given.districts is None else given.districts, schools)
    workflow.set_role(found, given.role, schools, given.districts)
    return _account(account_of(request, number))


@router.post("/accounts/{number}/disable", response=answers(AccountShown), operation_id="disableAccount")
@needs(Right.ACCOUNTS)
def disable(request: HttpRequest, number: Number) -> AccountShown:
    """Let the account in no more; its sessions, links and tokens end at once."""
    found = account_of(request, number)
    workflow.disable(found)
    return _account(found)


@router.post("/accounts/{number}/enable", response=answers(AccountShown), operation_id="enableAccount")
@needs(Right.ACCOUNTS)
def enable(request: HttpRequest, number: Number) -> AccountShown:
    """Let a disabled account in again."""
    found = account_of(request, number)
    workflow.enable(found)
    return _account(found)


@router.post("/accounts/{number}/reset", response=answers(Linked), operation_id="resetAccount")
@needs(Right.ACCOUNTS)
def reset(request: HttpRequest, response: HttpResponse, number: Number, how: AccountReset) -> Linked:
    """A one-time link for a new password; the account's sessions end at once."""
    found = account_of(request, number)
    return _linked(request, response, found, workflow.reset(found, second_factor=how.second_factor))


@router.post("/accounts/{number}/sign-out", response=answers(AccountShown), operation_id="signOutAccount")
@needs(Right.ACCOUNTS)
def sign_out(request: HttpRequest, number: Number) -> AccountShown:
    """End every session of the account."""
    found = account_of(request, number)
    workflow.sign_out(found)
    return _account(found)


@router.get("/tokens", response=answers(Tokens), operation_id="listTokens")
@needs(Right.ACCOUNTS)
def listed(request: HttpRequest) -> Tokens:
    """Every token in sight, the newest first."""
    return Tokens(items=[_token(each) for each in tokens_seen(request)])


@router.post("/tokens", response=answers(TokenMade, 201), operation_id="makeToken")
@needs(Right.ACCOUNTS)
def make(request: HttpRequest, response: HttpResponse, given: TokenGiven) -> Status[TokenMade]:
    """Make a token."""
    schools, districts = _chosen(given.schools), districts_given(request, given.districts or ())
    check_given(request, districts, schools)
    tokens.check_within(request, given.scopes, schools)
    until = timezone.now() + timedelta(days=given.days) if given.days else None
    made, text = tokens.make(
        workflow.of(request), given.name, given.scopes, schools=schools, districts=districts, until=until
    )
    kinds.limit(made, given.kinds)
    response["Cache-Control"] = "no-store"
    return Status(201, TokenMade(**_token(made).model_dump(), token=text))


@router.delete("/tokens/{number}", response=answers(TokenShown), operation_id="revokeToken")
@needs(Right.ACCOUNTS)
def revoke(request: HttpRequest, number: Number) -> TokenShown:
    """Let nobody in by the token any more."""
    found = token_of(request, number)
    tokens.revoke(found)
    return _token(found)


def _chosen(schools: list[SchoolSeen]) -> list[tuple[int, str]]:
    return [(each.connection, each.school) for each in schools]


def _linked(request: HttpRequest, response: HttpResponse, found: Account, secret: str) -> Linked:
    link = address_of(request, secret)
    mailing.send_link(found.email, link)
    response["Cache-Control"] = "no-store"
    return Linked(account=_account(found), link=link, is_mailed=mailing.is_set_up())


def _account(found: Account) -> AccountShown:
    schools = [SchoolSeen(connection=each.connection_id, school=each.org) for each in found.schools.all()]
    return AccountShown(
        id=found.pk,
        email=found.email,
        name=found.name,
        role=found.role,
        is_active=found.is_active,
        is_invited=found.is_invited,
        created_at=found.created_at,
        schools=schools,
        districts=sorted(each.district_id for each in found.districts.all()),
    )


def _token(found: ApiToken) -> TokenShown:
    return TokenShown(
        id=found.pk,
        account=found.account_id,
        name=found.name,
        hint=found.hint,
        scopes=found.scopes,
        schools=[SchoolSeen(connection=int(connection), school=org) for connection, org in found.schools],
        districts=found.districts,
        kinds=found.kinds,
        made_at=found.made_at,
        until=found.until,
        used_at=found.used_at,
        revoked_at=found.revoked_at,
    )
