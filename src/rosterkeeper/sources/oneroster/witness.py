"""What a server says beside its pages: whether what it shows has changed, and whether it masks fields (ClassLink).

`x-perm-rev` is the revision of the application's permissions. One that moves in the middle of a pull means that the
pages were cut from different wholes; one that stays proves nothing, least of all that the data are unchanged.
"""

import threading
from typing import Final

from rosterkeeper.oneroster.errors import SourceFailed
from rosterkeeper.sources.http import faults
from rosterkeeper.sources.http.client import Answer

_REVISION: Final = "x-perm-rev"
_OBFUSCATED: Final = "x-obfuscated"
_NOTHING: Final = frozenset({"", "0", "false", "none", "null", "[]", "{}", "undefined"})


class PermissionsMoved(Exception):
    """What the district shares has changed in the middle of a pull."""


class Witness:
    """Sees every answer of one pull; used by all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._revision = ""
        self._masked: set[str] = set()

    def see(self, answer: Answer, entity: str) -> None:
        """Note what an answer of the collection ``entity`` says; PermissionsMoved where it contradicts another."""
        revision = answer.headers.get(_REVISION, "").strip()
        masked = masks(answer)
        with self._lock:
            if masked:
                self._masked.add(entity)
            if not revision:
                return
            if self._revision not in ("", revision):
                raise PermissionsMoved
            self._revision = revision

    def masked(self, entity: str) -> bool:
        """Whether a page of the collection came with the word that fields are masked."""
        with self._lock:
            return entity in self._masked


def masks(answer: Answer) -> bool:
    """Whether the answer says that fields are masked."""
    return answer.headers.get(_OBFUSCATED, "").strip().lower() not in _NOTHING


def unstable() -> SourceFailed:
    """The permissions moved in every try."""
    what = f"What the district shares kept changing while it was read. {faults.UNCHANGED}"
    todo = "Try again when nobody is changing the application's permissions in Roster Server."
    return SourceFailed("source.incomplete", what, todo=todo)
