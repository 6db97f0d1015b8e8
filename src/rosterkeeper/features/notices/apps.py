"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    """`rosterkeeper.features.notices`."""

    name = "rosterkeeper.features.notices"
    label = "notices"

    def ready(self) -> None:
        """Be called after each run, and put the page into the menu."""
        from rosterkeeper.features.accounts.rights import Right, may  # noqa: PLC0415 -- models are not ready earlier
        from rosterkeeper.features.audit.districts import find_by  # noqa: PLC0415
        from rosterkeeper.features.look.navigation import Entry, add  # noqa: PLC0415
        from rosterkeeper.features.notices.runs import run_ended  # noqa: PLC0415
        from rosterkeeper.features.publish.models import Target  # noqa: PLC0415
        from rosterkeeper.features.runs.ending import call_after  # noqa: PLC0415

        call_after(run_ended)
        find_by(("target",), lambda number: Target.objects.filter(id=number).values_list("district", flat=True))
        add(Entry("notices", _("Notices"), "bell", 70, lambda request: may(request, Right.SETTINGS)))
