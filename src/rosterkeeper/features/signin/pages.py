"""The pages by which one signs in: choose a provider, go there, come back, sign out; and what the refused see."""

from typing import Final

from allauth.account.internal.flows import reauthentication
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from rosterkeeper.features.accounts.models import Account
from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.signin import administrators, attempts, discovery, oidc, providers, sessions, wire
from rosterkeeper.features.signin.choosing import ACCOUNT, CONNECT, PERSON, offered
from rosterkeeper.features.signin.coming_back import own_page
from rosterkeeper.features.signin.models import Provider
from rosterkeeper.features.signin.resolving import resolve
from rosterkeeper.features.signin.words import ABOUT_PEOPLE, Refused

_PURPOSES: Final = (PERSON, ACCOUNT)
# Which provider the account of this session asked to be linked to.
_CONNECTS: Final = "signin_connects"


@needs(Right.OPEN)
@never_cache
@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """The providers of a district; where there are several districts, first which."""
    next_url = own_page(request.GET.get("next", ""))
    shown = {"offered": offered(request, next_url), "next": next_url, "hint": request.GET.get("login_hint", "")}
    return render(request, "signin/choose.html", shown)


@needs(Right.OPEN)
@never_cache
@require_GET
def start(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Go to the provider at once; a provider's own launcher may lead here, too."""
    purpose = request.GET.get("as", PERSON)
    return _leave(request, slug, purpose if purpose in _PURPOSES else PERSON)


@needs(Right.SELF)
@require_POST
def connect(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Show a page with the way to the provider, to link one's own account: a form itself may not lead elsewhere."""
    found = providers.visited(slug)
    if reauthentication.is_reauthentication_required(request, app=""):
        return redirect("signin_links")
    request.session[_CONNECTS] = slug
    return render(request, "signin/connect.html", {"provider": found})


@needs(Right.SELF)
@never_cache
@require_GET
def connecting(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Go to the provider to link one's own account, right after having asked for it here."""
    if request.session.pop(_CONNECTS, "") != slug:
        return redirect("account_self")
    return _leave(request, slug, CONNECT)


@needs(Right.OPEN)
@never_cache
@require_GET
def back(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What the provider sends visitors back to."""
    provider = providers.visited(slug)
    try:
        _check(request, provider)
        return _arrived(request, oidc.arrive(request, provider))
    except Refused as fault:
        return refused(request, provider, fault)


@needs(Right.PERSON)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session here; the page that follows offers to end the provider's, too."""
    provider = sessions.provider_of(request)
    sessions.end(request)
    return redirect(f"{reverse('signin_out')}?{urlencode({'of': provider.slug if provider else ''})}")


@needs(Right.OPEN)
@never_cache
@require_GET
def signed_out(request: HttpRequest) -> HttpResponse:
    """Say that it is done, and how to sign out at the provider, which else signs the next visitor in as the last."""
    provider = providers.named(request.GET.get("of", ""))
    shown = {"provider": provider, "address": _end_of(request, provider) if provider else ""}
    return render(request, "signin/out.html", shown)


def refused(request: HttpRequest, provider: Provider | None, fault: Refused) -> HttpResponse:
    """What a refused visitor sees: a number for their administrator, and nothing of whether they are known."""
    reference = attempts.refused(request, provider, fault)
    shown = {
        "reference": reference,
        "is_about_people": fault.code in ABOUT_PEOPLE or fault.code == "signin.throttled",
        "was_cancelled": fault.code == "signin.cancelled",
        "again": reverse("signin"),
    }
    return render(request, "signin/refused.html", shown, status=429 if fault.code == "signin.throttled" else 403)


def turned_away(request: HttpRequest) -> HttpResponseBase:
    """The answer to somebody whose page needs a person and who is none: a plain page where they were until now."""
    fault = sessions.sent_out(request)
    if fault is None:
        next_url = own_page(request.get_full_path()) if request.method == "GET" else ""
        return redirect_to_login(next_url or reverse("signin_me"), reverse("signin"))
    provider = sessions.provider_of(request)
    sessions.end(request)
    return refused(request, provider, fault)


def _leave(request: HttpRequest, slug: str, purpose: str) -> HttpResponseBase:
    provider = providers.visited(slug)
    asked = request.GET.get("next", "")
    # An administrator's next page may be any of ours, which judges by itself who may open it.
    next_url = own_page(asked) if purpose == PERSON else _any_page(asked)
    try:
        _check(request, provider)
        return oidc.leave(request, provider, purpose=purpose, next_url=next_url)
    except Refused as fault:
        return refused(request, provider, fault)


def _check(request: HttpRequest, provider: Provider) -> None:
    if attempts.too_fast(request):
        raise Refused("signin.throttled")
    if not provider.is_enabled:
        raise Refused("signin.provider_off")


def _any_page(url: str) -> str:
    return url if url_has_allowed_host_and_scheme(url, allowed_hosts=None) and url.startswith("/") else ""


def _arrived(request: HttpRequest, arrived: oidc.Arrived) -> HttpResponseBase:
    provider, claims = arrived.provider, arrived.claims
    reserved = attempts.may_try(request, provider, claims.subject)
    if reserved is None:
        raise Refused("signin.throttled")
    purpose, next_url = arrived.state.get("process"), str(arrived.state.get("next") or "")
    answer: HttpResponseBase
    if purpose == CONNECT:
        answer = _connect(request, arrived)
    elif purpose == ACCOUNT:
        account = administrators.account_of(provider, claims)
        attempts.account_signed_in(request, provider, account.pk)
        answer = administrators.sign_in(request, provider, account, next_url)
    else:
        found = resolve(provider, claims)
        sessions.begin(request, found.signed_in)
        person = found.signed_in.person
        attempts.succeeded(request, provider, person=person.uid, district=person.district_id, key=found.key)
        answer = redirect(own_page(next_url) or "signin_me")
    attempts.was_good(request, provider, claims.subject, reserved)
    return answer


def _connect(request: HttpRequest, arrived: oidc.Arrived) -> HttpResponse:
    if not isinstance(request.user, Account) or not arrived.provider.for_administrators:
        raise Refused("signin.not_administrator")
    administrators.link(arrived.provider, request.user, arrived.claims)
    return redirect("signin_links")


def _end_of(request: HttpRequest, provider: Provider) -> str:
    """Where the provider ends its own session (OpenID Connect RP-Initiated Logout 1.0); '' where it does not."""
    try:
        end = discovery.text(discovery.document(provider.issuer), "end_session_endpoint")
        if not end:
            return ""
        wire.check(end)
    except Refused:
        return ""
    after = oidc.address_of(request, reverse("signin"))
    asked = urlencode({"client_id": provider.client_id, "post_logout_redirect_uri": after})
    return f"{end}{'&' if '?' in end else '?'}{asked}"
