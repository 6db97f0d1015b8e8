"""Words of groups in templates."""

from collections.abc import Iterable

from django import template

from rosterkeeper.features.connections.models import District
from rosterkeeper.features.groups.waiting import Why
from rosterkeeper.features.groups.words import ACTIONS, KINDS, NEXT_STEPS, REASONS, ROLES

register = template.Library()


@register.filter
def called(number: int, districts: Iterable[District]) -> str:
    """The name of the district of that number among those in sight."""
    return next((each.name for each in districts if each.pk == number), "")


@register.filter
def kind_word(kind: str) -> str:
    """What a group is made of."""
    return str(KINDS.get(kind, kind))


@register.filter
def role_word(role: str) -> str:
    """As what somebody is in a group."""
    return str(ROLES.get(role, role))


@register.filter
def reason_word(why: Why) -> str:
    """How an owner stands to having the group."""
    return str(REASONS[why])


@register.filter
def next_step(why: Why) -> str:
    """What to do, so that a group no longer waits; '' where it does not."""
    return str(NEXT_STEPS.get(why, ""))


@register.filter
def action_word(action: str) -> str:
    """What somebody did to a group."""
    return str(ACTIONS.get(action, action))
