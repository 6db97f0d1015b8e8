"""Whose students and staff are a district's: while a server brings them, a zip may not (M02, M05).

Guardians are seldom in a server's feed, and a zip may always bring them (M27).
"""

from typing import Final

from rosterkeeper.engine.options import Options
from rosterkeeper.features.connections.choosing import options_of
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.oneroster.errors import SettingsError

OTHER_SOURCE: Final = "connection.other_source"
_KINDS: Final = ("students", "staff")
# What a zip brings that stands beside an authoritative server.
GUARDIANS_ONLY: Final = Options(classrooms=False, students=False, staff=False, parents=True)


def authorities(district: str, *, beside: int = 0) -> dict[str, Connection]:
    """Which server's connection brings the district's ``students`` and ``staff``; a draft brings nobody.

    ``beside`` is the connection that is asked about, which does not count.
    """
    found: dict[str, Connection] = {}
    servers = Connection.objects.filter(district__name=district, removed_at=None).exclude(kind="csv").exclude(id=beside)
    for each in servers.order_by("id"):
        # An edited connection was in use before; that its new settings are not tested yet changes nothing.
        if each.verified_at or each.edited_at:
            options = options_of(each)
            for kind in _KINDS:
                if getattr(options, kind):
                    found.setdefault(kind, each)
    return found


def rivals(connection: Connection, options: Options | None = None) -> dict[str, Connection]:
    """The connections that bring what the zip of ``connection`` would bring under ``options``, by default its own.

    Empty for a server's connection.
    """
    if connection.kind != "csv":
        return {}
    wanted = options or options_of(connection)
    found = authorities(connection.district.name, beside=connection.pk)
    return {kind: each for kind, each in found.items() if getattr(wanted, kind)}


def check_zip(district: str, options: Options, *, beside: int = 0) -> None:
    """SettingsError where a server already brings the district what a zip under ``options`` would bring."""
    for kind, other in authorities(district, beside=beside).items():
        if getattr(options, kind):
            raise SettingsError(
                OTHER_SOURCE,
                f"The {kind} of this district come from the connection {other.name}; a zip of them is not taken over.",
                todo=f"Switch {kind} off in the options of one of the two connections, remove one of them,"
                " or add the zip to a district of its own.",
            )


def check_second(district: str, *, is_meant: bool) -> None:
    """SettingsError where a server brings the district's people already, and another is not said to be meant (M28)."""
    if not is_meant and authorities(district):
        raise SettingsError(
            "connection.second_source",
            "A server already brings the people of this district; a second one may misalign them.",
            todo="If that is meant, say second_source.",
        )
