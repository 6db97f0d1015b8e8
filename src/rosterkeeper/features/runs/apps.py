"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RunsConfig(AppConfig):
    """`rosterkeeper.features.runs`, with tables named runs_*."""

    name = "rosterkeeper.features.runs"
    label = "runs"

    def ready(self) -> None:
        """Put the list of runs into the menu."""
        from rosterkeeper.features.accounts.rights import Right, may  # noqa: PLC0415 -- models are not ready earlier
        from rosterkeeper.features.look.navigation import Entry, add  # noqa: PLC0415

        add(Entry("runs", _("Runs"), "history", 30, lambda request: may(request, Right.SEE)))
