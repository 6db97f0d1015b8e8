"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RosterConfig(AppConfig):
    """`rosterkeeper.features.roster`, with tables named roster_*."""

    name = "rosterkeeper.features.roster"
    label = "roster"

    def ready(self) -> None:
        """Put the roster into the menu, and its schools among those that accounts can be limited to."""
        from rosterkeeper.features.accounts.rights import Right, may  # noqa: PLC0415 -- models are not ready earlier
        from rosterkeeper.features.accounts.scope import offer_schools  # noqa: PLC0415
        from rosterkeeper.features.look.navigation import Entry, add  # noqa: PLC0415
        from rosterkeeper.features.roster.reading import offered_schools  # noqa: PLC0415

        add(Entry("roster", _("Roster"), "users", 40, lambda request: may(request, Right.ROSTER)))
        offer_schools(offered_schools)
