"""The pages of accounts: the first visit, one's own account."""

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from rosterkeeper.features.accounts import first
from rosterkeeper.features.accounts.forms import FirstForm
from rosterkeeper.features.accounts.rights import Right, needs


@needs(Right.OPEN)
def first_visit(request: HttpRequest, secret: str) -> HttpResponse:
    """Make the first administrator, by the link that `serve` printed."""
    if not first.opens(secret):
        raise Http404
    form = FirstForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        account = first.claim(secret, **form.cleaned_data)
        if account is None:
            raise Http404
        login(request, account, backend=settings.AUTHENTICATION_BACKENDS[0])
        return redirect("overview")
    return render(request, "accounts/first.html", {"form": form})


@needs(Right.SELF)
def own(request: HttpRequest) -> HttpResponse:
    """One's own account: name, role, password, second factor."""
    return render(request, "accounts/self.html")
