"""From what an administrator states to the spec of a source: blanks filled from the preset, addresses made whole.

Each kind takes its own settings only, so that nobody believes in one that has no effect (N01).
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.oneroster import urls
from rosterkeeper.sources.oneroster.presets import preset_of
from rosterkeeper.sources.spec import ClassLinkSpec, CsvSpec, OneRosterSpec, SourceSpec

Stated = Mapping[str, str | int]

_TYPES: Final[Mapping[str, type[SourceSpec]]] = {
    "csv": CsvSpec,
    "oneroster": OneRosterSpec,
    "classlink": ClassLinkSpec,
}
# What a preset can fill in.
_OF_PRESET: Final = ("url", "auth", "auth_style", "scope", "version", "page_size", "in_flight")
# Set by the installation, not by a connection.
_NOT_STATED: Final = ("proxy",)


def made(kind: str, stated: Stated) -> SourceSpec:
    """The spec of a new connection; SettingsError where something stated is not the kind's, or a preset is unknown."""
    _require_own(kind, stated)
    needed: Stated = {"path": ""} if kind == "csv" else {"url": ""}
    return _spec(kind, {**needed, **_of_preset(kind, stated), **stated})


def edited(spec: SourceSpec, stated: Stated) -> SourceSpec:
    """The spec with what is stated now; a preset stated now fills in what is not stated beside it."""
    kind = kind_of(spec)
    _require_own(kind, stated)
    before: Stated = msgspec.structs.asdict(spec)
    return _spec(kind, {**before, **_of_preset(kind, stated), **stated})


def kind_of(spec: SourceSpec) -> str:
    """The word for the spec's kind."""
    return next(kind for kind, each in _TYPES.items() if isinstance(spec, each))


def check_kind(kind: str, name: str) -> None:
    """SettingsError where a connection of the kind has no such setting."""
    own = {each.name for each in msgspec.structs.fields(_TYPES[kind])} - set(_NOT_STATED)
    if name not in own:
        raise SettingsError(
            "connection.other_kind",
            f"A {kind} connection has no --{name.replace('_', '-')}.",
            todo="Leave it out, or choose another --kind.",
        )


def tidy(spec: SourceSpec) -> SourceSpec:
    """The spec with its address as it will be used: with a scheme, without what was pasted too much (L14)."""
    if isinstance(spec, CsvSpec) or not spec.url.strip():
        return spec
    try:
        found = urls.address(spec.url)
    except SettingsError:
        return spec
    service = urls.SERVICE_PATHS[found.version] if found.version else ""
    return msgspec.structs.replace(spec, url=f"{found.origin}{found.prefix}{service}")


def _require_own(kind: str, stated: Stated) -> None:
    for name in stated:
        check_kind(kind, name)


def _of_preset(kind: str, stated: Stated) -> Stated:
    """A SIS says how its own server is reached; behind ClassLink it is only a name."""
    preset = preset_of(str(stated.get("preset", "")))
    if kind != "oneroster" or "preset" not in stated:
        return {}
    filled: dict[str, str | int] = {name: getattr(preset, name) for name in _OF_PRESET}
    return filled if preset.url else {name: value for name, value in filled.items() if name != "url"}


def _spec(kind: str, stated: Stated) -> SourceSpec:
    trimmed = {name: value.strip() if isinstance(value, str) else value for name, value in stated.items()}
    spec: SourceSpec = msgspec.convert({**trimmed, "kind": kind}, SourceSpec)
    return spec
