"""The API of a district's console: its switches, and the security keys of its schools.

A key's text is told when it is made, rotated or shown, each of which is written down.
"""

from datetime import datetime
from typing import Annotated

from django.http import Http404, HttpRequest
from ninja import Schema, Status
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import Given, Number, answers, group, need_all_schools
from rosterkeeper.features.connections.scope import districts_seen
from rosterkeeper.features.console import keys, settings
from rosterkeeper.features.console.models import Key

router = group("console settings")


class ConsoleShown(Schema):
    """How a district wants its console."""

    is_on: bool
    trusts_login: bool = Field(description="Whether a launch by key says who has come; else everybody signs in.")
    cover: bool = Field(description="Whether a colleague's class of the same school may be started.")
    guardians_at_cover: bool


class ConsoleSet(Given):
    """What is to be changed; what is left out stays."""

    is_on: bool | None = None
    trusts_login: bool | None = None
    cover: bool | None = None
    guardians_at_cover: bool | None = None


class KeyShown(Schema):
    """A security key, without its secret."""

    number: int
    key: str = Field(description="The key's id, which is no secret.")
    school: str = Field(description="CONNECTION:SOURCED_ID; blank for the whole district.")
    note: str
    state: str = Field(description="`good`, `console.key_old` or `console.key_revoked`.")
    made_at: datetime
    until: datetime | None = Field(description="Where another key has taken its place: both are good until then.")
    used_at: datetime | None
    revoked_at: datetime | None


class KeyTold(KeyShown):
    """A security key with its text."""

    text: str


class Keys(Schema):
    """A district's keys, the good ones first."""

    items: list[KeyShown]


class KeyMade(Given):
    """For which school a key is to be."""

    school: str = Field("", max_length=300, description="CONNECTION:SOURCED_ID; blank for the whole district.")
    note: str = Field("", max_length=keys.LONGEST_NAME)


class Overlap(Given):
    """How many days the old key goes on."""

    days: Annotated[int, Field(ge=0, le=keys.LONGEST_OVERLAP)] = keys.OVERLAP


@router.get("/districts/{number}/console", response=answers(ConsoleShown), operation_id="getConsole")
@needs(Right.SETTINGS)
def console(request: HttpRequest, number: Number) -> ConsoleShown:
    """The district's switches."""
    _seen(request, number)
    return _settings(number)


@router.patch("/districts/{number}/console", response=answers(ConsoleShown), operation_id="changeConsole")
@needs(Right.SETTINGS)
def change_console(request: HttpRequest, number: Number, given: ConsoleSet) -> ConsoleShown:
    """Set switches; they hold from everybody's next click on."""
    _seen(request, number)
    settings.change(number, given.model_dump(exclude_none=True))
    return _settings(number)


@router.get("/districts/{number}/console/keys", response=answers(Keys), operation_id="listConsoleKeys")
@needs(Right.SETTINGS)
def listed(request: HttpRequest, number: Number) -> Keys:
    """The district's keys, those that are good no more, too."""
    _seen(request, number)
    return Keys(items=[_shown(each) for each in keys.listed(number)])


@router.post("/districts/{number}/console/keys", response=answers(KeyTold, 201), operation_id="makeConsoleKey")
@needs(Right.SETTINGS)
def make(request: HttpRequest, number: Number, given: KeyMade) -> Status[KeyTold]:
    """Make a key of a school."""
    _seen(request, number)
    return Status(201, _told(*keys.make(number, given.school, given.note)))


@router.post("/districts/{number}/console/keys/{key}/show", response=answers(KeyTold), operation_id="showConsoleKey")
@needs(Right.SETTINGS)
def show(request: HttpRequest, number: Number, key: Number) -> KeyTold:
    """A key's text once more."""
    found = _key(request, number, key)
    return _told(found, keys.show(found))


@router.post(
    "/districts/{number}/console/keys/{key}/rotate", response=answers(KeyTold, 201), operation_id="rotateConsoleKey"
)
@needs(Right.SETTINGS)
def rotate(request: HttpRequest, number: Number, key: Number, given: Overlap) -> Status[KeyTold]:
    """A new key in the place of one, which goes on for some days."""
    return Status(201, _told(*keys.rotate(_key(request, number, key), given.days)))


@router.post(
    "/districts/{number}/console/keys/{key}/revoke", response=answers(KeyShown), operation_id="revokeConsoleKey"
)
@needs(Right.SETTINGS)
def revoke(request: HttpRequest, number: Number, key: Number) -> KeyShown:
    """Let no launch by a key in any more."""
    found = _key(request, number, key)
    keys.revoke(found)
    return _shown(found)


def _seen(request: HttpRequest, number: int) -> None:
    if not districts_seen(request).filter(pk=number).exists():
        raise Http404
    need_all_schools(request)


def _key(request: HttpRequest, number: int, key: int) -> Key:
    _seen(request, number)
    found = keys.find(number, key)
    if found is None:
        raise Http404
    return found


def _settings(number: int) -> ConsoleShown:
    kept = settings.settings_of(number)
    return ConsoleShown(**{name: getattr(kept, name) for name in settings.SWITCHES})


def _shown(key: Key) -> KeyShown:
    return KeyShown(
        number=key.pk,
        key=key.key_id,
        school=f"{key.connection_id}:{key.school}" if key.school else "",
        note=key.name,
        state=key.objection or "good",
        made_at=key.made_at,
        until=key.until,
        used_at=key.used_at,
        revoked_at=key.revoked_at,
    )


def _told(key: Key, text: str) -> KeyTold:
    return KeyTold(**_shown(key).model_dump(), text=text)
