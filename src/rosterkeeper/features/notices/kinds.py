"""The kinds of notices: the word that stands in events and rules, and what a reader is told of it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.people import telling
from rosterkeeper.oneroster.errors import SettingsError


class Word(StrEnum):
    """What an event is about."""

    FAILED = "run.failed"
    CREDENTIALS = "credentials.refused"
    EXPIRING = "credentials.expiring"
    HELD = "run.held"
    PARTIAL = "run.partial"
    NORMAL = "run.normal"
    FIRST = "run.first"
    STALE = "connection.stale"
    ACCOUNTS = telling.ACCOUNTS
    ACCOUNTS_HELD = telling.HELD
    WORKER = "worker.away"
    DISK = "disk.short"
    # Told to those alone who name it, see groups/telling.py.
    GROUPS = "groups.changed"
    # And so are these, see console/telling.py.
    CLASS_STARTED = "class.started"
    CLASS_ENDED = "class.ended"
    ATTENDANCE = "class.attendance"
    DIGEST = "digest"
    TRIAL = "trial"


# In the order in which a form offers them; a trial is sent to the target that it tries, always.
CHOICES: Final[tuple[tuple[Word, str | Promise], ...]] = (
    (Word.FAILED, _("A sync failed")),
    (Word.CREDENTIALS, _("The source refused the credentials")),
    (Word.EXPIRING, _("Credentials are about to expire")),
    (Word.HELD, _("A change waits for approval")),
    (Word.PARTIAL, _("A sync was partial")),
    (Word.NORMAL, _("Back to normal")),
    (Word.FIRST, _("The first sync is complete")),
    (Word.STALE, _("The data is stale")),
    (Word.ACCOUNTS_HELD, _("A change of directory accounts waits for approval")),
    (Word.ACCOUNTS, _("Directory accounts were changed by matching")),
    (Word.WORKER, _("No worker was seen")),
    (Word.DISK, _("The disk is nearly full")),
    (Word.GROUPS, _("Class groups changed (only where it is chosen)")),
    (Word.CLASS_STARTED, _("A class was started (only where it is chosen)")),
    (Word.CLASS_ENDED, _("A class has ended (only where it is chosen)")),
    (Word.ATTENDANCE, _("Attendance was marked (only where it is chosen)")),
    (Word.DIGEST, _("The daily digest")),
)
LABELS: Final = {**dict(CHOICES), Word.TRIAL: _("A test")}


def known(words: Sequence[str]) -> list[str]:
    """The words as they are kept; SettingsError where one is none of a notice."""
    offered = [word.value for word, _label in CHOICES]
    if set(words) <= set(offered):
        return list(words)
    raise SettingsError(
        "notice.unknown_word", "There is no such notice.", todo=f"The notices are {', '.join(offered)}."
    )
