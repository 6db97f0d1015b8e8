"""Between a stored connection and the spec that opens its source."""

from typing import Final
from urllib.parse import urlsplit

import msgspec

from rosterkeeper.engine.guard_limits import Limits
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.secrets import installed_box
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.spec import AUTHS, VERSIONS, CsvSpec, OneRosterSpec, SourceSpec

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
    match spec:
        case CsvSpec(path=path) if not path:
            _refuse("path", "A CSV connection needs the path of its zip.", "Give it with --path.")
        case OneRosterSpec():
            _check_server(spec)
        case _:
            return


def _check_server(spec: OneRosterSpec) -> None:
    if not _is_web_address(spec.url):
        _refuse("url", "The server's address is not an http or https address.", "Give it with --url.")
    if spec.token_url and not _is_web_address(spec.token_url):
        _refuse("token_url", "The token address is not an http or https address.", "Correct --token-url.")
    if spec.auth not in AUTHS:
        _refuse("auth", "The way to sign in is unknown.", f"Choose --auth among {', '.join(AUTHS)}.")
    if spec.version not in VERSIONS:
        _refuse("version", "The version is unknown.", f"Choose --version among {', '.join(VERSIONS)}.")
    if not spec.client_id and spec.auth != "bearer":
        _refuse("client_id", "The client id is missing.", "Give it with --client-id.")
    if not spec.secret:
        _refuse("secret", "The secret is missing.", "Set ROSTERKEEPER_SECRET for this command.")


def _is_web_address(text: str) -> bool:
    try:
        address = urlsplit(text)
    except ValueError:
        return False
    # A name and password inside an address would be stored in plain text.
    return address.scheme in ("http", "https") and bool(address.hostname) and "@" not in address.netloc


def _refuse(field: str, what: str, todo: str) -> None:
    raise SettingsError(f"connection.{field}", what, todo=todo)
