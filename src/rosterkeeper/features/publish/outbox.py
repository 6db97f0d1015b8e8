"""Putting into the outbox: an event and its tellings, in the transaction of what they tell."""

from collections.abc import Iterable

from django.db import transaction

from rosterkeeper.features.publish.models import Delivery, Event, Target


@transaction.atomic
def put(event: Event, targets: Iterable[Target], *, is_trial: bool = False) -> Event:
    """Keep the event, to be told to these targets; with the caller's transaction, or not at all."""
    event.save()
    Delivery.objects.bulk_create(Delivery(event=event, target=target, is_trial=is_trial) for target in targets)
    return event


def meant(event: Event) -> list[Target]:
    """The targets that want the event."""
    return [each for each in Target.objects.order_by("id") if is_meant(each, event)]


def is_meant(target: Target, event: Event) -> bool:
    """Whether the target wants the event; a district's target hears nothing of another's, nor of the installation."""
    if not wants(target, event.word) or target.district not in (None, event.district):
        return False
    return not (target.connections and event.connection_id and event.connection_id not in target.connections)


def wants(target: Target, word: str) -> bool:
    """Whether the target wants events of that word at all."""
    return not target.words or word in target.words
