"""Whose value holds: policy of the machine and of the user, the computer's own settings, the defaults."""

import json
import plistlib
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from rosterkeeper.launcher.policy import REGISTRY_PATH, policies
from rosterkeeper.launcher.settings import BY_KEY, TEMPLATES, SettingRefused, checked
from rosterkeeper.launcher.values import read_own, settled, write_own


class WrittenRegistry:
    """A registry that holds what a test wrote into it."""

    def __init__(self, keys: Mapping[tuple[str, str], Mapping[str, object]], refused: str = "") -> None:
        self._keys = keys
        self._refused = refused

    def values(self, hive: str, path: str) -> Mapping[str, object]:
        if hive == self._refused:
            raise PermissionError
        return self._keys.get((hive, path), {})


EMPTY = WrittenRegistry({})


@pytest.mark.covers("N26", "N28")
def test_the_registry_s_machine_wins_over_the_user_and_both_over_this_computer(tmp_path: Path) -> None:
    registry = WrittenRegistry(
        {
            ("HKLM", REGISTRY_PATH): {"student_selection_mode": "sis", "templates": TEMPLATES},
            ("HKCU", REGISTRY_PATH): {"student_selection_mode": "room", "view": "list", "templates": TEMPLATES},
        }
    )
    own = {"student_selection_mode": "browse", "view": "icons", "server": "https://roster.example"}
    values = settled(policies("win32", tmp_path, registry), own)
    assert values.troubles == ()
    assert [
        (values[key], values.by_key[key].whose) for key in ("student_selection_mode", "view", "server", "cover")
    ] == [
        ("sis", "machine"),
        ("list", "user"),
        ("https://roster.example", "local"),
        ("1", "default"),
    ]
    without = settled(policies("win32", tmp_path, EMPTY), own)
    assert without["student_selection_mode"] == "browse"
    assert not without.by_key["student_selection_mode"].is_managed


def test_linux_and_macos_have_files_for_policy(tmp_path: Path) -> None:
    folder = tmp_path / "etc" / "rosterkeeper"
    folder.mkdir(parents=True)
    (folder / "console-policy.json").write_text(json.dumps({"use_server": True, "templates": TEMPLATES}))
    assert (
        settled(policies("linux", Path("/home/ada"), EMPTY, root=tmp_path), {}).by_key["use_server"].whose == "machine"
    )
    managed = tmp_path / "Library" / "Managed Preferences" / "ada"
    managed.mkdir(parents=True)
    (managed / "org.rosterkeeper.console.plist").write_bytes(plistlib.dumps({"view": "list", "templates": TEMPLATES}))
    values = settled(policies("darwin", Path("/Users/ada"), EMPTY, root=tmp_path), {"view": "icons"})
    assert (values["view"], values.by_key["view"].whose) == ("list", "user")


@pytest.mark.covers("N27")
@pytest.mark.parametrize("version", ["", "12.50", "12.60.0", "x", "²"])
def test_a_policy_of_older_templates_is_told(tmp_path: Path, version: str) -> None:
    registry = WrittenRegistry({("HKLM", REGISTRY_PATH): {"view": "list", "templates": version}})
    (told,) = settled(policies("win32", tmp_path, registry), {}).troubles
    assert "Import the new ones" in told


def test_a_policy_that_cannot_be_read_is_told_and_says_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "etc" / "rosterkeeper"
    folder.mkdir(parents=True)
    for text in ("{", "[]", '{"view": ["list"]}', "[" * 100_000):
        (folder / "console-policy.json").write_text(text)
        values = settled(policies("linux", Path("/home/ada"), EMPTY, root=tmp_path), {})
        assert values["view"] == "icons"
        assert len(values.troubles) == 1
    refused = settled(policies("win32", tmp_path, WrittenRegistry({}, refused="HKLM")), {})
    assert ["HKLM" in each for each in refused.troubles] == [True]


def test_a_value_that_a_setting_cannot_hold_is_passed_over(tmp_path: Path) -> None:
    registry = WrittenRegistry({("HKLM", REGISTRY_PATH): {"view": "sideways", "templates": TEMPLATES}})
    values = settled(policies("win32", tmp_path, registry), {"view": "list"})
    assert values["view"] == "list"
    assert "sideways" not in values.troubles[0]


def test_what_policy_may_not_manage_stays_this_computer_s_own(tmp_path: Path) -> None:
    registry = WrittenRegistry({("HKLM", REGISTRY_PATH): {"browser": "calc.exe", "templates": TEMPLATES}})
    assert settled(policies("win32", tmp_path, registry), {"browser": "firefox"})["browser"] == "firefox"


@pytest.mark.covers("N24")
def test_own_settings_are_kept_whole_and_read_by_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "rosterkeeper" / "console.json"
    assert read_own(path) == ({}, ())
    write_own(path, {"server": "https://röster.example"})
    assert read_own(path) == ({"server": "https://röster.example"}, ())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("{")
    assert read_own(path)[1] != ()


def test_choices_and_switches_are_read_by_their_names_too() -> None:
    assert checked(BY_KEY["student_selection_mode"], " connect to sis ") == "sis"
    assert checked(BY_KEY["use_server"], "Yes") == "1"
    with pytest.raises(SettingRefused, match="on or off"):
        checked(BY_KEY["use_server"], "maybe")
    with pytest.raises(SettingRefused, match="one line"):
        checked(BY_KEY["server"], "a\nb")
