"""One-time links: who has one sets a password and is signed in. They invite, and they help who forgot theirs."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from rosterkeeper.features.accounts.models import Account, Link

INVITED: Final = timedelta(days=7)
FORGOTTEN: Final = timedelta(hours=1)


def new(account: Account, lasts: timedelta) -> str:
    """The secret of a new link for the account; earlier ones no longer count."""
    secret = secrets.token_urlsafe(24)
    with transaction.atomic():
        Link.objects.filter(account=account).delete()
        Link.objects.create(account=account, secret_hash=_hash(secret), until=timezone.now() + lasts)
    return secret


def account_of(secret: str) -> Account | None:
    """Whose link it is; None where it was used, replaced or is too old, or the account is disabled."""
    link = _good(secret)
    return link.account if link else None


def use(secret: str, password: str) -> Account | None:
    """Set the account's password; None as for `account_of`. Of two uses at once, one wins."""
    with transaction.atomic():
        link = _good(secret)
        if link is None or not Link.objects.filter(pk=link.pk).delete()[0]:
            return None
        account = Account.objects.select_for_update().get(pk=link.account_id)
        account.set_password(password)
        account.save(update_fields=["password"])
        return account


def _good(secret: str) -> Link | None:
    rows = Link.objects.select_related("account")
    return rows.filter(secret_hash=_hash(secret), until__gt=timezone.now(), account__is_active=True).first()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
