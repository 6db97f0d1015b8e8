"""Between a stored connection and the spec that opens its source."""

from typing import Final

import msgspec
from django.conf import settings

from rosterkeeper.engine.guard_limits import Limits
from rosterkeeper.features.connections import uploads
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.sealed.box import installed_box
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.spec import ClassLinkSpec, CsvSpec, OneRosterSpec, SourceSpec

# Stored sealed; what the installation sets is not stored at all.
_SECRETS: Final = ("secret", "password")
_NOT_STORED: Final = (*_SECRETS, "kind", "proxy")
# Between two secrets in one sealed text: a letter that no secret can hold.
_BETWEEN: Final = "\x1f"


def spec_of(connection: Connection) -> SourceSpec:
    """The connection's source, its secret opened, an upload found and the installation's own settings filled in.

    SettingsError where the stored settings no longer make one.
    """
    spec = stated_spec(connection)
    if isinstance(spec, CsvSpec):
        return uploads.opened(spec)
    if isinstance(spec, ClassLinkSpec):
        key = spec.secret or ("" if spec.url else settings.ROSTER_CLASSLINK_API_KEY)
        return msgspec.structs.replace(spec, secret=key, proxy=settings.ROSTER_CLASSLINK_PROXY)
    return spec


def stated_spec(connection: Connection) -> SourceSpec:
    """The spec as the connection states it, its secret opened."""
    stated = {**connection.settings, "kind": connection.kind}
    if connection.secret:
        opened = installed_box().open(connection.secret).split(_BETWEEN)
        stated |= dict(zip(_SECRETS, opened, strict=False))
    try:
        spec: SourceSpec = msgspec.convert(stated, SourceSpec)
    except msgspec.ValidationError:
        raise SettingsError(
            "connection.bad_settings",
            "The connection's stored settings do not describe a source.",
            todo="Remove the connection and add it again.",
        ) from None
    return spec


def limits_of(connection: Connection) -> Limits:
    """The guard's thresholds for the connection: the defaults, and what was set otherwise."""
    return msgspec.convert(connection.limits, Limits)


def stored_settings(spec: SourceSpec) -> dict[str, str | int]:
    """What of a spec is stored in plain text: all but its kind and its secrets."""
    stated: dict[str, str | int] = msgspec.to_builtins(spec)
    return {name: value for name, value in stated.items() if name not in _NOT_STORED}


def sealed_secrets(spec: SourceSpec) -> str:
    """The spec's secrets as they may be stored; '' where it has none."""
    if isinstance(spec, CsvSpec):
        return ""
    password = spec.password if isinstance(spec, OneRosterSpec) else ""
    secrets = _BETWEEN.join((spec.secret, password)) if password else spec.secret
    return installed_box().seal(secrets)
