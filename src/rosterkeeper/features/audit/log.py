"""Writing the audit log: who did what, when, from where, to which records."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC
from typing import Final

from django.db import transaction
from django.utils import timezone

from rosterkeeper.features.audit import districts
from rosterkeeper.features.audit.callers import Caller, caller
from rosterkeeper.features.audit.models import About, Entry, Head

_HEAD: Final = 1


def record(
    action: str,
    *,
    about: str = "",
    account: int = 0,
    keys: Collection[str] = (),
    details: Mapping[str, object] | None = None,
) -> None:
    """Add one entry; who and from where is taken from the request that is answered.

    Where it is about nothing but ``keys``, and those are of several districts, each district gets an entry of its own.

    ``about`` and ``keys`` name records (``connection:5``, ``user:5:S-17``); ``details`` holds keys, codes and numbers,
    never a personal value of the roster. Call it last in a transaction: it holds the chain's end until the commit.
    """
    who = caller()
    now = timezone.now()
    for district, part in _parts(who, about, keys):
        _add(
            Entry(
                at=now,
                account=who.account or account,
                actor=who.actor,
                origin=who.origin,
                action=action,
                about=about,
                keys=part,
                details=dict(details or {}),
                district=district,
            )
        )


def _parts(who: Caller, about: str, keys: Collection[str]) -> Iterable[tuple[int | None, list[str]]]:
    """The entries to be written: the district of each, and the keys that it names."""
    parts = districts.by_district(keys)
    if not about and parts:
        return parts.items()
    named = districts.districts_of(about)
    if named is None:
        # Of no record that is anybody's, so it is whose it was done by.
        return [(who.district if set(parts) <= {who.district} else None, sorted(keys))]
    district = districts.one(named)
    return [(district if set(parts) <= {district} else None, sorted(keys))]


def _add(entry: Entry) -> None:
    with transaction.atomic():
        head, _ = Head.objects.select_for_update().get_or_create(pk=_HEAD)
        entry.previous = head.digest
        entry.digest = digest_of(entry)
        entry.save(force_insert=True)
        About.objects.bulk_create(About(entry=entry, key=key) for key in entry.keys)
        Head.objects.filter(pk=_HEAD).update(last=entry.pk, digest=entry.digest)


def digest_of(entry: Entry) -> str:
    """SHA-256 (hex) over the digest before it and all that the entry says."""
    said = [
        entry.previous,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.account,
        entry.actor,
        entry.origin,
        entry.action,
        entry.about,
        entry.keys,
        entry.details,
        # Entries from before there were districts were hashed without.
        *([entry.district] if entry.district is not None else []),
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def head() -> Head:
    """The chain's end; blank before there is an entry."""
    return Head.objects.filter(pk=_HEAD).first() or Head()
