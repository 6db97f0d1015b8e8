"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GroupsConfig(AppConfig):
    """`rosterkeeper.features.groups`, with tables named groups_*."""

    name = "rosterkeeper.features.groups"
    label = "groups"

    def ready(self) -> None:
        """Put the groups into the menu, and say of which district an entry about a group is."""
        from rosterkeeper.features.accounts.rights import Right, may  # noqa: PLC0415 -- models are not ready earlier
        from rosterkeeper.features.audit.districts import find_by  # noqa: PLC0415
        from rosterkeeper.features.look.navigation import Entry, add  # noqa: PLC0415

        find_by(("group",), lambda district: (district,))
        add(Entry("groups", _("Groups"), "chalkboard", 47, lambda request: may(request, Right.ROSTER)))
