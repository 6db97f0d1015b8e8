"""Words of matching in templates."""

from collections.abc import Mapping

from django import template
from django.utils.translation import gettext as _

from rosterkeeper.features.people.models import Upload
from rosterkeeper.features.people.wording import Word
from rosterkeeper.features.people.wording import reason_words as in_words

register = template.Library()


@register.filter
def named(words: Mapping[str, Word], key: str) -> str:
    """What a word of the tables is called; a word that nobody knows as it is."""
    return str(words.get(key, key))


@register.filter
def reason_words(reason: str) -> str:
    """Why somebody is whose."""
    return in_words(reason) if reason else ""


@register.filter
def upload_state(upload: Upload) -> str:
    """How an upload stands."""
    if upload.wants == "applied":
        return _("Applied")
    if upload.wants == "dropped":
        return _("Dropped; nothing was changed")
    if upload.wants:
        return _("The worker is at it")
    return _("Waits for you")
