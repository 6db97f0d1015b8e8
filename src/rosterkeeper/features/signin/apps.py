"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SigninConfig(AppConfig):
    """`rosterkeeper.features.signin`, with tables named signin_*."""

    name = "rosterkeeper.features.signin"
    label = "signin"

    def ready(self) -> None:
        """Put the pages into the menu, and the buttons onto the page where administrators sign in."""
        from rosterkeeper.features.accounts import ways  # noqa: PLC0415 -- models are not ready earlier
        from rosterkeeper.features.accounts.rights import Right, may  # noqa: PLC0415
        from rosterkeeper.features.look.navigation import Entry, add  # noqa: PLC0415
        from rosterkeeper.features.signin.choosing import buttons_beside_password  # noqa: PLC0415

        ways.offer(buttons_beside_password)
        add(Entry("signin_providers", _("Sign-in"), "login", 78, lambda request: may(request, Right.ACCOUNTS)))
