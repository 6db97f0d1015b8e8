"""How allauth is used here: nobody makes an account by themselves, and tries to sign in are counted in the database."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.accounts import throttle
from rosterkeeper.features.accounts.models import Account
from rosterkeeper.features.audit.callers import origin_of
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.look.navigation import menu

TOO_MANY = _(
    "There were too many failed tries from here. Wait a quarter of an hour, sign in from another place, or ask who runs"
    " the server for a one-time link."
)


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """An account is made by an administrator, never by signing up."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": TOO_MANY,
        "email_password_mismatch": _("The e-mail address or the password is wrong."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 -- allauth's own signature
        """Never."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The first page of the menu that the account may open, such as a school viewer's."""
        first = next(iter(menu(request)), None)
        return first.url if first else reverse("account_self")

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that the audit log names, too."""
        return origin_of(request)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Account | None:
        """Who the credentials are of; None, and a failure counted, where of nobody."""
        name = str(credentials.get("email", ""))
        keys = throttle.keys_of(origin_of(request), name)
        reserved = throttle.reserve(keys)
        if reserved is None:
            raise self.validation_error("too_many_login_attempts")
        account: Account | None = super().authenticate(request, **credentials)
        if account is not None:
            throttle.give_back(keys, reserved)
        else:
            known = Account.objects.filter(email__iexact=name).values_list("pk", flat=True).first()
            record("account.sign_in_failed", about=f"account:{known}" if known else "")
        return account

    def reauthenticate(self, user: Account, password: str) -> bool:
        """Whether it is the account's password, asked again before something that matters."""
        from allauth.core import context  # noqa: PLC0415 -- allauth's own place for the request

        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk
