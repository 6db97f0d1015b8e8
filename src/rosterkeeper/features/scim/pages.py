"""The page SCIM of a district's directory: the endpoint's address, and the tokens by which identity providers come."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.look.told import refusal
from rosterkeeper.features.people.pages import district_of
from rosterkeeper.features.scim import tokens as kept
from rosterkeeper.features.scim.endpoint import ROOT
from rosterkeeper.features.scim.forms import TokenForm
from rosterkeeper.features.scim.models import DirectoryToken
from rosterkeeper.oneroster.errors import SettingsError


@needs(Right.SETTINGS)
def tokens(request: HttpRequest, number: int) -> HttpResponse:
    """The district's tokens; a new one is shown once."""
    district = district_of(request, number)
    form = TokenForm(request.POST or None)
    text = ""
    if request.method == "POST" and form.is_valid():
        _made, text = kept.make(district.pk, form.cleaned_data["name"])
        form = TokenForm()
    return _shown(request, district, form, text)


@needs(Right.SETTINGS)
@require_POST
def rotate(request: HttpRequest, number: int, token: int) -> HttpResponse:
    """A new token in the place of one; the old one stays good for a while."""
    district = district_of(request, number)
    try:
        _made, text = kept.rotate(_found(district, token))
    except SettingsError as fault:
        messages.error(request, refusal(fault))
        return redirect("scim_tokens", number)
    return _shown(request, district, TokenForm(), text)


@needs(Right.SETTINGS)
@require_POST
def revoke(request: HttpRequest, number: int, token: int) -> HttpResponse:
    """Let no identity provider in by the token any more."""
    kept.revoke(_found(district_of(request, number), token))
    messages.success(request, _("The token is revoked. Whoever still uses it is refused from now on."))
    return redirect("scim_tokens", number)


def _found(district: District, number: int) -> DirectoryToken:
    token = kept.find(district.pk, number)
    if token is None:
        raise Http404
    return token


def _shown(request: HttpRequest, district: District, form: TokenForm, text: str) -> HttpResponse:
    shown = {
        "district": district,
        "form": form,
        "tokens": kept.listed(district.pk),
        "text": text,
        "address": request.build_absolute_uri(f"{ROOT}v2/{district.pk}"),
        "overlap": kept.OVERLAP.days,
        "here": "scim",
    }
    answer = render(request, "scim/tokens.html", shown)
    answer["Cache-Control"] = "no-store"
    return answer
