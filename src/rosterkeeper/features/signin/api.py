"""The API of sign-in: providers, their test, the sign-ins and refusals, and why a person cannot sign in."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Path, Schema, Status
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.accounts.scope import sees_all_districts
from rosterkeeper.features.api.calls import HIGHEST, Given, Number, answers, group
from rosterkeeper.features.api.paging import DEFAULT, After, Limit, Page, newest_first
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.signin import providers, saving
from rosterkeeper.features.signin.checking import check
from rosterkeeper.features.signin.explaining import Explained, explained_to
from rosterkeeper.features.signin.models import Attempt, Provider
from rosterkeeper.features.signin.oidc import redirect_address, start_address
from rosterkeeper.features.signin.presets import PRESETS
from rosterkeeper.features.signin.words import reason

router = group("sign-in")

_Kinds = list[Literal["staff", "student", "parent"]]
_District = Annotated[int, Field(ge=1, le=HIGHEST)]
_Claims = dict[
    Literal["tenant", "sourced_id", "user_id", "directory_id", "username", "email", "email_verified"],
    Annotated[str, Field(max_length=200)],
]


class ServedShown(Schema):
    """A district that a provider is for."""

    district: _District
    tenants: list[Annotated[str, Field(max_length=200)]] = Field([], max_length=100)


class ProviderRow(Schema):
    """What of a provider is both stated and shown."""

    name: str = Field(max_length=60)
    issuer: str = Field(max_length=300)
    client_id: str = Field(max_length=300)
    scopes: str = Field("openid profile email", max_length=300)
    claims: _Claims = Field({}, description="By meaning, the claims that are read, with commas between.")
    proves_email: bool = False
    asks_userinfo: bool = True
    kinds: _Kinds = Field([], max_length=3)
    districts: list[ServedShown] = Field([], max_length=1000)
    for_administrators: bool = False
    administrator_domains: str = Field("", max_length=500)
    does_mfa: bool = False
    hours: int = Field(8, ge=1, le=24)
    student_hours: int = Field(2, ge=1, le=24)
    is_enabled: bool = True


class ProviderShown(ProviderRow):
    """A provider; its secret is never shown."""

    id: int
    preset: str
    slug: str
    redirect_address: str
    start_address: str


class ProviderGiven(ProviderRow, Given):
    """A provider to be added or changed, whole; without a secret the one there is stays."""

    preset: Literal["classlink", "google", "entra", "clever", "other"] = "other"
    secret: str = Field("", max_length=500)


class LineShown(Schema):
    """One thing that a test looked at; ``state`` is good, warning or bad."""

    state: str
    what: str
    todo: str


class AttemptShown(Schema):
    """A try to sign in; ``code`` is blank where it succeeded, ``person`` where nobody was recognised."""

    id: int
    at: datetime
    reference: str
    provider: int
    district: int
    person: str
    account: int
    key: str
    code: str
    what: str
    todo: str


class KeyShown(Schema):
    """A key by which somebody can be recognised."""

    what: str
    works: bool
    says: str


class ExplainedShown(Schema):
    """What one provider would do with a person; ``code`` is blank where nothing stands against it."""

    provider: int
    name: str
    code: str
    what: str
    todo: str
    keys: list[KeyShown]


@router.get("/signin/providers", response=answers(list[ProviderShown]), operation_id="listProviders")
@needs(Right.ACCOUNTS)
def listed(request: HttpRequest) -> list[ProviderShown]:
    """Every provider in sight, by name."""
    return [_shown(request, each) for each in providers.seen(request)]


@router.post("/signin/providers", response=answers(ProviderShown, 201), operation_id="addProvider")
@needs(Right.ACCOUNTS)
def add(request: HttpRequest, given: ProviderGiven) -> Status[ProviderShown]:
    """Add a provider; what is left out of ``claims`` and ``scopes`` is the preset's."""
    made = saving.add(_stated(request, given), everywhere=sees_all_districts(request))
    return Status(201, _shown(request, made))


@router.get("/signin/providers/{number}", response=answers(ProviderShown), operation_id="getProvider")
@needs(Right.ACCOUNTS)
def one(request: HttpRequest, number: Number) -> ProviderShown:
    """One provider."""
    return _shown(request, providers.one(request, number))


