"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ManageConfig(AppConfig):
    """`rosterkeeper.features.manage`."""

    name = "rosterkeeper.features.manage"
    label = "manage"

    def ready(self) -> None:
        """Put the overview into the menu."""
        from rosterkeeper.features.accounts.rights import Right, may  # noqa: PLC0415 -- models are not ready earlier
        from rosterkeeper.features.look.navigation import Entry, add  # noqa: PLC0415

        add(Entry("overview", _("Overview"), "home", 10, lambda request: may(request, Right.SEE)))
