"""The administrators' pages of sign-in: providers, their test, the list of sign-ins, and one's own links."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.accounts.scope import sees_all_districts
from rosterkeeper.features.accounts.workflow import of as account_of
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.look.told import refusal
from rosterkeeper.features.signin import listing, oidc, providers, saving
from rosterkeeper.features.signin.checking import check
from rosterkeeper.features.signin.forms import ProviderForm
from rosterkeeper.features.signin.models import Provider
from rosterkeeper.features.signin.presets import OTHER, PRESETS
from rosterkeeper.oneroster.errors import SettingsError


@needs(Right.ACCOUNTS)
def listed(request: HttpRequest) -> HttpResponse:
    """Every provider in sight, and what can be added."""
    shown = {"providers": listing.providers(request), "presets": list(PRESETS.values())}
    return render(request, "signin/providers.html", shown)


@needs(Right.ACCOUNTS)
def add(request: HttpRequest, kind: str) -> HttpResponse:
    """Add a provider; its page then tests it."""
    preset, everywhere = PRESETS.get(kind, PRESETS[OTHER]), sees_all_districts(request)
    form = ProviderForm(
        request.POST or None, preset=preset, districts=providers.districts(request), everywhere=everywhere
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = saving.add(form.stated, everywhere=everywhere)
        except SettingsError as wrong:
            form.add_error(None, refusal(wrong))
        else:
            messages.success(
                request, _("%(name)s was added. Register its redirect address, then test it.") % {"name": made.name}
            )
            return redirect("signin_provider", made.pk)
    return render(request, "signin/provider.html", {"form": form, "preset": preset, "heading": _("Add a provider")})


@needs(Right.ACCOUNTS)
def provider(request: HttpRequest, number: int) -> HttpResponse:
    """One provider: its addresses, its settings."""
    found, everywhere = providers.one(request, number), sees_all_districts(request)
    form = ProviderForm(
        request.POST or None,
        preset=found.known,
        districts=providers.districts(request),
        everywhere=everywhere,
        provider=found,
    )
    if request.method == "POST" and form.is_valid():
        try:
            saving.change(found, form.stated, everywhere=everywhere)
        except SettingsError as wrong:
            form.add_error(None, refusal(wrong))
        else:
            messages.success(request, _("%(name)s was changed.") % {"name": found.name})
            return redirect("signin_provider", number)
    return render(request, "signin/provider.html", _shown(request, found, form))


@needs(Right.ACCOUNTS)
@require_POST
def test(request: HttpRequest, number: int) -> HttpResponse:
    """Ask the provider what it says of itself, and tell what is right and wrong with it."""
    found = providers.one(request, number)
    record("signin.provider_tested", about=f"provider:{found.pk}")
    shown = {"found": found, "lines": check(found), "heading": found.name}
    return render(request, "signin/tested.html", shown)


@needs(Right.ACCOUNTS)
@require_POST
def switch(request: HttpRequest, number: int) -> HttpResponse:
    """Switch a provider on or off."""
    found = providers.one(request, number)
    saving.switch(found, on="on" in request.POST)
    messages.success(
        request,
        _("%(name)s is switched on.") % {"name": found.name}
        if found.is_enabled
        else _("%(name)s is switched off; who came by it is signed out with their next click.") % {"name": found.name},
    )
    return redirect("signin_providers")


@needs(Right.ACCOUNTS)
@require_POST
def delete(request: HttpRequest, number: int) -> HttpResponse:
    """Delete a provider."""
    found = providers.one(request, number)
    saving.delete(found)
    messages.success(request, _("%(name)s was deleted.") % {"name": found.name})
    return redirect("signin_providers")


@needs(Right.ACCOUNTS)
def attempts(request: HttpRequest) -> HttpResponse:
    """Who signed in and who was refused, the newest first; a reference number finds its row."""
    return render(request, "signin/attempts.html", {"page": listing.attempts(request)})


@needs(Right.SELF)
@reauthentication_required  # type: ignore[untyped-decorator]
def links(request: HttpRequest) -> HttpResponse:
    """The providers that one's own account is linked to, or can be."""
    held = providers.links_of(account_of(request))
    rows = [(each, held.get(each.pk)) for each in providers.for_accounts()]
    return render(request, "signin/links.html", {"rows": rows})


@needs(Right.SELF)
@require_POST
def unlink(request: HttpRequest, number: int) -> HttpResponse:
    """Take a link of one's own account away."""
    account = account_of(request)
    if providers.unlink(account, number):
        record("account.signin_unlinked", about=f"account:{account.pk}", details={"provider": number})
        messages.success(request, _("The link was taken away."))
    return redirect("signin_links")


def _shown(request: HttpRequest, found: Provider, form: ProviderForm) -> dict[str, object]:
    return {
        "form": form,
        "preset": found.known,
        "heading": found.name,
        "found": found,
        "redirect_address": oidc.redirect_address(request, found.slug),
        "start_address": oidc.start_address(request, found.slug),
    }
