"""Posting JSON to an address that an administrator typed: never to where sources may not be at either."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.sources.http.allowed import Allowed
from rosterkeeper.sources.http.client import Client, Limits
from rosterkeeper.sources.http.faults import Trouble
from rosterkeeper.sources.http.reach import Reach
from rosterkeeper.sources.http.sockets import Deadline

_LIMITS: Final = Limits(connect_seconds=10.0, idle_seconds=15.0, exchange_seconds=30.0, body_bytes=65_536)
_NOT_REACHED: Final = "Check the address and the firewall; it is tried again by itself for four days."


def is_web_address(text: str) -> bool:
    """Whether the text is an http or https address, without a name or password in it."""
    try:
        address = urlsplit(text)
        return address.scheme in ("http", "https") and bool(address.hostname) and "@" not in address.netloc
    except ValueError:
        return False


def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """POST the JSON once; RosterkeeperError where it was not taken. Nothing of the answer is repeated."""
    client = Client(url, _LIMITS, Deadline(), connections=1, reach=Reach(Allowed.of(settings.ROSTER_ALLOWED_HOSTS)))
    try:
        answer = client.post_json(url, body, headers)
    except Trouble as trouble:
        raise _told(trouble) from None
    finally:
        client.close()
    if not 200 <= answer.status < 300:
        raise RosterkeeperError(
            "notice.refused",
            f"The receiver did not take it (HTTP {answer.status}).",
            todo="Check the target's address and secret at the receiver; it is tried again by itself for four days.",
        )


def _told(trouble: Trouble) -> RosterkeeperError:
    if trouble.error.code == "source.private_address":
        return RosterkeeperError(
            "notice.private_address",
            "The address leads to this machine or into a private network, where no receiver may be.",
            todo="If it really is there, list its host in the setting ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS.",
        )
    if trouble.error.code == "source.timeout":
        return RosterkeeperError("notice.timeout", "The receiver did not answer in time.", todo=_NOT_REACHED)
    if trouble.error.code == "source.tls":
        return RosterkeeperError(
            "notice.tls", "The receiver's certificate cannot be trusted.", todo="Mend the receiver's certificate."
        )
    return RosterkeeperError("notice.unreachable", "The receiver cannot be reached.", todo=_NOT_REACHED)
