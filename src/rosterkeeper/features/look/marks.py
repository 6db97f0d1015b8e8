"""The words of outcomes and states as the pages show them, each with the colour of its mark."""

from typing import Final

from django.utils.translation import gettext_noop

MARKS: Final = {
    "": (gettext_noop("running"), "blue"),
    "applied": (gettext_noop("applied"), "green"),
    "unchanged": (gettext_noop("unchanged"), "green"),
    "partial": (gettext_noop("partial"), "orange"),
    "held": (gettext_noop("held"), "yellow"),
    "failed": (gettext_noop("failed"), "red"),
    "interrupted": (gettext_noop("interrupted"), "orange"),
    "waiting": (gettext_noop("waiting"), "yellow"),
    "approved": (gettext_noop("approved"), "green"),
    "discarded": (gettext_noop("discarded"), "secondary"),
    "superseded": (gettext_noop("superseded"), "secondary"),
}
