"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    """`rosterkeeper.features.people`, with tables named people_*."""

    name = "rosterkeeper.features.people"
    label = "people"

    def ready(self) -> None:
        """Put the directory into the menu, count for runs, tell beside the roster, and know districts of entries."""
        from rosterkeeper.features.accounts.rights import Right, may  # noqa: PLC0415 -- models are not ready earlier
        from rosterkeeper.features.audit.districts import find_by  # noqa: PLC0415
        from rosterkeeper.features.look.navigation import Entry, add  # noqa: PLC0415
        from rosterkeeper.features.people.counting import counted  # noqa: PLC0415
        from rosterkeeper.features.people.whose import account_beside  # noqa: PLC0415
        from rosterkeeper.features.roster.beside import tell_by  # noqa: PLC0415
        from rosterkeeper.features.runs.figures import count_by  # noqa: PLC0415

        count_by(counted)
        tell_by(account_beside)
        find_by(("directory",), lambda district: (district,))
        add(Entry("directory", _("Directory"), "link", 45, lambda request: may(request, Right.SEE)))
