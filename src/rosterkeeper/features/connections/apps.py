"""The app's place in Django."""

from collections.abc import Collection

from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class ConnectionsConfig(AppConfig):
    """`rosterkeeper.features.connections`, with tables named connections_*."""

    name = "rosterkeeper.features.connections"
    label = "connections"

    def ready(self) -> None:
        """Offer the districts to accounts, tell the audit log whose connections are, put the page into the menu."""
        from rosterkeeper.features.accounts import scope  # noqa: PLC0415 -- models are not ready earlier
        from rosterkeeper.features.accounts.rights import Right, may  # noqa: PLC0415
        from rosterkeeper.features.audit.districts import find_by  # noqa: PLC0415
        from rosterkeeper.features.connections.models import Connection, District  # noqa: PLC0415
        from rosterkeeper.features.look.navigation import Entry, add  # noqa: PLC0415

        def sees(request: HttpRequest) -> bool:
            return may(request, Right.ACCOUNTS) and scope.sees_all_districts(request)

        def district(number: int) -> Collection[int]:
            return Connection.objects.filter(id=number).values_list("district_id", flat=True)

        scope.offer_districts(lambda: District.objects.order_by("name").values_list("id", "name"))
        find_by(("connection", "user", "class"), district)
        find_by(("district",), lambda number: [number])
        add(Entry("districts", _("Districts"), "world", 78, sees))
