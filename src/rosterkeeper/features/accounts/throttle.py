"""How often signing in may be tried: at most ten failures in a quarter of an hour from one origin, on one name or many.

A limit goes with the origin, so that nobody can lock somebody else out by failing often: from another place, or by a
one-time link of `rosterkeeper account reset-password`, the owner gets in. The tries are in the database, where every
web process sees them.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from rosterkeeper.features.accounts.models import Tries

WINDOW: Final = timedelta(minutes=15)
MOST: Final = 10


def keys_of(origin: str, name: str) -> tuple[str, str]:
    """Under which keys a try from there on that name counts; the name itself, known here or not, is not kept."""
    return f"origin:{origin}", f"name:{_hash(name)}:{origin}"


def reserve(keys: Collection[str]) -> datetime | None:
    """Count a try under each key before it is answered; None, and nothing counted, where one has had too many."""
    now = timezone.now()
    with transaction.atomic():
        Tries.objects.filter(last__lt=now - WINDOW).delete()
        rows = []
        # Always in one order: two tries at once wait for each other instead of going round in a circle.
        for key in sorted(keys):
            Tries.objects.get_or_create(key=key, defaults={"last": now})
            row = Tries.objects.select_for_update().get(key=key)
            row.times = [each for each in row.times if each > (now - WINDOW).timestamp()]
            rows.append(row)
        if any(len(row.times) >= MOST for row in rows):
            return None
        for row in rows:
            row.times.append(now.timestamp())
            row.last = now
            row.save(update_fields=["times", "last"])
    return now


def give_back(keys: Collection[str], reserved: datetime) -> None:
    """Take a try off the count: it was no failure. Earlier failures stay counted."""
    with transaction.atomic():
        for row in Tries.objects.select_for_update().filter(key__in=keys).order_by("key"):
            row.times = [each for each in row.times if each != reserved.timestamp()]
            row.save(update_fields=["times"])


def unlock() -> int:
    """Forget every failed try of the last while, from wherever; returns under how many keys there were any."""
    done, _ = Tries.objects.all().delete()
    return done


def _hash(name: str) -> str:
    return hashlib.sha256(name.strip().lower().encode()).hexdigest()[:32]
