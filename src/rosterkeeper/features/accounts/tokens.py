"""Tokens of the API: made by an administrator, shown once, known by their hash."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest
from django.utils import timezone

from rosterkeeper.features.accounts.models import Account, ApiToken
from rosterkeeper.features.accounts.rights import FOR_TOKENS, Right, may
from rosterkeeper.features.accounts.scope import School, districts_of_account, narrowed, schools_of
from rosterkeeper.features.audit.log import record
from rosterkeeper.oneroster.errors import RunRefused, SettingsError

# So that a token found in a script or a log can be told for what it is.
_PREFIX: Final = "rk_"
_HINT: Final = 8
# `used_at` is written at most so often.
_NOTED: Final = timedelta(minutes=5)


def make(
    account: Account,
    name: str,
    scopes: Collection[Right],
    *,
    schools: Collection[School] = (),
    districts: Collection[int] = (),
    until: datetime | None = None,
) -> tuple[ApiToken, str]:
    """A new token and its text, which is kept nowhere; SettingsError where it would be good for nothing."""
    if not scopes or not set(scopes) <= set(FOR_TOKENS):
        raise SettingsError(
            "token.scopes",
            "A token is for one right or more, of those that tokens can have.",
            todo=f"Choose among {', '.join(FOR_TOKENS)}.",
        )
    if schools and Right.ACCOUNTS in scopes:
        # Who lets people in could let somebody in who sees all schools.
        raise SettingsError(
            "token.accounts",
            "A token that manages accounts cannot be limited to schools.",
            todo="Make two tokens, or leave one of the two out.",
        )
    text = _PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        account=account,
        name=name.strip(),
        hint=text[:_HINT],
        secret_hash=_hash(text),
        scopes=sorted(scopes),
        schools=[list(school) for school in sorted(schools)],
        districts=sorted(set(districts)),
        until=until,
    )
    record("token.made", about=f"token:{token.pk}", details={"scopes": token.scopes, "schools": len(token.schools)})
    return token, text


def check_within(request: HttpRequest, scopes: Collection[Right], schools: Collection[School]) -> None:
    """RunRefused where a new token could do or see more than the token that the request came with."""
    allowed = schools_of(request)
    sees_more = allowed is not None and (not schools or not set(schools) <= allowed)
    if sees_more or not all(may(request, each) for each in scopes):
        raise RunRefused(
            "token.wider",
            "A token makes no token that may do or see more than itself.",
            todo="Choose fewer rights or schools, or make it on the page API tokens.",
        )


def known(text: str) -> ApiToken | None:
    """The token of that text; None where there is none, or it is revoked or too old, or its account is disabled."""
    token = ApiToken.objects.select_related("account").filter(secret_hash=_hash(text)).first()
    if token is None or not token.is_good:
        return None
    now = timezone.now()
    if token.used_at is None or now - token.used_at > _NOTED:
        ApiToken.objects.filter(pk=token.pk).update(used_at=now)
    return token


def districts_of(number: int) -> Collection[int]:
    """The districts that a token is limited to, by itself or by its account; none where it is not."""
    token = ApiToken.objects.select_related("account").filter(pk=number).first()
    return (narrowed(districts_of_account(token.account), token) if token else None) or ()


def listed() -> list[ApiToken]:
    """Every token, the newest first."""
    return list(ApiToken.objects.select_related("account").order_by("-pk"))


def find(number: int) -> ApiToken:
    """The token of that number; SettingsError where there is none."""
    token = ApiToken.objects.select_related("account").filter(pk=number).first()
    if token is None:
        raise SettingsError("token.unknown", f"There is no token {number}.", todo="See rosterkeeper token list.")
    return token


def revoke(token: ApiToken) -> None:
    """Let nobody in by the token any more."""
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        record("token.revoked", about=f"token:{token.pk}")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
