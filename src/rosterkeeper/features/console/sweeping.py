"""Forgetting what launches left: nonces that no launch could use again, old addresses, and visits that are over."""

from datetime import datetime

from rosterkeeper.features.console.models import Nonce, Opening, Visit
from rosterkeeper.launcher.launch import CLOCK_DIFFERENCE


def sweep(now: datetime) -> int:
    """Delete what nobody can use any more, logins among it; returns how many rows."""
    # A launch's time is believed for as long before as after.
    nonces, _ = Nonce.objects.filter(seen_at__lt=now - 2 * CLOCK_DIFFERENCE).delete()
    openings, _ = Opening.objects.filter(until__lt=now).delete()
    visits, _ = Visit.objects.filter(until__lt=now).delete()
    return nonces + openings + visits
