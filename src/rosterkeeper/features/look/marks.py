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
    "passed": (gettext_noop("passed"), "green"),
    "warning": (gettext_noop("warning"), "orange"),
    "draft": (gettext_noop("draft"), "secondary"),
    "not tested": (gettext_noop("not tested"), "orange"),
    "verifying": (gettext_noop("verifying"), "blue"),
    "processing": (gettext_noop("processing"), "blue"),
    "active": (gettext_noop("active"), "green"),
    "needs sync": (gettext_noop("needs sync"), "yellow"),
    "superseded": (gettext_noop("superseded"), "secondary"),
    "stale": (gettext_noop("stale"), "orange"),
    "sent": (gettext_noop("sent"), "green"),
    "given_up": (gettext_noop("given up"), "red"),
    "done": (gettext_noop("done"), "green"),
    "next": (gettext_noop("to do"), "blue"),
    "blocked": (gettext_noop("not yet"), "secondary"),
}
