"""The administrator's page of API tokens: list, make, revoke."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from rosterkeeper.features.accounts import tokens as kept
from rosterkeeper.features.accounts import workflow
from rosterkeeper.features.accounts.forms import TokenForm
from rosterkeeper.features.accounts.kinds import limit
from rosterkeeper.features.accounts.managed import token_of, tokens_seen
from rosterkeeper.features.accounts.rights import Right, needs


@needs(Right.ACCOUNTS)
def tokens(request: HttpRequest) -> HttpResponse:
    """Every token; a new one is shown once."""
    form = TokenForm(request.POST or None, request=request)
    text = ""
    if request.method == "POST" and form.is_valid():
        stated = form.cleaned_data
        made, text = kept.make(
            workflow.of(request),
            stated["name"],
            [Right(each) for each in stated["scopes"]],
            schools=form.chosen(),
            districts=form.chosen_districts(),
            until=form.until(),
        )
        limit(made, stated["kinds"])
        form = TokenForm(request=request)
    answer = render(request, "accounts/tokens.html", {"form": form, "tokens": tokens_seen(request), "text": text})
    answer["Cache-Control"] = "no-store"
    return answer


@needs(Right.ACCOUNTS)
@require_POST
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """Let nobody in by the token any more."""
    kept.revoke(token_of(request, number))
    return redirect("tokens")
