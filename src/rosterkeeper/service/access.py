"""Who may call which view. A view that says nothing about it is refused to everybody.

The table of routes and rights is written out in docs/permissions.md, from `routes`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import gettext as _
from ninja.operation import Operation, PathView

from rosterkeeper.features.accounts import first, tokens
from rosterkeeper.features.accounts.kinds import kinds_of
from rosterkeeper.features.accounts.rights import Right, may
from rosterkeeper.features.accounts.scope import districts_of, sees_all_districts
from rosterkeeper.features.api.problems import NUL_IN_JSON, Problem, answer, is_call
from rosterkeeper.features.api.rate import Rate
from rosterkeeper.features.audit.callers import Caller, calling, origin_of
from rosterkeeper.features.audit.districts import one
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.console import who
from rosterkeeper.features.console.answers import turned_away as turned_away_from_console
from rosterkeeper.features.signin.pages import turned_away

# Views of libraries, by the name of their route, which cannot say it themselves.
_THEIRS: Final = {
    "account_login": Right.OPEN,
    "account_logout": Right.OPEN,
    "account_inactive": Right.OPEN,
    "account_reauthenticate": Right.SELF,
    "account_change_password": Right.SELF,
    "mfa_authenticate": Right.OPEN,
    "mfa_reauthenticate": Right.SELF,
    "mfa_index": Right.SELF,
    "mfa_activate_totp": Right.SELF,
    "mfa_deactivate_totp": Right.SELF,
    "mfa_view_recovery_codes": Right.SELF,
    "mfa_download_recovery_codes": Right.SELF,
    "mfa_generate_recovery_codes": Right.SELF,
    "set_language": Right.OPEN,
    # Nothing is there but the name that the API's addresses begin with.
    "api-root": Right.OPEN,
}
# The pages that show one record of the roster whole, and what it is.
_SHOWN: Final = {"roster_person": "user", "roster_history": "user", "roster_class": "class"}
# What changes nothing; a foreign page may make a browser ask for it.
_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_PAGE: Final = ""

Handler = Callable[[HttpRequest], HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Route:
    """One address, its method ('' for a page, which takes any), the right it needs (None: nobody may call it).

    ``everywhere``: whoever is limited to districts is refused.
    """

    address: str
    name: str
    method: str
    right: Right | None
    everywhere: bool


def right_of(view: object, name: str, method: str) -> Right | None:
    """The right that a route's view needs for a method; None where nobody said it."""
    said = _said(view, method)
    if said is None:
        # A method that the address does not have is refused by what answers there; it gives nothing away.
        return Right.OPEN
    named: Right | None = getattr(said, "right", None)
    return named or (_THEIRS.get(name) if said is view else None)


def is_everywhere(view: object, method: str) -> bool:
    """Whether a route's view concerns the whole installation."""
    return bool(getattr(_said(view, method), "everywhere", False))


def routes() -> list[Route]:
    """Every route with what it needs, in the order of the addresses; once, also where an address has several names."""
    found = {
        (address, method): Route(address, name, method, right_of(view, name, method), is_everywhere(view, method))
        for address, name, view in _views(get_resolver().url_patterns, "/")
        for method in _methods(view)
    }
    return [found[key] for key in sorted(found)]


