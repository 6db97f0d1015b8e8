"""A launch: who has logged in to which computer, when, signed with a school's security key (decision 0090).

Both sides use this module: the launcher signs, the server verifies. What is signed names the server too, so that a
launch caught by one server is of no use at another.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from rosterkeeper.launcher.keys import SecurityKey

PROTOCOL: Final = 1
# How far the two clocks may be apart; nonces are remembered for twice as long.
CLOCK_DIFFERENCE: Final = timedelta(minutes=5)
LONGEST: Final = 256
_BYTES_OF_NONCE: Final = 16


@dataclass(frozen=True, slots=True)
class Computer:
    """A computer that launches: the server it is set to, who has logged in, and those settings that the server heeds.

    ``school`` is '' where it is set to none. ``login`` is the operating system's, as it is: ``jsmith``,
    ``DOMAIN\\jsmith`` or ``jsmith@x``. ``server`` is the host and port that it was told to ask. ``cover`` is ``1`` or
    ``0``, ``view`` as in the settings. ``managed`` are the keys of the settings that policy holds, with commas.
    """

    server: str
    school: str
    login: str
    cover: str
    view: str
    managed: str = ""


@dataclass(frozen=True, slots=True)
class Launch:
    """What a launcher tells a server: its computer, the server in lower case; ``time`` is RFC 3339 in UTC."""

    key: str
    server: str
    school: str
    login: str
    cover: str
    view: str
    managed: str
    time: str
    nonce: str

    def signed_with(self, key: SecurityKey) -> str:
        """The signature: HMAC-SHA-256 (RFC 2104) over the fields, one a line, as hexadecimal digits."""
        lines = ("rosterkeeper-launch", str(PROTOCOL), *(getattr(self, name) for name in _SIGNED))
        return hmac.new(key.secret, "\n".join(lines).encode("utf-8"), hashlib.sha256).hexdigest()

    def is_signed(self, signature: str, key: SecurityKey) -> bool:
        """Whether the signature is the key's, compared in constant time."""
        return hmac.compare_digest(self.signed_with(key).encode("ascii"), signature.encode("utf-8", "replace"))

    def difference(self, now: datetime) -> timedelta:
        """How far the launcher's clock is ahead of ours; negative where it is behind. ValueError for no time at all."""
        told = datetime.fromisoformat(self.time)
        if told.tzinfo is None:
            raise ValueError("a launch's time has no offset")
        return told - now

    def told(self, signature: str, *, client: str) -> dict[str, str | int]:
        """The body that is sent; ``client`` is the launcher's version."""
        return {"protocol": PROTOCOL, "client": client, **asdict(self), "signature": signature}


_MAY_BE_BLANK: Final = ("school", "login", "view", "managed")
_SIGNED: Final = ("key", "server", "school", "login", "cover", "view", "managed", "time", "nonce")


def new_launch(key: SecurityKey, here: Computer, now: datetime) -> Launch:
    """A launch of now, with a nonce that was never used."""
    time = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    told = asdict(here) | {"server": here.server.lower()}
    return Launch(key=key.id, **told, time=time, nonce=secrets.token_hex(_BYTES_OF_NONCE))


def read_launch(body: Mapping[str, object]) -> Launch:
    """The launch of a body; ValueError where a field is missing, no text, too long, or has a line end in it."""
    values = {name: body.get(name) for name in _SIGNED}
    texts = {
        name: each
        for name, each in values.items()
        if isinstance(each, str) and len(each) <= LONGEST and each.isprintable() and (each or name in _MAY_BE_BLANK)
    }
    if len(texts) != len(values):
        raise ValueError("a launch's fields are short texts of one line")
    return Launch(**texts)
