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


def meant(word: str, connection_id: int) -> list[Target]:
    """The targets that want events of that word about that connection (0: about none)."""
    return [each for each in Target.objects.order_by("id") if is_meant(each, word, connection_id)]


def is_meant(target: Target, word: str, connection_id: int) -> bool:
    """Whether the target wants events of that word about that connection."""
    if target.words and word not in target.words:
        return False
    return not (target.connections and connection_id and connection_id not in target.connections)
