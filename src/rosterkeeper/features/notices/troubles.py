"""Troubles: what is wrong now, told once a cause and once more when it is mended."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from rosterkeeper.features.notices.kinds import Word
from rosterkeeper.features.notices.models import Rules, Trouble
from rosterkeeper.features.publish.models import Event
from rosterkeeper.features.publish.outbox import meant, put


@dataclass(frozen=True, slots=True)
class Place:
    """What a trouble is one of: a connection's (0: the installation's) family of troubles."""

    connection_id: int
    family: str


def rules() -> Rules:
    """The rules that hold for all targets."""
    return Rules.objects.filter(id=1).first() or Rules(id=1)


@transaction.atomic
def arise(place: Place, event: Event, cause: str, *, at_least: int = 1, again: bool = False) -> None:
    """Something is wrong; it is told where it was so ``at_least`` times in a row and its cause is a new one.

    ``again`` tells it anew although the cause is the same.
    """
    there = Trouble.objects.select_for_update().filter(connection_id=place.connection_id, family=place.family).first()
    trouble = there or Trouble(connection_id=place.connection_id, family=place.family, times=0, since=event.at)
    trouble.times += 1
    if trouble.cause != cause or again:
        trouble.cause, trouble.is_told = cause, False
    trouble.word = event.word
    if not trouble.is_told and trouble.times >= at_least:
        tell(event)
        trouble.is_told = True
    trouble.save()


@transaction.atomic
def mend(place: Place, event: Event) -> bool:
    """It is well again, which is told where the trouble was; whether there was one."""
    there = Trouble.objects.select_for_update().filter(connection_id=place.connection_id, family=place.family).first()
    if there is None:
        return False
    there.delete()
    if there.is_told:
        tell(event)
    return True


def tell(event: Event) -> None:
    """Put the event into the outbox for whoever wants such events."""
    put(event, meant(event))


def has(place: Place) -> bool:
    """Whether something is wrong there."""
    return Trouble.objects.filter(connection_id=place.connection_id, family=place.family).exists()


def event_of(word: Word, title: str, *lines: str, at: datetime, path: str = "") -> Event:
    """An event about the installation; blank lines are left out."""
    return Event(word=word, at=at, title=title, lines=[line for line in lines if line], path=path)
