"""Secrets of connections: encrypted at rest, the key never in the database.

The keys come from ROSTERKEEPER_SECRET_KEY (newest first, comma between) or from the file ``secret.key`` of the data
folder. The first key encrypts; every key is tried to decrypt, so that a key can be changed.
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


def create_key(path: Path) -> bool:
    """Write a new key to ``path``, readable by its owner only; False where a key is there already."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "wb") as file:
        file.write(Fernet.generate_key() + b"\n")
    return True


def installed_box() -> SecretBox:
    """The box of this installation's keys; SettingsError where there is none."""
    if settings.ROSTER_SECRET_KEYS:
        return SecretBox(settings.ROSTER_SECRET_KEYS)
    try:
        return SecretBox([settings.ROSTER_KEY_FILE.read_text().strip()])
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