@router.put("/signin/providers/{number}", response=answers(ProviderShown), operation_id="changeProvider")
@needs(Right.ACCOUNTS)
def change(request: HttpRequest, number: Number, given: ProviderGiven) -> ProviderShown:
    """Change a provider, all of it but its preset."""
    found = providers.one(request, number)
    saving.change(found, _stated(request, given), everywhere=sees_all_districts(request))
    return _shown(request, providers.one(request, number))


@router.delete("/signin/providers/{number}", response=answers(ProviderShown), operation_id="deleteProvider")
@needs(Right.ACCOUNTS)
def delete(request: HttpRequest, number: Number) -> ProviderShown:
    """Delete a provider; nobody can sign in by it any more."""
    found = providers.one(request, number)
    shown = _shown(request, found)
    saving.delete(found)
    return shown


@router.post("/signin/providers/{number}/test", response=answers(list[LineShown]), operation_id="testProvider")
@needs(Right.ACCOUNTS)
def test(request: HttpRequest, number: Number) -> list[LineShown]:
    """Ask the provider what it says of itself."""
    found = providers.one(request, number)
    record("signin.provider_tested", about=f"provider:{found.pk}")
    return [LineShown(state=each.state, what=each.what, todo=each.todo) for each in check(found)]


@router.get("/signin/attempts", response=answers(Page[AttemptShown]), operation_id="listSignIns")
@needs(Right.ACCOUNTS)
def attempts(request: HttpRequest, limit: Limit = DEFAULT, after: After = 0) -> dict[str, Any]:
    """Who signed in and who was refused, the newest first."""
    return newest_first(providers.attempts(request), after, limit, shown=_tried)


@router.get("/signin/people/{uid}", response=answers(list[ExplainedShown]), operation_id="explainSignIn")
@needs(Right.SETTINGS)
def explain(request: HttpRequest, uid: Annotated[str, Path(max_length=100)]) -> list[ExplainedShown]:
    """Why a person can or cannot sign in, provider by provider."""
    return [_explained(each) for each in explained_to(request, uid)]


def _stated(request: HttpRequest, given: ProviderGiven) -> saving.Stated:
    stated, preset = given.model_dump(), PRESETS[given.preset]
    if "claims" not in given.model_fields_set:
        stated["claims"] = preset.claims
    if "scopes" not in given.model_fields_set:
        stated["scopes"] = preset.scopes
    seen = {each.pk for each in providers.districts(request)}
    # One out of sight is answered like one that does not exist.
    stated["districts"] = {each.district: each.tenants for each in given.districts if each.district in seen}
    return saving.Stated(**stated)


def _shown(request: HttpRequest, provider: Provider) -> ProviderShown:
    return ProviderShown(
        id=provider.pk,
        preset=provider.preset,
        slug=provider.slug,
        redirect_address=redirect_address(request, provider.slug),
        start_address=start_address(request, provider.slug),
        name=provider.name,
        issuer=provider.issuer,
        client_id=provider.client_id,
        scopes=provider.scopes,
        claims=provider.claims,
        proves_email=provider.proves_email,
        asks_userinfo=provider.asks_userinfo,
        kinds=provider.kinds,
        districts=[ServedShown(district=each.district_id, tenants=each.tenants) for each in provider.served.all()],
        for_administrators=provider.for_administrators,
        administrator_domains=provider.administrator_domains,
        does_mfa=provider.does_mfa,
        hours=provider.hours,
        student_hours=provider.student_hours,
        is_enabled=provider.is_enabled,
    )


def _tried(attempt: Attempt) -> AttemptShown:
    why = reason(attempt.code) if attempt.code else None
    return AttemptShown(
        id=attempt.pk,
        at=attempt.at,
        reference=attempt.reference,
        provider=attempt.provider_id,
        district=attempt.district_id,
        person=attempt.person_uid,
        account=attempt.account_id,
        key=attempt.key,
        code=attempt.code,
        what=why.what if why else "",
        todo=why.todo if why else "",
    )


def _explained(each: Explained) -> ExplainedShown:
    return ExplainedShown(
        provider=each.provider.pk,
        name=each.provider.name,
        code=each.why.code if each.why else "",
        what=each.why.what if each.why else "",
        todo=each.why.todo if each.why else "",
        keys=[KeyShown(what=key.what, works=key.works, says=key.says) for key in each.keys],
    )
