"""Adding, finding, limiting and removing connections."""

from typing import Final

import msgspec
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from rosterkeeper.engine.guard_limits import Limits
from rosterkeeper.features.connections.models import Connection, District
from rosterkeeper.features.connections.secrets import create_key, installed_box
from rosterkeeper.features.connections.specs import check, stored_settings
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.spec import CsvSpec, OneRosterSpec, SourceSpec

DEFAULT_DISTRICT: Final = "default"
_LONGEST_NAME: Final = 100


def prepare() -> bool:
    """Make the default district and, where there is none, the key of secrets; True where the key was made now.

    SettingsError where a secret is stored that this installation's key does not open.
    """
    made = not settings.ROSTER_SECRET_KEYS and create_key(settings.ROSTER_KEY_FILE)
    box = installed_box()
    for connection in listed():
        box.open(connection.secret)
    District.objects.get_or_create(name=DEFAULT_DISTRICT)
    return made


def add(name: str, spec: SourceSpec, *, district: str = DEFAULT_DISTRICT) -> Connection:
    """Store a new connection, its secret sealed; SettingsError where name or spec cannot be right."""
    for text in (name, district):
        _check_name(text)
    check(spec)
    secret = installed_box().seal(spec.secret) if isinstance(spec, OneRosterSpec) else ""
    try:
        with transaction.atomic():
            home, _ = District.objects.get_or_create(name=district)
            return Connection.objects.create(
                district=home,
                name=name,
                kind="csv" if isinstance(spec, CsvSpec) else "oneroster",
                settings=stored_settings(spec),
                secret=secret,
                created_at=timezone.now(),
            )
    except IntegrityError:
        raise SettingsError(
            "connection.name_taken",
            f"The district already has a connection named {name}.",
            todo="Choose another name, or remove that connection first.",
        ) from None


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


def _check_name(name: str) -> None:
    printable = name.isprintable() and name.strip() == name
    if not name or len(name) > _LONGEST_NAME or "/" in name or not printable:
        raise SettingsError(
            "connection.name",
            "The name is blank, longer than 100 characters, or has characters that a name may not have.",
            todo="Choose a name without slashes and without blanks around it.",
        )
