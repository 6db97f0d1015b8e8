"""Security keys of schools: made, shown, rotated with an overlap, revoked; each of it is written down (N19)."""

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from rosterkeeper.features.accounts.scope import read
from rosterkeeper.features.audit.callers import caller
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.console.models import Key
from rosterkeeper.features.console.schools import School, served
from rosterkeeper.features.sealed.box import installed_box
from rosterkeeper.launcher.keys import new_key
from rosterkeeper.oneroster.errors import RunRefused, SettingsError

# So many days an old key goes on by itself: long enough to reach computers that were off over a holiday.
OVERLAP: Final = 14
LONGEST_OVERLAP: Final = 365
LONGEST_NAME: Final = 100


def make(district: int, school: str, name: str = "") -> tuple[Key, str]:
    """A new key and its text; ``school`` is CONNECTION:ORG, '' for the whole district. SettingsError for no school."""
    chosen = school_of(district, school) if school else None
    fresh = new_key()
    text = fresh.text()
    key = Key.objects.create(
        key_id=fresh.id,
        secret=installed_box().seal(text),
        district_id=district,
        connection_id=chosen.connection if chosen else 0,
        school=chosen.sourced_id if chosen else "",
        name=name.strip()[:LONGEST_NAME],
        made_by=caller().account,
    )
    record("console.key_made", about=about(key), details={"key": key.key_id})
    return key, text


def show(key: Key) -> str:
    """The key's text, to be copied; that somebody looked is written down."""
    _need_good(key)
    text = installed_box().open(key.secret)
    record("console.key_shown", about=about(key), details={"key": key.key_id})
    return text


def rotate(key: Key, days: int = OVERLAP) -> tuple[Key, str]:
    """A new key in the place of one, which stays good for so many days; RunRefused where it is good no more."""
    _need_good(key)
    with transaction.atomic():
        school = f"{key.connection_id}:{key.school}" if key.school else ""
        made = make(key.district_id, school, key.name)
        until = timezone.now() + timedelta(days=days)
        if key.until is None or key.until > until:
            key.until = until
            key.save(update_fields=["until"])
        record("console.key_rotated", about=about(key), details={"key": key.key_id, "new": made[0].key_id})
    return made


def revoke(key: Key) -> None:
    """Let no launch by the key in any more; visits by it end with their next click."""
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        record("console.key_revoked", about=about(key), details={"key": key.key_id})


def listed(district: int) -> list[Key]:
    """The district's keys: those that are good first, of each the newest first."""
    rows = Key.objects.filter(district_id=district).order_by("-pk")
    return sorted(rows, key=lambda each: not each.is_good)


def find(district: int, number: int) -> Key | None:
    """The district's key of that number; None where it has none."""
    return Key.objects.filter(district_id=district, pk=number).first()


def school_of(district: int, value: str) -> School:
    """The served school that CONNECTION:ORG names; SettingsError where the district has none of it."""
    try:
        connection, org = read(value)
    except ValueError:
        connection, org = 0, ""
    found = served(district, {connection: (org,)}) if connection else ()
    if not found:
        raise SettingsError(
            "console.no_school",
            "The district has no such school that is served.",
            todo="Choose one of the schools of its rosters, or none for the whole district.",
        )
    return found[0]


def about(key: Key) -> str:
    """How the audit log names a key."""
    return f"console_key:{key.district_id}:{key.pk}"


def _need_good(key: Key) -> None:
    if not key.is_good:
        raise RunRefused(
            "console.key_ended",
            "This key is not good any more.",
            todo="Make a new key.",
        )
