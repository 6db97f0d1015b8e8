"""The app's place in Django."""
# ruff: noqa: PLC0415 -- models are not ready earlier; and what few commands need is loaded when it is first asked for

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.http import HttpRequest

    from rosterkeeper.features.roster.beside import Beside
    from rosterkeeper.features.runs.figures import Matched, Statistics
    from rosterkeeper.features.runs.models import Run


class PeopleConfig(AppConfig):
    """`rosterkeeper.features.people`, with tables named people_*."""

    name = "rosterkeeper.features.people"
    label = "people"

    def ready(self) -> None:
        """Put the directory into the menu, count for runs, tell beside the roster, and know districts of entries."""
        from rosterkeeper.features.accounts.rights import Right, may
        from rosterkeeper.features.audit.districts import find_by
        from rosterkeeper.features.look.navigation import Entry, add
        from rosterkeeper.features.roster.beside import tell_by
        from rosterkeeper.features.runs.figures import count_by

        count_by(_counted)
        tell_by(_account_beside)
        find_by(("directory",), lambda district: (district,))
        add(Entry("directory", _("Directory"), "link", 45, lambda request: may(request, Right.SEE)))


def _counted(run: "Run", found: "Statistics") -> "Matched":
    from rosterkeeper.features.people.counting import counted

    return counted(run, found)


def _account_beside(request: "HttpRequest", connection: int, sourced_id: str) -> "list[Beside]":
    from rosterkeeper.features.people.whose import account_beside

    return account_beside(request, connection, sourced_id)
