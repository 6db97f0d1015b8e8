"""What a district's policy says of a computer's settings: the registry, JSON files or managed preferences.

Each place yields texts by the settings' keys, the user's after the machine's. A place that cannot be read is a trouble
that is told, and says nothing: half a policy would be taken for a whole one.
"""

import json
import plistlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

REGISTRY_PATH: Final = r"Software\Policies\Rosterkeeper\Console"
# Beside the settings, every template writes which it is.
VERSION_VALUE: Final = "templates"
PREFERENCES: Final = "org.rosterkeeper.console.plist"


class Registry(Protocol):
    """The part of the Windows registry that is read: the values of one key, {} where there is none."""

    def values(self, hive: str, path: str) -> Mapping[str, object]:
        """The values of ``path`` in ``HKLM`` or ``HKCU``; OSError where they may not be read."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """What one place says; ``scope`` is machine or user, ``trouble`` why it could not be read."""

    scope: str
    place: str
    values: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""

    @property
    def templates(self) -> str:
        """The version of the templates that set it, '' where nothing says so."""
        return self.values.get(VERSION_VALUE, "")


class WindowsRegistry:
    """The registry of this computer."""

    def values(self, hive: str, path: str) -> Mapping[str, object]:
        """The values of a key."""
        if sys.platform != "win32":
            return {}
        import winreg  # noqa: PLC0415 -- there is none elsewhere

        found: dict[str, object] = {}
        try:
            with winreg.OpenKey(
                getattr(winreg, {"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER"}[hive]), path
            ) as key:
                for number in range(winreg.QueryInfoKey(key)[1]):
                    name, value, _ = winreg.EnumValue(key, number)
                    found[name] = value
        except FileNotFoundError:
            return {}
        return found


def policies(platform: str, home: Path, registry: Registry, *, root: Path = Path("/")) -> list[Policy]:
    """What the places of a platform (as ``sys.platform``) say: the machine's first, then the user's."""
    if platform == "win32":
        return [_of_registry("machine", "HKLM", registry), _of_registry("user", "HKCU", registry)]
    if platform == "darwin":
        managed = root / "Library" / "Managed Preferences"
        return [
            _of_file("machine", managed / PREFERENCES, _read_plist),
            _of_file("user", managed / home.name / PREFERENCES, _read_plist),
        ]
    machine = root / "etc" / "rosterkeeper" / "console-policy.json"
    return [
        _of_file("machine", machine, _read_json),
        _of_file("user", machine.parent / "console-policy" / f"{home.name}.json", _read_json),
    ]


def _of_registry(scope: str, hive: str, registry: Registry) -> Policy:
    place = f"{hive}\\{REGISTRY_PATH}"
    try:
        return Policy(scope, place, _texts(registry.values(hive, REGISTRY_PATH)))
    except (OSError, ValueError) as fault:
        return Policy(scope, place, trouble=f"The policy in {place} cannot be read ({type(fault).__name__}).")


def _of_file(scope: str, path: Path, read: Callable[[bytes], object]) -> Policy:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Policy(scope, str(path))
    except OSError as fault:
        return Policy(scope, str(path), trouble=f"The policy file {path} cannot be read ({type(fault).__name__}).")
    try:
        return Policy(scope, str(path), _texts(read(data)))
    except (ValueError, RecursionError):
        return Policy(scope, str(path), trouble=f"The policy file {path} is not written as it must be.")


def _read_json(data: bytes) -> object:
    return json.loads(data.decode("utf-8-sig"))


def _read_plist(data: bytes) -> object:
    try:
        return plistlib.loads(data)
    except plistlib.InvalidFileException as fault:
        raise ValueError from fault


def _texts(values: object) -> dict[str, str]:
    """Switches and numbers as texts; ValueError for anything else."""
    if not isinstance(values, Mapping):
        raise ValueError("a policy is a table of names and values")
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, bool):
            found[str(name)] = "1" if value else "0"
        elif isinstance(value, str | int):
            found[str(name)] = str(value)
        else:
            raise ValueError("a policy's values are texts, numbers and switches")
    return found
