"""How a request proves who sends it."""

from collections.abc import Mapping
from typing import Protocol

from rosterkeeper.oneroster.errors import SettingsError


class Auth(Protocol):
    """Signs requests; used by several threads at once."""

    def headers(self, url: str) -> Mapping[str, str]:
        """The headers for a GET of exactly this address, query included."""

    def accepted(self) -> None:
        """The server took the last proof."""

    def renew(self, refused: Mapping[str, str]) -> bool:
        """After a 401 to the ``refused`` headers: whether there is a newer proof to try."""


class Bearer:
    """A static bearer, as ClassLink's proxy hands out: nothing to exchange, nothing to renew."""

    def __init__(self, secret: str) -> None:
        self._headers = {"Authorization": f"Bearer {sendable(secret)}"}

    def headers(self, url: str) -> Mapping[str, str]:  # noqa: ARG002 - the proof is the same for every address
        """The bearer."""
        return self._headers

    def accepted(self) -> None:
        """Nothing to remember."""

    def renew(self, refused: Mapping[str, str]) -> bool:  # noqa: ARG002 - whatever was refused
        """There is never a newer one."""
        return False


def sendable(secret: str) -> str:
    """``secret`` without the blanks that pasting adds; SettingsError where no header could carry it."""
    plain = secret.strip()
    if not plain or not plain.isascii() or not plain.isprintable():
        raise SettingsError(
            "settings.secret",
            "The secret is empty, or holds characters that cannot be sent.",
            todo="Set the secret again, exactly as the provider shows it.",
        )
    return plain
