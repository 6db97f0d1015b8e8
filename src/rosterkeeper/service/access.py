"""Who may call which view. A view that says nothing about it is refused to everybody."""

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from rosterkeeper.features.accounts import first
from rosterkeeper.features.accounts.rights import Right, may

# Views of libraries, by the name of their route, which cannot say it themselves.
_THEIRS: Final = {
    "account_login": Right.OPEN,
    "account_logout": Right.OPEN,
    "account_signup": Right.OPEN,
    "account_reset_password": Right.OPEN,
    "account_reset_password_done": Right.OPEN,
    "account_reset_password_from_key": Right.OPEN,
    "account_reset_password_from_key_done": Right.OPEN,
    "account_inactive": Right.OPEN,
    "account_reauthenticate": Right.SELF,
    "account_change_password": Right.SELF,
    "account_set_password": Right.SELF,
    "mfa_authenticate": Right.OPEN,
    "mfa_trust": Right.OPEN,
    "mfa_reauthenticate": Right.SELF,
    "mfa_index": Right.SELF,
    "mfa_activate_totp": Right.SELF,
    "mfa_deactivate_totp": Right.SELF,
    "mfa_view_recovery_codes": Right.SELF,
    "mfa_download_recovery_codes": Right.SELF,
    "mfa_generate_recovery_codes": Right.SELF,
    "set_language": Right.OPEN,
}

Handler = Callable[[HttpRequest], HttpResponseBase]


def right_of(view: object, name: str) -> Right | None:
    """The right that a route's view needs; None where nobody said it."""
    marked: Right | None = getattr(view, "right", None)
    return marked or _THEIRS.get(name)


class AccessMiddleware:
    """Lets a request through to its view where the account has the view's right."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """None where the view may be called, else the answer in its place."""
        match = request.resolver_match
        right = right_of(view, (match.url_name or "") if match else "")
        if right is not None and may(request, right):
            return None
        if not request.user.is_authenticated:
            return _unknown(request)
        return refused(request)


def refused(request: HttpRequest) -> HttpResponse:
    """The page for somebody who is signed in and may not do this (L42, M01)."""
    shown = {
        "heading": _("Not allowed"),
        "what": _("Your account may not open this page."),
        "todo": _("Ask an administrator for the role that it needs, such as one with Manage Settings."),
    }
    return render(request, "look/problem.html", shown, status=403)


def _unknown(request: HttpRequest) -> HttpResponseBase:
    if not first.is_claimed():
        return render(request, "accounts/unclaimed.html", status=503)
    return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
