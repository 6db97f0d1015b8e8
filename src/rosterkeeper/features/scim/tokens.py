"""Tokens of identity providers: made on a page, shown once, known by their hash, good for one district."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from rosterkeeper.features.audit.log import record
from rosterkeeper.features.scim.models import DirectoryToken
from rosterkeeper.oneroster.errors import SettingsError

# So that a token found in a script or a log can be told for what it is.
_PREFIX: Final = "rks_"
_HINT: Final = 9
# `used_at` is written at most so often.
_NOTED: Final = timedelta(minutes=5)
# So long an identity provider may go on with the old token once there is a new one.
OVERLAP: Final = timedelta(days=7)


def make(district: int, name: str) -> tuple[DirectoryToken, str]:
    """A new token of a district and its text, which is kept nowhere."""
    text = _PREFIX + secrets.token_urlsafe(32)
    token = DirectoryToken.objects.create(
        district_id=district, name=name.strip(), hint=text[:_HINT], secret_hash=_hash(text)
    )
    record("scim.token_made", about=_about(token))
    return token, text


def rotate(token: DirectoryToken) -> tuple[DirectoryToken, str]:
    """A new token in the place of one, which stays good for a week; SettingsError where it is good no more."""
    if not token.is_good:
        raise SettingsError(
            "scim.token_ended",
            "This token is not good any more, so nothing can take its place.",
            todo="Make a new token.",
        )
    with transaction.atomic():
        made = make(token.district_id, token.name)
        if token.until is None:
            token.until = timezone.now() + OVERLAP
            token.save(update_fields=["until"])
        record("scim.token_rotated", about=_about(token), details={"new": made[0].pk})
    return made


def revoke(token: DirectoryToken) -> None:
    """Let nobody in by the token any more."""
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        record("scim.token_revoked", about=_about(token))


def known(text: str, district: int) -> DirectoryToken | None:
    """The district's good token of that text; None where there is none."""
    token = DirectoryToken.objects.filter(secret_hash=_hash(text)).first() if text else None
    if token is None or not token.is_good or token.district_id != district:
        return None
    now = timezone.now()
    if token.used_at is None or now - token.used_at > _NOTED:
        DirectoryToken.objects.filter(pk=token.pk).update(used_at=now)
    return token


def listed(district: int) -> list[DirectoryToken]:
    """The district's tokens, the newest first."""
    return list(DirectoryToken.objects.filter(district_id=district).order_by("-pk"))


def find(district: int, number: int) -> DirectoryToken | None:
    """The district's token of that number; None where it has none."""
    return DirectoryToken.objects.filter(district_id=district, pk=number).first()


def _about(token: DirectoryToken) -> str:
    return f"scim_token:{token.district_id}:{token.pk}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