class AccessMiddleware:
    """Lets a request through to its view where the account, or the token of the API, has the view's right."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response
        self._rate = Rate()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_call(request):
            # A session says nothing here: a foreign page could use it.
            _identify(request)
        with calling(lambda: _caller(request)):
            given = self._get_response(request)
        if is_call(request) and given.status_code == 405:
            what = "The address does not know this method."
            return answer(Problem(405, "api.method", what, "Compare it with /api/v1/openapi.json."))
        return given

    def process_view(
        self, request: HttpRequest, view: object, _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """None where the view may be called, else the answer in its place."""
        if turned_away := _turned_away(request):
            return turned_away
        if is_call(request) and (wait := self._rate.wait(_bucket(request))):
            todo = f"Wait {wait} s, and call less often."
            return answer(Problem(429, "api.rate", "There were too many calls.", todo, retry_after=wait))
        match = request.resolver_match
        right = right_of(view, (match.url_name or "") if match else "", request.method or "")
        if right == Right.DIRECTORY:
            return None
        if right is None or not may(request, right):
            return _denied(request, right)
        if _goes_beyond(view, request):
            return refused(request)
        if right == Right.ROSTER:
            _note(request)
        return None


def _turned_away(request: HttpRequest) -> HttpResponse | None:
    """The answer to what nobody may ask, whoever it is; Http404 where it makes no sense at all."""
    if request.method not in _SAFE and not _is_ours(request):
        return _foreign(request)
    try:
        if not _holds_nul(request):
            return None
    except RequestDataTooBig:
        if not is_call(request):
            raise
        return answer(Problem(413, "api.too_large", "The call's body is larger than any call's.", "Send less at once."))
    if not is_call(request):
        raise Http404
    todo = "Compare it with /api/v1/openapi.json."
    return answer(Problem(400, "api.bad_input", "The address or the body holds a NUL.", todo))


def _holds_nul(request: HttpRequest) -> bool:
    """Whether the address, a form or a call's JSON holds a NUL: PostgreSQL takes it for no text."""
    if is_call(request) and "json" in (request.content_type or "") and NUL_IN_JSON in request.body:
        return True
    forms = (request.GET,) if is_call(request) else (request.GET, request.POST)
    return "\0" in request.path or any("\0" in each for form in forms for _, of in form.lists() for each in of)


def _goes_beyond(view: object, request: HttpRequest) -> bool:
    """Whether the view tells of more than the caller may see: of every district, or of every kind."""
    method = request.method or ""
    if kinds_of(request) is not None and not getattr(_said(view, method), "by_kind", False):
        return True
    return is_everywhere(view, method) and not sees_all_districts(request)


def lost() -> str:
    """What somebody is told whose form came after their session had ended."""
    return _("You were signed out before this was saved. Sign in and enter it again.")


def page_of(request: HttpRequest) -> str:
    """The address to come back to: the page asked for, and for a form that was sent the page it was on."""
    referer = urlsplit(request.headers.get("Referer", ""))
    if request.method in _SAFE or referer.netloc != request.get_host():
        return request.get_full_path()
    return f"{referer.path}?{referer.query}" if referer.query else referer.path


def has_lost_session(request: HttpRequest) -> bool:
    """Whether a form came from nobody although its page is only for those who have signed in."""
    match = request.resolver_match
    is_open = match is None or right_of(match.func, match.url_name or "", request.method or "") == Right.OPEN
    return not request.user.is_authenticated and not is_open


def refused(request: HttpRequest) -> HttpResponse:
    """The answer for somebody who is signed in and may not do this (L42, M01)."""
    if is_call(request):
        todo = "Use a token that has the right which docs/permissions.md names for the call."
        return answer(Problem(403, "api.refused", "This may not be done with the token.", todo))
    shown = {
        "heading": _("Not allowed"),
        "what": _("Your account may not open this page."),
        "todo": _("Ask an administrator for the role that it needs, such as one with Manage Settings."),
    }
    return render(request, "look/problem.html", shown, status=403)


def _denied(request: HttpRequest, right: Right | None) -> HttpResponseBase:
    if right == Right.PERSON:
        return turned_away(request)
    if right == Right.CONSOLE:
        return turned_away_from_console(request)
    return refused(request) if request.user.is_authenticated else _unknown(request)


