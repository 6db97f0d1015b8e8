"""What of signing in and of one's own account stands in the audit log, by the signals of Django and allauth."""

from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_delete
from django.http import HttpRequest

from rosterkeeper.features.accounts import factor, sessions
from rosterkeeper.features.accounts.models import Account
from rosterkeeper.features.audit.log import record


def watch() -> None:
    """Begin to write down; called once, when the app is ready."""
    user_logged_in.connect(_signed_in)
    user_logged_out.connect(_signed_out)
    password_changed.connect(_password_changed)
    authenticator_added.connect(_factor_added)
    authenticator_reset.connect(_factor_added)
    authenticator_removed.connect(_factor_removed)
    post_delete.connect(factor.forget, sender=Authenticator)


def _signed_in(request: HttpRequest, user: Account, **_: Any) -> None:
    sessions.begin(request)
    record("account.signed_in", about=f"account:{user.pk}", account=user.pk)


def _signed_out(user: Account | None, **_: Any) -> None:
    if user is not None:
        record("account.signed_out", about=f"account:{user.pk}", account=user.pk)


def _password_changed(user: Account, **_: Any) -> None:
    record("account.password_changed", about=f"account:{user.pk}", account=user.pk)


def _factor_added(user: Account, authenticator: Authenticator, **_: Any) -> None:
    record("account.factor_added", about=f"account:{user.pk}", details={"type": str(authenticator.type)})


def _factor_removed(user: Account, authenticator: Authenticator, **_: Any) -> None:
    record("account.factor_removed", about=f"account:{user.pk}", details={"type": str(authenticator.type)})
