"""The page SCIM of the directory: the endpoint's address, and the tokens by which identity providers come."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.connections.scope import districts_seen
from rosterkeeper.features.scim import tokens as kept
from rosterkeeper.features.scim.endpoint import ROOT
from rosterkeeper.features.scim.forms import TokenForm
from rosterkeeper.features.scim.models import DirectoryToken
from rosterkeeper.oneroster.errors import SettingsError


@needs(Right.SETTINGS)
def tokens(request: HttpRequest) -> HttpResponse:
    """Every token of the districts in sight; a new one is shown once."""
    form = TokenForm(request.POST or None, districts=districts_seen(request))
    text = ""
    if request.method == "POST" and form.is_valid():
        _, text = kept.make(form.cleaned_data["district"].pk, form.cleaned_data["name"])
        form = TokenForm(districts=districts_seen(request))
    return _shown(request, form, text)


@needs(Right.SETTINGS)
@require_POST
def rotate(request: HttpRequest, number: int) -> HttpResponse:
    """A new token in the place of one; the old one stays good for a while."""
    try:
        _, text = kept.rotate(_found(request, number))
    except SettingsError:
        return redirect("scim_tokens")
    return _shown(request, TokenForm(districts=districts_seen(request)), text)


@needs(Right.SETTINGS)
@require_POST
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """Let no identity provider in by the token any more."""
    kept.revoke(_found(request, number))
    return redirect("scim_tokens")


def _found(request: HttpRequest, number: int) -> DirectoryToken:
    token = kept.find(request, number)
    if token is None:
        raise Http404
    return token


def _shown(request: HttpRequest, form: TokenForm, text: str) -> HttpResponse:
    districts = {each.pk: each for each in districts_seen(request)}
    rows = [{"token": each, "district": districts.get(each.district_id)} for each in kept.listed(request)]
    addresses = [(each, request.build_absolute_uri(f"{ROOT}v2/{each.pk}")) for each in districts.values()]
    shown = {"form": form, "rows": rows, "text": text, "addresses": addresses, "overlap": kept.OVERLAP.days}
    answer = render(request, "scim/tokens.html", shown)
    answer["Cache-Control"] = "no-store"
    return answer
