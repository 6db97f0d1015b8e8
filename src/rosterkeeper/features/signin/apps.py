"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SigninConfig(AppConfig):
    """`rosterkeeper.features.signin`, with tables named signin_*."""

    name = "rosterkeeper.features.signin"
    label = "signin"

    def ready(self) -> None:
        """Put the pages into the menu, the buttons beside the password, and a line beside each person of the roster."""
        from rosterkeeper.features.accounts import ways  # noqa: PLC0415 -- models are not ready earlier
        from rosterkeeper.features.accounts.rights import Right, may  # noqa: PLC0415
        from rosterkeeper.features.audit.districts import find_by  # noqa: PLC0415
        from rosterkeeper.features.look.navigation import Entry, add  # noqa: PLC0415
        from rosterkeeper.features.roster.beside import tell_by  # noqa: PLC0415
        from rosterkeeper.features.signin.choosing import buttons_beside_password  # noqa: PLC0415
        from rosterkeeper.features.signin.explaining import sign_in_beside  # noqa: PLC0415
        from rosterkeeper.features.signin.providers import districts_served  # noqa: PLC0415

        ways.offer(buttons_beside_password)
        tell_by(sign_in_beside)
        find_by(("provider",), districts_served)
        add(Entry("signin_providers", _("Sign-in"), "login", 78, lambda request: may(request, Right.ACCOUNTS)))
