"""The tag by which the sign-in page shows other ways than the password."""

from django import template
from django.template.context import Context

from rosterkeeper.features.accounts.ways import Way, offered

register = template.Library()


@register.simple_tag(takes_context=True)
def ways_in(context: Context) -> list[Way]:
    """Every other way to sign in that there is now."""
    return offered(context["request"])
