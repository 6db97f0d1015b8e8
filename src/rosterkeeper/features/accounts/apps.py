"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """`rosterkeeper.features.accounts`."""

    name = "rosterkeeper.features.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Put the pages into the menu, begin to write down who signs in, and tell the audit log whose accounts are."""
        from rosterkeeper.features.accounts import scope, tokens  # noqa: PLC0415 -- models are not ready earlier
        from rosterkeeper.features.accounts.models import Account  # noqa: PLC0415
        from rosterkeeper.features.accounts.rights import Right, may  # noqa: PLC0415
        from rosterkeeper.features.accounts.watching import watch  # noqa: PLC0415
        from rosterkeeper.features.audit.districts import find_by  # noqa: PLC0415
        from rosterkeeper.features.look.navigation import Entry, add  # noqa: PLC0415

        watch()
        find_by(("account",), lambda number: scope.districts_of_account(Account(pk=number)) or ())
        find_by(("token",), tokens.districts_of)
        add(Entry("accounts", _("Accounts"), "shield", 80, lambda request: may(request, Right.ACCOUNTS)))
        add(Entry("tokens", _("API tokens"), "key", 82, lambda request: may(request, Right.ACCOUNTS)))
        add(Entry("audit", _("Audit log"), "clipboard", 84, lambda request: may(request, Right.ACCOUNTS)))
