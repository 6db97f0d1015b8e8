"""Which way a telling goes, and what every way shares."""

from collections.abc import Callable, Mapping
from copy import copy
from typing import Final

from django.conf import settings
from django.utils.translation import override

from rosterkeeper.features.look.told import told
from rosterkeeper.features.publish.models import Delivery, Event, Kind
from rosterkeeper.features.publish.sending import chats, mail, webhook
from rosterkeeper.features.sealed.box import installed_box

Way = Callable[[Event, str, str, str], None]

# Each takes the event, the link to its page ('' where the pages' address is not known), the address and the secret.
_WAYS: Final[Mapping[Kind, Way]] = {
    Kind.EMAIL: mail.send,
    Kind.WEBHOOK: webhook.send,
    Kind.TEAMS: chats.send_teams,
    Kind.SLACK: chats.send_slack,
}


def send(delivery: Delivery) -> None:
    """Tell the delivery's event to its target; RosterkeeperError where that failed."""
    box, target, event = installed_box(), delivery.target, delivery.event
    if target.kind != Kind.WEBHOOK:
        event = _spoken(event)
    link = f"{settings.ROSTER_PUBLIC_URL}{event.path}" if settings.ROSTER_PUBLIC_URL and event.path else ""
    _WAYS[Kind(target.kind)](event, link, box.open(target.address), box.open(target.secret))


def _spoken(event: Event) -> Event:
    """The event in the installation's language, for people to read; it is kept, and told to programs, in English."""
    with override(settings.ROSTER_NOTICE_LANGUAGE):
        spoken = copy(event)
        spoken.title, spoken.lines = told(event.title), [told(line) for line in event.lines]
        return spoken
