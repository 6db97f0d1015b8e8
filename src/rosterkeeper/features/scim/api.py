"""The API of the tokens by which a district's identity provider pushes accounts."""

from datetime import datetime

from django.http import Http404, HttpRequest
from ninja import Schema, Status
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import Given, Number, answers, group
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.people.api import district_called
from rosterkeeper.features.scim import tokens as kept
from rosterkeeper.features.scim.endpoint import ROOT
from rosterkeeper.features.scim.models import DirectoryToken

router = group("directory")


class ScimToken(Schema):
    """A token, without its text; `until` is set where another one has taken its place."""

    id: int
    name: str
    begins_with: str
    is_good: bool
    made_at: datetime
    until: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


class ScimTokens(Schema):
    """The district's tokens, the newest first, and where the identity provider sends to."""

    address: str
    items: list[ScimToken]


class ScimTokenMade(ScimToken):
    """A new token; its text is told this once."""

    token: str


class ScimTokenGiven(Given):
    """What the token is for."""

    name: str = Field(min_length=1, max_length=100)


@router.get("/directories/{number}/scim/tokens", response=answers(ScimTokens), operation_id="listScimTokens")
@needs(Right.SETTINGS)
def listed(request: HttpRequest, number: Number) -> ScimTokens:
    """The district's tokens."""
    district = district_called(request, number)
    address = request.build_absolute_uri(f"{ROOT}v2/{district.pk}")
    return ScimTokens(address=address, items=[_shown(each) for each in kept.listed(district.pk)])


@router.post("/directories/{number}/scim/tokens", response=answers(ScimTokenMade, 201), operation_id="makeScimToken")
@needs(Right.SETTINGS)
def make(request: HttpRequest, number: Number, given: ScimTokenGiven) -> Status[ScimTokenMade]:
    """Make a token."""
    made, text = kept.make(district_called(request, number).pk, given.name)
    return Status(201, ScimTokenMade(**_shown(made).model_dump(), token=text))


@router.post(
    "/directories/{number}/scim/tokens/{token}/rotate",
    response=answers(ScimTokenMade, 201),
    operation_id="rotateScimToken",
)
@needs(Right.SETTINGS)
def rotate(request: HttpRequest, number: Number, token: Number) -> Status[ScimTokenMade]:
    """A new token in the place of one, which stays good for a week."""
    made, text = kept.rotate(_found(district_called(request, number), token))
    return Status(201, ScimTokenMade(**_shown(made).model_dump(), token=text))


@router.delete("/directories/{number}/scim/tokens/{token}", response=answers(ScimToken), operation_id="revokeScimToken")
@needs(Right.SETTINGS)
def revoke(request: HttpRequest, number: Number, token: Number) -> ScimToken:
    """Let no identity provider in by the token any more."""
    found = _found(district_called(request, number), token)
    kept.revoke(found)
    return _shown(found)


def _found(district: District, number: int) -> DirectoryToken:
    found = kept.find(district.pk, number)
    if found is None:
        raise Http404
    return found


def _shown(found: DirectoryToken) -> ScimToken:
    names = ("name", "is_good", "made_at", "until", "used_at", "revoked_at")
    return ScimToken(id=found.pk, begins_with=found.hint, **{name: getattr(found, name) for name in names})
