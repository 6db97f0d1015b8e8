"""Between a stored connection and the spec that opens its source."""

from typing import Final
from urllib.parse import urlsplit

import msgspec

from rosterkeeper.engine.guard_limits import Limits
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.secrets import installed_box
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.spec import AUTHS, VERSIONS, OneRosterSpec, SourceSpec

_SECRETLESS: Final = ("secret", "kind")


def spec_of(connection: Connection) -> SourceSpec:
    """The connection's source, its secret opened; SettingsError where the stored settings no longer make one."""
    stated = {**connection.settings, "kind": connection.kind}
    if connection.secret:
        stated["secret"] = installed_box().open(connection.secret)
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
    """What of a spec is stored in plain text: all but its kind and its secret."""
    stated: dict[str, str | int] = msgspec.to_builtins(spec)
    return {name: value for name, value in stated.items() if name not in _SECRETLESS}


def check(spec: SourceSpec) -> None:
    """SettingsError, one code a field, where a spec cannot be right (L10, L14)."""
    if isinstance(spec, OneRosterSpec):
        _check_server(spec)
        _check_credentials(spec)
    elif not spec.path:
        raise SettingsError(
            "connection.path", "A CSV connection needs the path of its zip.", todo="Give it with --path."
        )


def _check_server(spec: OneRosterSpec) -> None:
    if not _is_web_address(spec.url):
        raise SettingsError(
            "connection.url",
            "The server's address is not an http or https address.",
            todo="Give it with --url, without a name or password in it.",
        )
    if spec.token_url and not _is_web_address(spec.token_url):
        raise SettingsError(
            "connection.token_url",
            "The token address is not an http or https address.",
            todo="Correct --token-url, or leave it out.",
        )
    if spec.version not in VERSIONS:
        raise SettingsError(
            "connection.version", "The version is unknown.", todo=f"Choose --version among {', '.join(VERSIONS)}."
        )


def _check_credentials(spec: OneRosterSpec) -> None:
    if spec.auth not in AUTHS:
        raise SettingsError(
            "connection.auth", "The way to sign in is unknown.", todo=f"Choose --auth among {', '.join(AUTHS)}."
        )
    if not spec.client_id and spec.auth != "bearer":
        raise SettingsError("connection.client_id", "The client id is missing.", todo="Give it with --client-id.")
    if not spec.secret:
        raise SettingsError(
            "connection.secret",
            "The secret is missing.",
            todo="Set ROSTERKEEPER_SECRET for this command, or run it at a terminal and be asked.",
        )


def _is_web_address(text: str) -> bool:
    try:
        address = urlsplit(text)
    except ValueError:
        return False
    # A name and password inside an address would be stored in plain text.
    return address.scheme in ("http", "https") and bool(address.hostname) and "@" not in address.netloc
