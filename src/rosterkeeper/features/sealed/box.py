"""Stored secrets: encrypted at rest, the key never in the database.

The keys come from ROSTERKEEPER_SECRET_KEY (newest first, comma between) or from the file ``secret.key`` of the data
folder (newest first, one a line). The first key encrypts; every key is tried to decrypt, so that a key can be changed.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from rosterkeeper.oneroster.errors import SettingsError


class SecretBox:
    """Seals and opens texts with the given keys (url-safe base64 of 32 bytes each)."""

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise SettingsError(
                "secret.bad_key",
                "The key for stored secrets is not a key.",
                todo="Give back the key that init made, or set ROSTERKEEPER_SECRET_KEY to 32 bytes in url-safe base64.",
            ) from None

    def seal(self, secret: str) -> str:
        """The secret as it may be stored; '' stays ''."""
        return self._fernet.encrypt(secret.encode()).decode() if secret else ""

    def reseal(self, sealed: str) -> str:
        """The same secret sealed with the first key; SettingsError as for `open`."""
        return self.seal(self.open(sealed))

    def open(self, sealed: str) -> str:
        """The secret itself; SettingsError where it was sealed with a key that is not here."""
        if not sealed:
            return ""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise SettingsError(
                "secret.wrong_key",
                "A stored secret cannot be opened with this installation's key.",
                todo="Give back the key it was stored with, or remove the connection and add it again.",
            ) from None


def new_key() -> str:
    """A key that was never used: 32 bytes of chance in url-safe base64."""
    return Fernet.generate_key().decode()


def create_key(path: Path) -> bool:
    """Write a new key to ``path``, readable by its owner only; False where a key is there already."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "wb") as file:
        file.write(new_key().encode() + b"\n")
    return True


def write_keys(path: Path, keys: Sequence[str]) -> None:
    """Put these keys, newest first, in the place of those in ``path``, in one step."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("".join(f"{key}\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as fault:
        raise SettingsError(
            "secret.key_not_written",
            f"The file secret.key cannot be written ({fault.strerror or type(fault).__name__}).",
            todo="Make secret.key and the data folder writable for this user, then try again.",
        ) from None


def installed_box() -> SecretBox:
    """The box of this installation's keys; SettingsError where there is none."""
    return SecretBox(installed_keys())


def installed_keys() -> tuple[str, ...]:
    """This installation's keys, newest first; SettingsError where there is none."""
    if settings.ROSTER_SECRET_KEYS:
        return tuple(settings.ROSTER_SECRET_KEYS)
    try:
        # An empty file is no key, and is told as such.
        return tuple(settings.ROSTER_KEY_FILE.read_text().split()) or ("",)
    except FileNotFoundError:
        raise SettingsError(
            "secret.no_key",
            "There is no key for stored secrets.",
            todo="Put secret.key back into the data folder, set ROSTERKEEPER_SECRET_KEY, or run rosterkeeper init.",
        ) from None
    except (OSError, UnicodeDecodeError):
        raise SettingsError(
            "secret.unreadable_key",
            "The file secret.key cannot be read.",
            todo="Make secret.key in the data folder readable for this user.",
        ) from None
