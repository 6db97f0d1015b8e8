"""To a webhook: one JSON object, signed as standardwebhooks.com says (docs/notices.md has a receiver).

The signature is HMAC-SHA256, with the target's secret, over the event's id, the time of sending and the body; so a
receiver can refuse what was altered, what is old, and what it had before.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from typing import Final

from rosterkeeper.features.publish.models import Event
from rosterkeeper.features.publish.sending.posting import post

PREFIX: Final = "whsec_"
_BYTES: Final = 32


def new_secret() -> str:
    """A secret as libraries for Standard Webhooks take it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """The bytes that sign; a secret that is not base64 signs as the text that it is."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()


def signature(secret: str, identity: str, timestamp: int, body: bytes) -> str:
    """What stands in the header webhook-signature."""
    signed = f"{identity}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key_of(secret), signed, hashlib.sha256).digest()).decode()


def body_of(event: Event, link: str) -> bytes:
    """The event as JSON; keys, codes and sentences without personal values."""
    stated = {
        "id": f"event-{event.pk}",
        "type": event.word,
        "timestamp": event.at.isoformat(),
        "connection": {"id": event.connection_id, "name": event.connection} if event.connection_id else None,
        "run": event.run_id or None,
        "code": event.code,
        "title": event.title,
        "text": "\n".join(event.lines),
        "link": link,
    }
    return json.dumps(stated, ensure_ascii=False).encode()


def send(event: Event, link: str, address: str, secret: str) -> None:
    """Post the event, signed for this moment; RosterkeeperError where it was not taken."""
    body, now, identity = body_of(event, link), int(time.time()), f"event-{event.pk}"
    headers = {
        "Content-Type": "application/json",
        "webhook-id": identity,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(secret, identity, now, body),
    }
    post(address, body, headers)
