"""The key that signs cookies and one-time links: made of the installation's first secret key, never that key itself."""

import base64
import hashlib
import hmac
import secrets
from typing import Final

from rosterkeeper.service.configuration import Configuration

_PURPOSE: Final = b"rosterkeeper cookies and links"


def signing_key(configuration: Configuration) -> str:
    """The key of every process of the installation; of one that has none yet, one that no other process has."""
    keys = configuration.secret_keys
    try:
        first = keys[0] if keys else configuration.key_file.read_text().split()[0]
    except (OSError, UnicodeDecodeError, IndexError):
        return secrets.token_urlsafe(48)
    digest = hmac.new(first.encode(), _PURPOSE, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode()
