"""Secrets are sealed at rest, and only this installation's key opens them."""

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from rosterkeeper.features.sealed.box import SecretBox, create_key
from rosterkeeper.oneroster.errors import SettingsError
from tests.installation import Installation

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.mark.covers("L16")
def test_a_secret_comes_back_and_its_sealed_form_does_not_show_it() -> None:
    box = SecretBox([NEW])
    sealed = box.seal("a very secret word")
    assert "secret" not in sealed
    assert box.open(sealed) == "a very secret word"


def test_no_secret_stays_none() -> None:
    assert SecretBox([NEW]).seal("") == ""
    assert SecretBox([NEW]).open("") == ""


def test_an_older_key_still_opens_while_the_newest_seals() -> None:
    sealed = SecretBox([OLD]).seal("word")
    assert SecretBox([NEW, OLD]).open(sealed) == "word"
    resealed = SecretBox([NEW, OLD]).seal("word")
    assert SecretBox([NEW]).open(resealed) == "word"


def test_a_wrong_key_is_a_clear_error() -> None:
    sealed = SecretBox([OLD]).seal("word")
    with pytest.raises(SettingsError) as caught:
        SecretBox([NEW]).open(sealed)
    assert caught.value.code == "secret.wrong_key"


def test_what_is_no_key_is_a_clear_error() -> None:
    with pytest.raises(SettingsError) as caught:
        SecretBox(["short"])
    assert caught.value.code == "secret.bad_key"
    assert "short" not in caught.value.what


def test_a_key_file_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    assert create_key(path)
    first = path.read_bytes()
    assert not create_key(path)
    assert path.read_bytes() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.covers("L16")
def test_the_stored_secret_is_nowhere_in_the_database_file(sqlite: Installation) -> None:
    add = ("connection", "add", "north", "--kind", "oneroster", "--url", "https://sis.example", "--client-id", "me")
    sqlite.run(*add, env={"ROSTERKEEPER_SECRET": "canary-4711"}).ok()
    files = [path for path in sqlite.data_dir.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"canary-4711" in path.read_bytes()]


def test_init_with_another_key_stops_clearly(sqlite: Installation) -> None:
    add = ("connection", "add", "north", "--kind", "oneroster", "--url", "https://sis.example", "--client-id", "me")
    sqlite.run(*add, env={"ROSTERKEEPER_SECRET": "canary-4711"}).ok()
    answer = sqlite.run("init", env={"ROSTERKEEPER_SECRET_KEY": OLD})
    assert answer.code == 2
    assert answer.err.startswith("error secret.wrong_key: ")


def test_a_missing_key_is_told_and_none_is_made_up(sqlite: Installation) -> None:
    sqlite.configuration.key_file.unlink()
    add = ("connection", "add", "north", "--kind", "oneroster", "--url", "https://sis.example", "--client-id", "me")
    answer = sqlite.run(*add, env={"ROSTERKEEPER_SECRET": "canary-4711"})
    assert answer.code == 2
    assert "error secret.no_key: " in answer.err
    assert not sqlite.configuration.key_file.exists()
