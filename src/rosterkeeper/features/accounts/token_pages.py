"""The administrator's page of API tokens: list, make, revoke."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from rosterkeeper.features.accounts import tokens as kept
from rosterkeeper.features.accounts import workflow
from rosterkeeper.features.accounts.forms import TokenForm
from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.oneroster.errors import SettingsError


@needs(Right.ACCOUNTS)
def tokens(request: HttpRequest) -> HttpResponse:
    """Every token; a new one is shown once."""
    form = TokenForm(request.POST or None)
    text = ""
    if request.method == "POST" and form.is_valid():
        stated = form.cleaned_data
        _, text = kept.make(
            workflow.of(request),
            stated["name"],
            [Right(each) for each in stated["scopes"]],
            schools=form.chosen(),
            until=form.until(),
        )
        form = TokenForm()
    answer = render(request, "accounts/tokens.html", {"form": form, "tokens": kept.listed(), "text": text})
    answer["Cache-Control"] = "no-store"
    return answer


@needs(Right.ACCOUNTS)
@require_POST
def revoke(request: HttpRequest, number: int) -> HttpResponse:  # noqa: ARG001 -- a view's signature
    """Let nobody in by the token any more."""
    try:
        kept.revoke(kept.find(number))
    except SettingsError:
        raise Http404 from None
    return redirect("tokens")
