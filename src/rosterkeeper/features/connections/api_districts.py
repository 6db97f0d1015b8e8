"""The API of districts: which are in sight, and for a vendor's administrators adding and renaming."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Schema, Status
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import Given, Number, answers, group
from rosterkeeper.features.connections import districts as kept
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.connections.scope import districts_seen

router = group("districts")


class DistrictShown(Schema):
    """A district."""

    id: int
    name: str
    zone: str = Field(description="Its IANA time zone; blank: the server's.")


class Districts(Schema):
    """The districts in sight; there are never so many that they are cut into pages."""

    items: list[DistrictShown]


class DistrictGiven(Given):
    """What a district is called."""

    name: str = Field(min_length=1, max_length=100)


class DistrictChanged(Given):
    """What is to be changed; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=100)
    zone: str | None = Field(None, max_length=100, description="An IANA zone, or blank for the server's.")


@router.get("/districts", response=answers(Districts), operation_id="listDistricts")
@needs(Right.SEE)
def districts(request: HttpRequest) -> Districts:
    """The districts in sight, by name."""
    return Districts(items=[_shown(each) for each in districts_seen(request)])


@router.post("/districts", response=answers(DistrictShown, 201), operation_id="addDistrict")
@needs(Right.ACCOUNTS, everywhere=True)
def add(request: HttpRequest, given: DistrictGiven) -> Status[DistrictShown]:  # noqa: ARG001
    """Add a district."""
    return Status(201, _shown(kept.add(given.name)))


@router.patch("/districts/{number}", response=answers(DistrictShown), operation_id="renameDistrict")
@needs(Right.ACCOUNTS, everywhere=True)
def rename(request: HttpRequest, number: Number, given: DistrictChanged) -> DistrictShown:
    """Give a district another name or time zone."""
    found = get_object_or_404(districts_seen(request), id=number)
    if given.zone is not None:
        kept.set_zone(found, given.zone.strip())
    if given.name is not None:
        kept.rename(found, given.name)
    return _shown(found)


def _shown(found: District) -> DistrictShown:
    return DistrictShown(id=found.pk, name=found.name, zone=found.zone)
