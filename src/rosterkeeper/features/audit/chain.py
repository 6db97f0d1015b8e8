"""Proving that the audit log is what was written: every entry follows from the one before, and none is missing."""

from dataclasses import dataclass
from typing import Final

from rosterkeeper.features.audit.log import digest_of, head
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.oneroster.errors import RosterkeeperError

_AT_ONCE: Final = 2000


@dataclass(frozen=True, slots=True)
class Proven:
    """How many entries the log has, and the digest of the last one: whoever notes it down can prove the rest by it."""

    entries: int
    digest: str


def verify(*, noted: str = "") -> Proven:
    """Look at every entry; RosterkeeperError names the first that was changed, or after which one is missing.

    ``noted`` is the digest of an earlier verification, kept at another place: it must be in the chain. Without it,
    somebody who rewrote the whole chain and its end could not be told from the truth.
    """
    digest, last, count = "", 0, 0
    found = noted == ""
    for entry in Entry.objects.order_by("id").iterator(chunk_size=_AT_ONCE):
        if entry.previous != digest:
            raise RosterkeeperError(
                "audit.missing",
                f"The audit log lacks what stood before entry {entry.pk}.",
                todo="Somebody has changed the database by hand: compare with a backup, and see who could write to it.",
            )
        if entry.digest != digest_of(entry):
            raise RosterkeeperError(
                "audit.changed",
                f"Entry {entry.pk} of the audit log is not as it was written.",
                todo="Somebody has changed the database by hand: compare with a backup, and see who could write to it.",
            )
        digest, last, count = entry.digest, entry.pk, count + 1
        found = found or digest == noted
    end = head()
    if (end.last, end.digest) != (last, digest) or not found:
        raise RosterkeeperError(
            "audit.cut",
            f"The audit log does not end where it should; its last entry is {last}.",
            todo="Somebody has changed the database by hand: compare with a backup, and see who could write to it.",
        )
    return Proven(count, digest)
