"""The app's place in Django."""
# ruff: noqa: PLC0415 -- models are not ready earlier; and what no command needs is loaded when it is first asked for

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.http import HttpRequest

    from rosterkeeper.features.roster.beside import Beside


class SigninConfig(AppConfig):
    """`rosterkeeper.features.signin`, with tables named signin_*."""

    name = "rosterkeeper.features.signin"
    label = "signin"

    def ready(self) -> None:
        """Put the pages into the menu, the buttons beside the password, and a line beside each person of the roster."""
        from rosterkeeper.features.accounts import ways
        from rosterkeeper.features.accounts.rights import Right, may
        from rosterkeeper.features.audit.districts import find_by
        from rosterkeeper.features.look.navigation import Entry, add
        from rosterkeeper.features.roster.beside import tell_by
        from rosterkeeper.features.signin.choosing import buttons_beside_password
        from rosterkeeper.features.signin.providers import districts_served

        ways.offer(buttons_beside_password)
        tell_by(_sign_in_beside)
        find_by(("provider",), districts_served)
        add(Entry("signin_providers", _("Sign-in"), "login", 78, lambda request: may(request, Right.ACCOUNTS)))


def _sign_in_beside(request: "HttpRequest", connection: int, sourced_id: str) -> "list[Beside]":
    from rosterkeeper.features.signin.explaining import sign_in_beside

    return sign_in_beside(request, connection, sourced_id)
