"""The provider's addresses: allauth's own, a sign-in without a password, and a way for tests to register an app."""

from urllib.parse import parse_qs, urlsplit

from allauth.idp.oidc.models import Client
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import include, path


def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in whoever the form, or the hint of the app that asks, names."""
    after = request.GET.get("next", "/")
    hint = parse_qs(urlsplit(after).query).get("login_hint", [""])[0]
    name = request.POST.get("username", "") or hint
    if not name:
        return HttpResponse(
            "<!doctype html><title>Provider</title><form method='post'><label>User"
            " <input name='username'></label><button>Sign in</button></form>"
        )
    user, _ = User.objects.get_or_create(username=name)
    # The types know the product's accounts alone.
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return HttpResponseRedirect(after)


def register(request: HttpRequest) -> HttpResponse:
    """Make an app, or give it another redirect address."""
    made, _ = Client.objects.get_or_create(
        id=request.POST["client_id"], defaults={"name": "app", "skip_consent": True, "scopes": "openid\nprofile\nemail"}
    )
    made.set_secret(request.POST["secret"])
    made.set_redirect_uris([*made.get_redirect_uris(), request.POST["redirect_uri"]])
    made.save()
    return HttpResponse("made")


urlpatterns = [
    path("login/", sign_in, name="account_login"),
    path("register/", register),
    path("", include("allauth.idp.urls")),
]
