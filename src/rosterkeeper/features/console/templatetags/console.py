"""Template tags of the console's pages."""

from typing import Any

from django import template

from rosterkeeper.features.console import who
from rosterkeeper.features.groups.members import people_named

register = template.Library()


@register.simple_tag(takes_context=True)
def visitor_name(context: dict[str, Any]) -> str:
    """The name of the teacher who is at the console; '' where nobody was recognised."""
    found = who.visitor(context["request"])
    if found is None or found.teacher is None:
        return ""
    return people_named([found.teacher]).get(found.teacher.pk, ("", ""))[0]
