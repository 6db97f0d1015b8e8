"""The first administrator: a one-time link that only who starts the service can read."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from rosterkeeper.features.accounts.models import Account, FirstVisit
from rosterkeeper.features.accounts.rights import Role

LASTS: Final = timedelta(days=1)


def is_claimed() -> bool:
    """Whether there is an administrator who can sign in."""
    return Account.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exists()


def new_secret() -> str:
    """A new secret for the link; earlier ones no longer count."""
    secret = secrets.token_urlsafe(24)
    with transaction.atomic():
        FirstVisit.objects.all().delete()
        FirstVisit.objects.create(secret_hash=_hash(secret))
    return secret


def opens(secret: str) -> bool:
    """Whether the link's secret is the last one made, and not too old, and nobody has used it."""
    known = FirstVisit.objects.filter(secret_hash=_hash(secret), made_at__gt=timezone.now() - LASTS)
    return known.exists() and not is_claimed()


def claim(secret: str, *, email: str, password: str, name: str = "") -> Account | None:
    """Make the first administrator; None where the link no longer opens. Of two at once, one wins."""
    with transaction.atomic():
        used, _ = FirstVisit.objects.filter(secret_hash=_hash(secret), made_at__gt=timezone.now() - LASTS).delete()
        if not used or is_claimed():
            return None
        return Account.objects.make(email, role=Role.ADMINISTRATOR, password=password, name=name)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
