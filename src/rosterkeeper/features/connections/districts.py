"""Adding, finding and renaming districts. One is never taken away: what belongs to it would be nobody's."""

from django.db import IntegrityError, transaction

from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.models import DEFAULT_DISTRICT, District
from rosterkeeper.features.connections.workflow import check_name
from rosterkeeper.features.connections.zones import zone_of
from rosterkeeper.oneroster.errors import SettingsError


def listed() -> list[District]:
    """Every district, by name."""
    return list(District.objects.order_by("name"))


def find(name: str) -> District:
    """The district of that name; SettingsError where there is none."""
    found = District.objects.filter(name=name).first()
    if found is None:
        raise SettingsError(
            "district.unknown", f"There is no district named {name}.", todo="See rosterkeeper district list."
        )
    return found


def usual() -> str:
    """The name of the only district there is, or of several the one called default; '' where there is neither."""
    names = [each.name for each in listed()]
    if len(names) == 1:
        return names[0]
    return DEFAULT_DISTRICT if DEFAULT_DISTRICT in names or not names else ""


def name_meant(name: str) -> str:
    """The district that is meant: ``name``, which may be a new district's, or the `usual` one where it is ''.

    SettingsError ``district.which`` where that is none of several.
    """
    meant = name or usual()
    if not meant:
        raise SettingsError(
            "district.which",
            "There are several districts, and it was not said which one is meant.",
            todo="Name one of them, see rosterkeeper district list.",
        )
    return meant


def add(name: str) -> District:
    """A new district; SettingsError where it cannot be called so, or another one is."""
    check_name(name)
    made = District(name=name)
    _save(made)
    record("district.added", about=f"district:{made.pk}")
    return made


def rename(district: District, name: str) -> None:
    """Give the district another name; SettingsError as for `add`."""
    check_name(name)
    district.name = name
    _save(district)
    record("district.renamed", about=f"district:{district.pk}")


def set_zone(district: District, zone: str) -> bool:
    """Say in which time zone the district is, '' for the server's; False where it is so already.

    SettingsError ``schedule.zone`` where this machine does not know the zone. Whose classes begin or end by another
    date then is matched anew within seconds.
    """
    if zone:
        zone_of(zone)
    if not District.objects.filter(pk=district.pk).exclude(zone=zone).update(zone=zone):
        return False
    district.zone = zone
    record("district.zone_set", about=f"district:{district.pk}", details={"zone": zone})
    return True


def _save(district: District) -> None:
    try:
        with transaction.atomic():
            district.save()
    except IntegrityError:
        raise SettingsError(
            "district.name_taken", f"There is a district named {district.name} already.", todo="Choose another name."
        ) from None
