"""A change of the key: every secret is sealed anew, and the old key opens nothing any more."""

import re
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.test import override_settings

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.specs import spec_of
from rosterkeeper.features.connections.workflow import add, prepare
from rosterkeeper.features.sealed.box import SecretBox, installed_keys, new_key, write_keys
from rosterkeeper.features.sealed.rotation import are_readable, rotate, sealed_values
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.spec import OneRosterSpec
from tests.installation import Installation

_TOKEN = re.compile(rb"gAAAAA[A-Za-z0-9_-]{60,}={0,2}")


def _connected(*names: str) -> None:
    prepare()
    for name in names:
        add(name, OneRosterSpec(url="https://sis.example", client_id="me", secret=f"canary of {name}"))


def _secrets() -> list[str]:
    return [spec_of(each).secret for each in Connection.objects.order_by("id")]  # type: ignore[union-attr]


def _files(installation: Installation) -> list[Path]:
    return [path for path in installation.data_dir.glob("rosterkeeper.sqlite3*") if path.is_file()]


def _opened_by(key: str, *files: Path) -> int:
    """How many sealed texts anywhere in the files the key opens."""
    box, opened = Fernet(key), 0
    for file in files:
        for token in _TOKEN.findall(file.read_bytes()):
            try:
                box.decrypt(token)
            except InvalidToken:
                continue
            opened += 1
    return opened


def test_after_a_rotation_the_new_key_opens_all_and_the_old_one_nothing(opened: Installation) -> None:
    _connected("north", "south")
    (old,) = installed_keys()
    assert rotate().secrets == 2
    (new,) = installed_keys()
    assert new != old
    assert _secrets() == ["canary of north", "canary of south"]
    assert are_readable((new,))
    assert not are_readable((old,))


def test_the_file_holds_nothing_any_more_that_the_old_key_opens(sqlite: Installation) -> None:
    with sqlite.in_process():
        _connected("north", "south")
        (old,) = installed_keys()
        assert _opened_by(old, *_files(sqlite)) >= 2
        rotate()
        assert _opened_by(old, *_files(sqlite)) == 0
        assert _opened_by(installed_keys()[0], *_files(sqlite)) >= 2


def test_a_rotation_that_was_cut_off_can_still_read_all_and_is_finished_by_the_next(sqlite: Installation) -> None:
    with sqlite.in_process():
        _connected("north")
        (old,) = installed_keys()
        # Killed right after it had put the new key there.
        cut = new_key()
        write_keys(sqlite.configuration.key_file, (cut, old))
        assert _secrets() == ["canary of north"]
        add("south", OneRosterSpec(url="https://sis.example", client_id="me", secret="canary of south"))
        assert rotate().secrets == 2
        (new,) = installed_keys()
        assert new not in (cut, old)
        assert _secrets() == ["canary of north", "canary of south"]


def test_a_secret_that_no_key_opens_stops_the_rotation_and_changes_nothing(sqlite: Installation) -> None:
    with sqlite.in_process():
        _connected("north", "south")
        foreign = SecretBox([new_key()]).seal("of another installation")
        Connection.objects.filter(name="south").update(secret=foreign)
        before = sealed_values()
        with pytest.raises(SettingsError) as caught:
            rotate()
        assert caught.value.code == "secret.wrong_key"
        assert sealed_values() == before


def test_keys_of_the_environment_are_rotated_by_putting_the_new_one_first(sqlite: Installation) -> None:
    old, new = new_key(), new_key()
    with sqlite.in_process(), override_settings(ROSTER_SECRET_KEYS=(old,)):
        _connected("north")
        with pytest.raises(SettingsError) as caught:
            rotate()
        assert caught.value.code == "secret.one_key"
        with override_settings(ROSTER_SECRET_KEYS=(new, old)):
            assert (rotate().secrets, rotate().keys_to_remove) == (1, 1)
        assert not are_readable((old,))
        assert are_readable((new,))


def test_the_key_file_stays_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    write_keys(path, (new_key(), new_key()))
    assert path.stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.iterdir()] == ["secret.key"]
    with pytest.raises(SettingsError) as caught:
        write_keys(tmp_path / "missing" / "secret.key", (new_key(),))
    assert caught.value.code == "secret.key_not_written"
