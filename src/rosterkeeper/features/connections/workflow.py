"""Adding, finding, editing, limiting and removing connections."""

from typing import Final

import msgspec
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from rosterkeeper.engine.guard_limits import Limits
from rosterkeeper.features.connections.checks import check
from rosterkeeper.features.connections.models import DEFAULT_DISTRICT, Connection, District
from rosterkeeper.features.connections.specs import sealed_secrets, stated_spec, stored_settings
from rosterkeeper.features.connections.stating import kind_of, tidy
from rosterkeeper.features.sealed.box import create_key, installed_box
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.spec import SourceSpec

_LONGEST_NAME: Final = 100
# The settings that say whose roster it is.
_WHERE: Final = ("tenant_id", "url")


def prepare() -> bool:
    """Make the default district and the key of secrets where there are none; True where the key was made now.

    SettingsError where a secret is stored that this installation's key does not open.
    """
    made = not settings.ROSTER_SECRET_KEYS and create_key(settings.ROSTER_KEY_FILE)
    box = installed_box()
    for connection in listed():
        box.open(connection.secret)
    if not District.objects.exists():
        District.objects.get_or_create(name=DEFAULT_DISTRICT)
    return made


def add(name: str, spec: SourceSpec, *, district: str = DEFAULT_DISTRICT) -> Connection:
    """Store a new connection, its secret sealed; SettingsError where name or spec cannot be right."""
    for text in (name, district):
        check_name(text)
    made = draft(spec)
    made.pk, made.name, made.created_at = None, name, timezone.now()
    try:
        with transaction.atomic():
            made.district, _ = District.objects.get_or_create(name=district)
            made.save()
            return made
    except IntegrityError:
        raise _name_taken(name) from None


def draft(spec: SourceSpec) -> Connection:
    """A connection that is stored nowhere, so that it can be tested; SettingsError where the spec cannot be right."""
    whole = tidy(spec)
    check(whole)
    return Connection(
        id=0, district_id=0, kind=kind_of(whole), settings=stored_settings(whole), secret=sealed_secrets(whole)
    )


def edit(connection: Connection, spec: SourceSpec, *, other_district: bool = False) -> None:
    """Store another spec of the same kind; it counts as not tested from then on (L36, M12).

    SettingsError where the spec cannot be right, and where a tested connection would lead elsewhere although
    ``other_district`` does not say that this is meant (M29).
    """
    made = draft(spec)
    moved = [name for name in _WHERE if made.settings.get(name) != connection.settings.get(name)]
    if connection.verified_at and moved and not other_district:
        raise SettingsError(
            "connection.other_district",
            "The connection would lead to another district or server, whose people would replace those of this one.",
            todo="If that is meant, say --other-district; look at a preview before the next sync.",
        )
    if stated_spec(made) == stated_spec(connection):
        return
    connection.settings, connection.secret = made.settings, made.secret
    connection.edited_at, connection.verified_at = timezone.now(), None
    connection.save(update_fields=["settings", "secret", "edited_at", "verified_at"])


def verified(connection: Connection) -> None:
    """Remember that a test of the connection as it stands has passed (M12, S12).

    Where its settings were changed while they were tested, the test says nothing about the new ones.
    """
    connection.verified_at = timezone.now()
    as_tested = Connection.objects.filter(id=connection.pk, edited_at=connection.edited_at)
    as_tested.update(verified_at=connection.verified_at)


def rename(connection: Connection, name: str) -> None:
    """Give the connection another name; SettingsError where it cannot be one, or another connection has it."""
    check_name(name)
    connection.name = name
    try:
        with transaction.atomic():
            connection.save(update_fields=["name"])
    except IntegrityError:
        raise _name_taken(name) from None


def listed() -> list[Connection]:
    """Every connection in use, by district and name."""
    in_use = Connection.objects.filter(removed_at=None).select_related("district")
    return list(in_use.order_by("district__name", "name"))


def ever() -> list[Connection]:
    """Every connection there ever was: the people of a removed one are still there."""
    return list(Connection.objects.order_by("id"))


def find(name: str) -> Connection:
    """The connection in use called ``name`` or ``DISTRICT/NAME``; SettingsError where it is none or several."""
    district, _, own = name.rpartition("/")
    found = Connection.objects.filter(removed_at=None, name=own).select_related("district")
    matches = list(found.filter(district__name=district) if district else found)
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise SettingsError(
            "connection.ambiguous",
            f"Several districts have a connection named {name}.",
            todo=f"Write it as DISTRICT/{name}.",
        )
    raise SettingsError(
        "connection.unknown",
        f"There is no connection named {name}.",
        todo="See rosterkeeper connection list.",
    )


def limit(connection: Connection, limits: Limits) -> None:
    """Set the connection's thresholds; SettingsError where a percentage or a number cannot be one."""
    percentages = (
        limits.remove_percent,
        limits.school_remove_percent,
        limits.update_percent,
        limits.reject_percent,
    )
    if not all(0 <= each <= 100 for each in percentages) or limits.floor < 0:
        raise SettingsError(
            "connection.limits",
            "A threshold is not a percentage from 0 to 100, or the floor is below 0.",
            todo="Correct the number.",
        )
    connection.limits = msgspec.to_builtins(limits)
    connection.save(update_fields=["limits"])


def remove(connection: Connection) -> None:
    """Stop the connection for good; its people stay (L39). Its secret goes."""
    connection.removed_at = timezone.now()
    connection.secret = ""
    connection.save(update_fields=["removed_at", "secret"])


def _name_taken(name: str) -> SettingsError:
    return SettingsError(
        "connection.name_taken",
        f"The district already has a connection named {name}.",
        todo="Choose another name, or remove that connection first.",
    )


def check_name(name: str) -> None:
    """SettingsError ``connection.name`` where a connection or a district cannot be called so."""
    printable = name.isprintable() and name.strip() == name
    if not name or len(name) > _LONGEST_NAME or "/" in name or not printable:
        raise SettingsError(
            "connection.name",
            "The name is blank, longer than 100 characters, or has characters that a name may not have.",
            todo="Choose a name without slashes and without blanks around it.",
        )
