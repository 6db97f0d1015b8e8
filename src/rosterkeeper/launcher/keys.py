"""Security keys as they are copied and typed: a key's id, its secret, and a check that finds a slip of the hand.

Written in Crockford's alphabet (no I, L, O or U), in groups of four: capitals, blanks and dashes do not matter, and the
letters that look like digits are read as these.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

PREFIX: Final = "RK"
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_STANDARD: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_FROM_STANDARD: Final = str.maketrans(_STANDARD, _ALPHABET)
_TO_STANDARD: Final = str.maketrans(_ALPHABET, _STANDARD)
_READ: Final = str.maketrans("OIL", "011", "- \t\r\n")
# In letters of five bits each: 40 bits of id, 160 of secret, 15 of check.
_ID, _SECRET, _CHECK = 8, 32, 3
_GROUP: Final = 4
_BYTES_OF_ID: Final = 5
BYTES_OF_SECRET: Final = 20


class KeyMistyped(ValueError):
    """What was typed is no security key; ``str`` says why in plain words, and never repeats it."""


@dataclass(frozen=True, slots=True)
class SecurityKey:
    """A key's id, which is no secret, and the secret that launches are signed with."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"SecurityKey({self.id})"

    def text(self) -> str:
        """The key as it is copied: ``RK-`` and groups of four."""
        body = self.id + _letters(self.secret)
        whole = body + _check(body)
        return "-".join([PREFIX, *(whole[start : start + _GROUP] for start in range(0, len(whole), _GROUP))])


def new_key() -> SecurityKey:
    """A key that nobody has."""
    return SecurityKey(_letters(secrets.token_bytes(_BYTES_OF_ID)), secrets.token_bytes(BYTES_OF_SECRET))


def read_key(typed: str) -> SecurityKey:
    """The key that was typed or pasted; KeyMistyped where it is none or has a slip in it."""
    plain = typed.upper().translate(_READ)
    if not plain:
        raise KeyMistyped("No security key was given.")
    if not plain.startswith(PREFIX):
        raise KeyMistyped(f"A security key begins with {PREFIX}-; this one does not.")
    letters = plain.removeprefix(PREFIX)
    if set(letters) - set(_ALPHABET):
        raise KeyMistyped("The security key has a sign in it that no key has.")
    length = _ID + _SECRET + _CHECK
    if len(letters) != length:
        raise KeyMistyped(
            f"A security key has {length} letters and digits after {PREFIX}-; this one has {len(letters)}."
        )
    body, check = letters[:-_CHECK], letters[-_CHECK:]
    if not secrets.compare_digest(_check(body), check):
        raise KeyMistyped("A letter or digit of the security key is mistyped.")
    return SecurityKey(body[:_ID], base64.b32decode(body[_ID:].translate(_TO_STANDARD)))


def _letters(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").translate(_FROM_STANDARD)


def _check(body: str) -> str:
    return _letters(hashlib.sha256(f"{PREFIX}{body}".encode("ascii")).digest()[:_BYTES_OF_ID])[:_CHECK]
