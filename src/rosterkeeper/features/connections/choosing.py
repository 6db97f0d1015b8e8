"""A connection's options: what of its source's roster is taken over."""

from typing import Final

import msgspec

from rosterkeeper.engine.options import FAMILY_ROLES, KNOWN_ROLES, Options
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.oneroster.errors import SettingsError

_LONGEST_SPAN: Final = 366


def options_of(connection: Connection) -> Options:
    """The connection's options: the defaults, and what was chosen otherwise."""
    return msgspec.convert(connection.options, Options)


def choose(connection: Connection, options: Options) -> None:
    """Set the connection's options; SettingsError where they cannot be meant. The next sync applies them."""
    _check(options)
    connection.options = msgspec.to_builtins(options)
    connection.save(update_fields=["options"])


def _check(options: Options) -> None:
    if not all(0 <= days <= _LONGEST_SPAN for days in (options.days_before, options.days_after)):
        raise SettingsError(
            "connection.days",
            f"The days before or after a session are not a number from 0 to {_LONGEST_SPAN}.",
            todo="Correct the number.",
        )
    known = {*KNOWN_ROLES, *(role for role in options.roles if role.startswith("ext:"))}
    if not set(options.roles) <= known or not set(options.relationships) <= set(FAMILY_ROLES):
        raise SettingsError(
            "connection.role", "A role is not one of OneRoster's.", todo=f"Choose among {', '.join(KNOWN_ROLES)}."
        )
    if options.parents and not options.relationships:
        raise SettingsError(
            "connection.relationship",
            "Parents are on, and no relationship type is chosen.",
            todo=f"Choose at least one of {', '.join(FAMILY_ROLES)}, or switch parents off.",
        )