def _note(request: HttpRequest) -> None:
    """Write down whose data is asked for: who saw a person, or a class with its people, can be told later."""
    match = request.resolver_match
    name, given = (match.url_name or "", match.kwargs) if match else ("", {})
    if is_call(request):
        record("api.read", about=f"route:{match.route if match else ''}", details={"token": _token(request)})
    elif name in _SHOWN:
        number, sourced_id = given["number"], given["sourced_id"]
        record("roster.seen", about=f"{_SHOWN[name]}:{number}:{sourced_id}", details={"page": name})


def _foreign(request: HttpRequest) -> HttpResponse:
    if is_call(request):
        todo = "Call from a program; the pages of another site may not."
        return answer(Problem(403, "api.foreign_origin", "A page of another site sent the call.", todo))
    return refused(request)


def _unknown(request: HttpRequest) -> HttpResponseBase:
    if is_call(request):
        todo = "Send the header Authorization: Bearer TOKEN, with a token that is neither revoked nor too old."
        return answer(Problem(401, "api.no_token", "The call came without a token that is known.", todo))
    if not first.is_claimed():
        return render(request, "accounts/unclaimed.html", status=503)
    to_login = redirect_to_login(page_of(request), settings.LOGIN_URL)
    if request.method not in _SAFE:
        messages.warning(request, lost())
    if request.headers.get("HX-Request"):
        # A part of a page asks: the page as a whole has to go there.
        return HttpResponse(headers={"HX-Redirect": redirect_to_login("", settings.LOGIN_URL).url.partition("?")[0]})
    return to_login


def _identify(request: HttpRequest) -> None:
    """Make the token's account the one that calls; nobody where there is no good token."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    token = tokens.known(text.strip()) if kind.lower() == "bearer" else None
    request.user = token.account if token else AnonymousUser()
    request.api_token = token  # type: ignore[attr-defined]
    request.api_scopes = token.scopes if token else []  # type: ignore[attr-defined]


def _is_ours(request: HttpRequest) -> bool:
    """Whether no foreign page sent the request; a program names no origin."""
    origin = request.headers.get("Origin", "")
    return not origin or urlsplit(origin).netloc == request.get_host() or origin in settings.CSRF_TRUSTED_ORIGINS


def _caller(request: HttpRequest) -> Caller:
    match = request.resolver_match
    if match is not None and right_of(match.func, "", request.method or "") == Right.CONSOLE:
        visitor = who.visitor(request)
        return Caller(0, visitor.actor if visitor else "", origin_of(request), visitor.district if visitor else None)
    user, token = request.user, getattr(request, "api_token", None)
    if not user.is_authenticated:
        return Caller(origin=origin_of(request))
    name = f"{user.email} ({token.name})" if token else user.email
    return Caller(user.pk, name, origin_of(request), one(districts_of(request)))


def _token(request: HttpRequest) -> int:
    token = getattr(request, "api_token", None)
    return token.pk if token else 0


def _bucket(request: HttpRequest) -> str:
    return f"token:{_token(request)}" if _token(request) else origin_of(request)


def _operations(view: object) -> list[Operation]:
    """What django-ninja answers at one address, each with its methods; empty for any other view."""
    # A view of ninja is a function that holds what it answers with; where that ever changes, every call is refused.
    held = [cell.cell_contents for cell in getattr(view, "__closure__", None) or ()]
    return [operation for each in held if isinstance(each, PathView) for operation in each.operations]


def _said(view: object, method: str) -> object | None:
    """What says the right for a method: the view, of the API the operation; None where the address has none for it."""
    operations = _operations(view)
    if not operations:
        return view
    return next((each.view_func for each in operations if method in each.methods), None)


def _views(patterns: list[Any], before: str) -> Iterator[tuple[str, str, object]]:
    for each in patterns:
        address = before + str(each.pattern).lstrip("^")
        if isinstance(each, URLResolver):
            yield from _views(each.url_patterns, address)
        elif isinstance(each, URLPattern):
            yield address, each.name or "", each.callback


def _methods(view: object) -> list[str]:
    found = sorted(method for operation in _operations(view) for method in operation.methods)
    return found or [_PAGE]
