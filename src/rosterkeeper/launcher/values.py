"""Which value of a setting holds: the machine's policy, then the user's, then this user's own, then the default."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rosterkeeper.launcher.policy import Policy
from rosterkeeper.launcher.settings import BY_KEY, SETTINGS, TEMPLATES, SettingRefused, checked


@dataclass(frozen=True, slots=True)
class Value:
    """A setting's value and whose it is: ``machine``, ``user``, ``local`` or ``default``."""

    text: str
    whose: str

    @property
    def is_managed(self) -> bool:
        """Whether policy holds it, so that nobody changes it here."""
        return self.whose in ("machine", "user")


@dataclass(frozen=True, slots=True)
class Values:
    """All settings' values, and what was wrong with the places that they come from."""

    by_key: Mapping[str, Value]
    troubles: tuple[str, ...]

    def __getitem__(self, key: str) -> str:
        return self.by_key[key].text

    @property
    def managed(self) -> tuple[str, ...]:
        """The keys of the settings that policy holds, in the table's order."""
        return tuple(key for key, value in self.by_key.items() if value.is_managed)


def settled(policies: Sequence[Policy], own: Mapping[str, str], troubles: Sequence[str] = ()) -> Values:
    """The values that hold. A value that its setting cannot hold is told and passed over."""
    told = [*troubles, *(each.trouble for each in policies if each.trouble), *_aged(policies)]
    found: dict[str, Value] = {}
    for setting in SETTINGS:
        managed = [(each.scope, each.values, each.place) for each in policies if setting.has_policy]
        for whose, values, place in (*managed, ("local", own, "This computer's own settings")):
            if setting.key not in values:
                continue
            try:
                found[setting.key] = Value(checked(setting, values[setting.key]), whose)
            except SettingRefused as fault:
                told.append(f"{place}: {fault}")
                continue
            break
        found.setdefault(setting.key, Value(setting.default, "default"))
    return Values(found, tuple(told))


def read_own(path: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    """This user's own settings, and what is wrong with their file."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}, ()
    except (OSError, ValueError, RecursionError):
        return {}, (
            f"The settings file {path} cannot be read. Set the console up again with `rosterkeeper console configure`.",
        )
    if not isinstance(told, dict):
        return {}, (f"The settings file {path} is not written as it must be.",)
    return {key: value for key, value in told.items() if key in BY_KEY and isinstance(value, str)}, ()


def write_own(path: Path, own: Mapping[str, str]) -> None:
    """Keep this user's own settings, whole or not at all, readable by nobody else: the key is among them."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".console-")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(dict(own), file, indent=1, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def _aged(policies: Sequence[Policy]) -> list[str]:
    """What is to be said of policies that were set with templates of another version (N27)."""
    return [
        f"The {each.scope} policy was set with templates {each.templates or 'of an unknown version'}; the program's are"
        f" {TEMPLATES}. Import the new ones, which `rosterkeeper console templates FOLDER` writes."
        for each in policies
        if each.values and _number(each.templates) < _number(TEMPLATES)
    ]


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))
