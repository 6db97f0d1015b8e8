"""The pages of one's own account: the first visit, a one-time link, a forgotten password, what one is."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rosterkeeper.features.accounts import first, links, mailing, throttle, workflow
from rosterkeeper.features.accounts.directory import address_of
from rosterkeeper.features.accounts.forms import FirstForm, ForgottenForm, PasswordForm
from rosterkeeper.features.accounts.models import Account
from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.accounts.scope import districts_of, offered_districts
from rosterkeeper.features.audit.callers import origin_of
from rosterkeeper.features.audit.log import record


@needs(Right.OPEN)
def first_visit(request: HttpRequest, secret: str) -> HttpResponse:
    """Make the first administrator, by the link that `serve` printed."""
    if not first.opens(secret):
        return render(request, "accounts/first_spent.html", {"is_claimed": first.is_claimed()}, status=404)
    form = FirstForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        account = first.claim(secret, **form.cleaned_data)
        if account is None:
            return render(request, "accounts/first_spent.html", {"is_claimed": first.is_claimed()}, status=404)
        _sign_in(request, account)
        return redirect("overview")
    return render(request, "accounts/first.html", {"form": form})


@needs(Right.OPEN)
def welcome(request: HttpRequest, secret: str) -> HttpResponse:
    """Set a password by a one-time link."""
    account = links.account_of(secret)
    if account is None:
        return render(request, "accounts/spent.html", status=404)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        account = links.use(secret, form.cleaned_data["password"])
        if account is None:
            return render(request, "accounts/spent.html", status=404)
        record("account.password_changed", about=f"account:{account.pk}", account=account.pk, details={"link": True})
        logout(request)
        if is_mfa_enabled(account):
            messages.success(request, _("Your password is set. Sign in with it."))
            return redirect("account_login")
        _sign_in(request, account)
        return redirect("account_self")
    return render(request, "accounts/welcome.html", {"form": form, "account": account})


@needs(Right.OPEN)
def forgotten(request: HttpRequest) -> HttpResponse:
    """Send a one-time link where mail is set up, and else say who can help. The answer is the same for any address."""
    form = ForgottenForm(request.POST or None)
    sent = False
    if request.method == "POST" and mailing.is_set_up() and form.is_valid():
        sent = True
        # Asked too often, it sends nothing and says the same.
        if throttle.reserve(throttle.keys_of(f"forgotten:{origin_of(request)}", form.cleaned_data["email"])):
            account = Account.objects.filter(email__iexact=form.cleaned_data["email"], is_active=True).first()
            if account is not None:
                mailing.send_link(account.email, address_of(request, links.new(account, links.FORGOTTEN)))
    shown = {"form": form, "sent": sent, "has_mail": mailing.is_set_up()}
    return render(request, "accounts/forgotten.html", shown)


@needs(Right.SELF)
def own(request: HttpRequest) -> HttpResponse:
    """One's own account: name, role, password, second factor."""
    mine = districts_of(request)
    names = [name for _number, name in offered_districts(mine)] if mine is not None else []
    return render(request, "accounts/self.html", {"districts": names})


@needs(Right.SELF)
@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every session of one's own, this one included."""
    workflow.sign_out(workflow.of(request))
    logout(request)
    messages.success(request, _("You are signed out everywhere."))
    return redirect("account_login")


def _sign_in(request: HttpRequest, account: Account) -> None:
    login(request, account, backend=settings.AUTHENTICATION_BACKENDS[0])
