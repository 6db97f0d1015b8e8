"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    """`rosterkeeper.features.console`, with tables named console_*."""

    name = "rosterkeeper.features.console"
    label = "console"

    def ready(self) -> None:
        """Put the settings into the menu, lead people who sign in back here, and say of which district a key is."""
        from rosterkeeper.features.accounts.rights import Right, may  # noqa: PLC0415 -- models are not ready earlier
        from rosterkeeper.features.audit.districts import find_by  # noqa: PLC0415
        from rosterkeeper.features.look.navigation import Entry, add  # noqa: PLC0415
        from rosterkeeper.features.signin.coming_back import lead_back_to  # noqa: PLC0415

        find_by(("console", "console_key"), lambda district: (district,))
        lead_back_to("console:new_class")
        add(
            Entry(
                "console_settings",
                _("Teacher's console"),
                "device-desktop",
                76,
                lambda request: may(request, Right.SETTINGS),
            )
        )
