"""Carrying what the outbox holds to its targets: in order, again where it failed, and not for ever.

A target gets its events in their order: the first that waits goes first, and the others wait behind it. Who carries
one first moves its time on, by compare and set; of several workers one sends. A worker that dies between sending and
noting so leaves it to be sent again, under the same id, by which receivers know it.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Min
from django.utils import timezone

from rosterkeeper.features.publish.models import Delivery, DeliveryState, Event
from rosterkeeper.oneroster.errors import RosterkeeperError, SettingsError

Send = Callable[[Delivery], None]

_log = logging.getLogger(__name__)

# So long may one try take before another worker believes that its own died.
_TRYING: Final = timedelta(minutes=5)
_FIRST_WAIT: Final = timedelta(seconds=30)
_LONGEST_WAIT: Final = timedelta(hours=1)
# A receiver that is down over a long weekend still gets everything.
GIVE_UP: Final = timedelta(days=4)
KEPT: Final = timedelta(days=90)


def deliver(send: Send, *, now: Callable[[], datetime] = timezone.now, most: int = 20) -> int:
    """Try what is due, at most that many tellings; returns how many were sent."""
    sent = 0
    for delivery in _due(now(), most):
        if _claim(delivery, now()):
            sent += _try(delivery, send, now)
    return sent


def deliver_one(delivery: Delivery, send: Send) -> Delivery:
    """Try this telling now, if no worker has; what came of it stands in the answer."""
    if _claim(delivery, timezone.now()):
        _try(delivery, send, timezone.now)
    else:
        delivery.refresh_from_db()
    return delivery


def forget_old(now: datetime) -> None:
    """Remove events older than `KEPT` together with their tellings, which are long over."""
    Event.objects.filter(at__lt=now - KEPT).delete()


def _due(now: datetime, most: int) -> list[Delivery]:
    waiting = Delivery.objects.filter(state=DeliveryState.WAITING)
    # What somebody looks at now, a trial, does not stand in line.
    heads = waiting.filter(is_trial=False).values("target").annotate(first=Min("id")).values_list("first", flat=True)
    first = waiting.filter(id__in=heads) | waiting.filter(is_trial=True)
    return list(first.filter(next_try__lte=now).select_related("event", "target").order_by("id")[:most])


def _claim(delivery: Delivery, now: datetime) -> bool:
    mine = Delivery.objects.filter(id=delivery.pk, state=DeliveryState.WAITING, next_try=delivery.next_try)
    delivery.tries += 1
    delivery.next_try = now + _TRYING
    return bool(mine.update(tries=delivery.tries, next_try=delivery.next_try))


def _try(delivery: Delivery, send: Send, now: Callable[[], datetime]) -> bool:
    try:
        send(delivery)
    except RosterkeeperError as fault:
        _failed(delivery, fault, now())
        return False
    except Exception as fault:  # noqa: BLE001 -- one target's oddity must not keep the others from being told
        _log.error("An event could not be told (%s).", type(fault).__name__)
        what = f"It could not be sent ({type(fault).__name__})."
        _failed(delivery, SettingsError("notice.not_sent", what, todo="Look at the target's settings."), now())
        return False
    delivery.state, delivery.sent_at = DeliveryState.SENT, now()
    delivery.code = delivery.what = delivery.todo = ""
    delivery.save(update_fields=["state", "sent_at", "code", "what", "todo"])
    return True


def _failed(delivery: Delivery, fault: RosterkeeperError, now: datetime) -> None:
    delivery.code, delivery.what, delivery.todo = fault.code, fault.what, fault.todo
    delivery.next_try = now + min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(delivery.tries - 1, 10))
    if delivery.is_trial or now - delivery.event.at > GIVE_UP:
        delivery.state = DeliveryState.GIVEN_UP
    delivery.save(update_fields=["state", "next_try", "code", "what", "todo"])
