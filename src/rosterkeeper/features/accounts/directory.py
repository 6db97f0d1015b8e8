"""The administrator's pages of accounts: list, invite, role, disable, reset, sign out."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rosterkeeper.features.accounts import mailing, scope, workflow
from rosterkeeper.features.accounts.forms import InviteForm, RoleForm
from rosterkeeper.features.accounts.managed import account_of, accounts_seen
from rosterkeeper.features.accounts.models import Account
from rosterkeeper.features.accounts.rights import Right, Role, needs
from rosterkeeper.features.look.told import refusal
from rosterkeeper.oneroster.errors import SettingsError


def address_of(request: HttpRequest, secret: str) -> str:
    """A one-time link as it is opened from outside."""
    path = reverse("welcome", args=[secret])
    public: str = settings.ROSTER_PUBLIC_URL
    return f"{public.rstrip('/')}{path}" if public else request.build_absolute_uri(path)


@needs(Right.ACCOUNTS)
def accounts(request: HttpRequest) -> HttpResponse:
    """Every account in sight."""
    names = dict(scope.offered_districts(scope.districts_of(request)))
    found = [
        (each, [names.get(one.district_id, "") for one in each.districts.all()]) for each in accounts_seen(request)
    ]
    return render(request, "accounts/accounts.html", {"accounts": found, "shows_districts": len(names) > 1})


@needs(Right.ACCOUNTS)
def invite(request: HttpRequest) -> HttpResponse:
    """Let somebody in: the link that is shown once sets their password."""
    form = InviteForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        stated = form.cleaned_data
        try:
            made, secret = workflow.invite(
                stated["email"],
                role=Role(stated["role"]),
                name=stated["name"],
                schools=form.chosen(),
                districts=form.chosen_districts(),
            )
        except SettingsError as fault:
            form.add_error("email", refusal(fault))
        else:
            return _link(request, made, secret)
    return render(request, "accounts/invite.html", {"form": form})


@needs(Right.ACCOUNTS)
def account(request: HttpRequest, number: int) -> HttpResponse:
    """One account, and its role."""
    found = account_of(request, number)
    held = {
        "role": found.role,
        "schools": [scope.written((each.connection_id, each.org)) for each in found.schools.all()],
        "districts": [each.district_id for each in found.districts.all()],
    }
    form = RoleForm(request.POST or None, request=request, initial=held)
    if request.method == "POST" and form.is_valid():
        try:
            workflow.set_role(found, Role(form.cleaned_data["role"]), form.chosen(), form.chosen_districts())
        except SettingsError as fault:
            form.add_error("role", refusal(fault))
        else:
            messages.success(request, _("The role was changed; the account has to sign in anew."))
            return redirect("accounts")
    return render(request, "accounts/account.html", {"form": form, "found": found})


@needs(Right.ACCOUNTS)
@require_POST
def disable(request: HttpRequest, number: int) -> HttpResponse:
    """Let the account in no more."""
    try:
        workflow.disable(account_of(request, number))
    except SettingsError as fault:
        messages.error(request, refusal(fault))
    else:
        messages.success(request, _("The account is disabled; its sessions and tokens have ended."))
    return redirect("accounts")


@needs(Right.ACCOUNTS)
@require_POST
def enable(request: HttpRequest, number: int) -> HttpResponse:
    """Let the account in again."""
    workflow.enable(account_of(request, number))
    messages.success(request, _("The account is enabled."))
    return redirect("accounts")


@needs(Right.ACCOUNTS)
@require_POST
def reset(request: HttpRequest, number: int) -> HttpResponse:
    """A one-time link for a new password, and if so asked without the second factor."""
    found = account_of(request, number)
    return _link(request, found, workflow.reset(found, second_factor="second_factor" in request.POST))


@needs(Right.ACCOUNTS)
@require_POST
def sign_out(request: HttpRequest, number: int) -> HttpResponse:
    """End every session of the account."""
    workflow.sign_out(account_of(request, number))
    messages.success(request, _("The account is signed out everywhere."))
    return redirect("accounts")


def _link(request: HttpRequest, found: Account, secret: str) -> HttpResponse:
    link = address_of(request, secret)
    mailing.send_link(found.email, link)
    shown = {"found": found, "link": link, "mailed": mailing.is_set_up()}
    answer = render(request, "accounts/link.html", shown)
    answer["Cache-Control"] = "no-store"
    return answer
