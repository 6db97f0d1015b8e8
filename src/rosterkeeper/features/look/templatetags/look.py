"""Template tags that every page may use: icons, marks of an outcome, times in two zones."""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Final

from django import template
from django.forms.boundfield import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rosterkeeper.features.look.fields import Shown, shown
from rosterkeeper.features.look.marks import MARKS
from rosterkeeper.features.look.told import told as in_language

register = template.Library()

_SELECTED: Final = " selected"
_ICONS: Final = Path(__file__).resolve().parents[1] / "icons"


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """One of the kit's icons, drawn inline; hidden from screen readers, for a text always stands beside it."""
    return format_html('<svg class="icon {}" aria-hidden="true" {}</svg>', extra, mark_safe(_drawn(name)))  # noqa: S308


@cache
def _drawn(name: str) -> str:
    text = (_ICONS / f"{name}.svg").read_text()
    inside = re.sub(r"^.*?<svg|class=\"[^\"]*\"|xmlns=\"[^\"]*\"|</svg>\s*$", "", text, flags=re.S)
    return re.sub(r"\s+", " ", inside)


@register.simple_tag
def mark(word: str) -> SafeString:
    """An outcome or state as a coloured mark with its word in it; the word alone would do without the colour."""
    says, colour = MARKS.get(word, (word, "secondary"))
    return format_html('<span class="badge bg-{}-lt mark-word">{}</span>', colour, _(says) if says else word)


@register.simple_tag
def moment(at: datetime | None, never: str = gettext_noop("never")) -> SafeString | str:
    """A time as this server's zone has it, with the zone's name; its title, and what machines read, is UTC."""
    if at is None:
        return _(never)
    there = localtime(at)
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        at.isoformat(),
        f"{at:%Y-%m-%d %H:%M:%S}",
        f"{there:%Y-%m-%d %H:%M %Z}",
    )


@register.simple_tag
def choices(pairs: Iterable[tuple[str, str]], chosen: str) -> SafeString:
    """The options of a select, (value, text) each: of thousands a loop in the template takes thirty times as long."""
    options = (
        f'<option value="{escape(str(key))}"{_SELECTED if key == chosen else ""}>{escape(str(text))}</option>'
        for key, text in pairs
    )
    return mark_safe("".join(options))  # noqa: S308 -- each value and text is escaped above


@register.filter
def told(text: object) -> str:
    """What the core tells, in the reader's language."""
    return in_language(str(text or ""))


@register.simple_tag
def field_parts(field: BoundField) -> Shown:
    """A form's field as the interface kit draws it."""
    return shown(field)
