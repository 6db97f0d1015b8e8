"""The app's place in Django."""

from collections.abc import Iterable

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RunsConfig(AppConfig):
    """`rosterkeeper.features.runs`, with tables named runs_*."""

    name = "rosterkeeper.features.runs"
    label = "runs"

    def ready(self) -> None:
        """Put the list of runs into the menu, and tell the audit log whose runs are."""
        from rosterkeeper.features.accounts.rights import Right, may  # noqa: PLC0415 -- models are not ready earlier
        from rosterkeeper.features.audit.districts import find_by  # noqa: PLC0415
        from rosterkeeper.features.connections.models import Connection  # noqa: PLC0415
        from rosterkeeper.features.look.navigation import Entry, add  # noqa: PLC0415
        from rosterkeeper.features.runs.models import Order, Run  # noqa: PLC0415

        def district(connections: Iterable[int]) -> Iterable[int]:
            return Connection.objects.filter(id__in=list(connections)).values_list("district_id", flat=True)

        find_by(
            ("run",), lambda number: district(Run.objects.filter(id=number).values_list("connection_id", flat=True))
        )
        find_by(
            ("order",), lambda number: district(Order.objects.filter(id=number).values_list("connection_id", flat=True))
        )
        add(Entry("runs", _("Runs"), "history", 30, lambda request: may(request, Right.SEE)))
