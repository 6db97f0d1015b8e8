"""By mail: one plain text to all of a target's addresses, through the server that ROSTERKEEPER_SMTP_* names."""

import smtplib
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from rosterkeeper.features.publish.models import Event
from rosterkeeper.oneroster.errors import RosterkeeperError, SettingsError

_SECONDS: Final = 20
_CHECK: Final = "Check the settings ROSTERKEEPER_SMTP_*, and try again with Send a test."


def send(event: Event, link: str, address: str, secret: str) -> None:  # noqa: ARG001 -- mail has no secret
    """Send the event to the addresses, one a line; RosterkeeperError where the mail server does not take it."""
    mail = settings.ROSTER_MAIL
    if not mail.host:
        raise SettingsError(
            "notice.no_mail_server",
            "There is no mail server to send by.",
            todo="Set ROSTERKEEPER_SMTP_HOST and ROSTERKEEPER_SMTP_FROM, then start the worker again.",
        )
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
    message = EmailMessage(
        subject=f"Rosterkeeper: {event.title}",
        body="\n\n".join([*event.lines, *([link] if link else [])]) + "\n",
        from_email=mail.sender,
        to=address.split(),
        connection=connection,
        # The same at each try: a mail program shows a repeated message once.
        headers={"Message-ID": f"<event-{event.pk}.{event.at:%Y%m%d%H%M%S}@{mail.sender.rpartition('@')[2]}>"},
    )
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as fault:
        raise _told(fault) from None


def _told(fault: Exception) -> RosterkeeperError:
    """What went wrong, without the server's words, which repeat addresses."""
    if isinstance(fault, smtplib.SMTPAuthenticationError):
        return RosterkeeperError("notice.mail_sign_in", "The mail server refused the user or password.", todo=_CHECK)
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        return RosterkeeperError(
            "notice.mail_recipient",
            "The mail server refused every address.",
            todo="Check the target's addresses, and whether the server may send to them.",
        )
    if isinstance(fault, smtplib.SMTPSenderRefused):
        return RosterkeeperError("notice.mail_sender", "The mail server refused the sender.", todo=_CHECK)
    if isinstance(fault, smtplib.SMTPException):
        return RosterkeeperError(
            "notice.mail_refused", f"The mail server refused the message ({type(fault).__name__}).", todo=_CHECK
        )
    return RosterkeeperError(
        "notice.mail_unreachable", "The mail server cannot be reached, or broke the connection off.", todo=_CHECK
    )
