"""Sending a one-time link by mail, where a mail server is set up."""

import logging
import smtplib
import threading
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _

_SECONDS: Final = 20
_log = logging.getLogger("rosterkeeper.mail")


def is_set_up() -> bool:
    """Whether mail can be sent at all."""
    return bool(settings.ROSTER_MAIL.host)


def send_link(address: str, link: str) -> None:
    """Send the link to the address, beside the request: a slow mail server holds nobody up, nor tells who is known."""
    if is_set_up():
        body = "\n\n".join(
            [
                _("By this link you set your password for Rosterkeeper. It works once:"),
                link,
                _("If you did not ask for it, nothing needs to be done."),
            ]
        )
        threading.Thread(target=_send, args=(address, _("Rosterkeeper: set your password"), body), daemon=True).start()


def _send(address: str, subject: str, body: str) -> None:
    mail = settings.ROSTER_MAIL
    try:
        connection = get_connection(
            "django.core.mail.backends.smtp.EmailBackend",
            host=mail.host,
            port=mail.port,
            username=mail.user,
            password=mail.password,
            use_tls=mail.tls == "starttls",
            use_ssl=mail.tls == "tls",
            timeout=_SECONDS,
        )
        EmailMessage(subject, f"{body}\n", mail.sender, [address], connection=connection).send()
    except (smtplib.SMTPException, OSError) as fault:
        _log.error("A link to set a password could not be sent by mail (%s).", type(fault).__name__)
