"""The mail server that notices and links to set a password go by, read from the environment.

| variable | meaning | default |
|---|---|---|
| ROSTERKEEPER_SMTP_HOST | the mail server | none: no mail is sent |
| ROSTERKEEPER_SMTP_PORT | its port | 587, or 465 with ``tls`` |
| ROSTERKEEPER_SMTP_USER, ROSTERKEEPER_SMTP_PASSWORD | what signs in there | none |
| ROSTERKEEPER_SMTP_TLS | ``starttls``, ``tls`` from the first byte, or ``off`` | starttls |
| ROSTERKEEPER_SMTP_FROM | the sender's address | the user, else rosterkeeper@ this machine |
"""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field

from rosterkeeper.oneroster.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Mail:
    """The mail server; ``host`` is '' where there is none."""

    host: str = ""
    port: int = 587
    user: str = ""
    password: str = field(default="", repr=False)
    tls: str = "starttls"
    sender: str = ""


def read_mail(environment: Mapping[str, str]) -> Mail:
    """The mail server that the environment names; SettingsError names the variable that is wrong."""
    stated = {name: environment.get(f"ROSTERKEEPER_SMTP_{name}", "").strip() for name in ("HOST", "PORT", "USER")}
    tls = environment.get("ROSTERKEEPER_SMTP_TLS", "").strip().lower() or "starttls"
    if tls not in ("starttls", "tls", "off"):
        raise SettingsError(
            "settings.smtp_tls",
            "ROSTERKEEPER_SMTP_TLS is none of starttls, tls and off.",
            todo="Write starttls, or tls where the server speaks it from the first byte (port 465).",
        )
    port = stated["PORT"] or ("465" if tls == "tls" else "587")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise SettingsError(
            "settings.smtp_port", "ROSTERKEEPER_SMTP_PORT is not a port.", todo="Write a number, usually 587 or 465."
        )
    return Mail(
        host=stated["HOST"],
        port=int(port),
        user=stated["USER"],
        password=environment.get("ROSTERKEEPER_SMTP_PASSWORD", ""),
        tls=tls,
        sender=_sender(environment.get("ROSTERKEEPER_SMTP_FROM", "").strip(), stated["USER"]),
    )


def _sender(stated: str, user: str) -> str:
    sender = stated or (user if "@" in user else f"rosterkeeper@{platform.node() or 'localhost'}")
    if "@" in sender and sender.isprintable() and not any(character in sender for character in " ,;<>"):
        return sender
    raise SettingsError(
        "settings.smtp_from",
        "ROSTERKEEPER_SMTP_FROM is not an e-mail address.",
        todo="Write the bare address that notices come from, such as rosterkeeper@example.org.",
    )
