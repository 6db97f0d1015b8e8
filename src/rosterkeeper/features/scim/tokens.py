"""Tokens of identity providers: made on a page, shown once, known by their hash, good for one district."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from rosterkeeper.features.accounts import scope
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
    record("scim.token_made", about=f"scim_token:{token.pk}", details={"district": district})
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
        record("scim.token_rotated", about=f"scim_token:{token.pk}", details={"new": made[0].pk})
    return made


def revoke(token: DirectoryToken) -> None:
    """Let nobody in by the token any more."""
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        record("scim.token_revoked", about=f"scim_token:{token.pk}", details={"district": token.district_id})


def known(text: str, district: int) -> DirectoryToken | None:
    """The district's good token of that text; None where there is none."""
    token = DirectoryToken.objects.filter(secret_hash=_hash(text)).first() if text else None
    if token is None or not token.is_good or token.district_id != district:
        return None
    now = timezone.now()
    if token.used_at is None or now - token.used_at > _NOTED:
        DirectoryToken.objects.filter(pk=token.pk).update(used_at=now)
    return token


def listed(request: HttpRequest) -> list[DirectoryToken]:
    """The tokens of the districts in sight, the newest first."""
    return list(scope.within(request, DirectoryToken.objects.order_by("-pk")))


def find(request: HttpRequest, number: int) -> DirectoryToken | None:
    """The token of that number, if its district is in sight."""
    return scope.within(request, DirectoryToken.objects.filter(pk=number)).first()


def last_used(district: int) -> datetime | None:
    """When an identity provider of the district last came."""
    used = DirectoryToken.objects.filter(district_id=district, used_at__isnull=False).order_by("-used_at").first()
    return used.used_at if used else None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
