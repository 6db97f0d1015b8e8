"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConnectingConfig(AppConfig):
    """`rosterkeeper.features.connecting`, without tables."""

    name = "rosterkeeper.features.connecting"
    label = "connecting"

    def ready(self) -> None:
        """Put the connections into the menu."""
        from rosterkeeper.features.accounts.rights import Right, may  # noqa: PLC0415 -- models are not ready earlier
        from rosterkeeper.features.look.navigation import Entry, add  # noqa: PLC0415

        add(Entry("connections", _("Connections"), "plug", 20, lambda request: may(request, Right.SEE)))
