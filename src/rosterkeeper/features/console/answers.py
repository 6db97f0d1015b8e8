"""The plain pages and answers for whoever has no console."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from rosterkeeper.features.console import visiting, who
from rosterkeeper.features.console.words import REFUSALS
from rosterkeeper.features.signin.coming_back import own_page
from rosterkeeper.features.signin.models import Served
from rosterkeeper.matching.tables import Kind


def at_console(request: HttpRequest) -> bool:
    """Whether the address is one of the console's."""
    return request.path.startswith(reverse("console:new_class"))


def told(request: HttpRequest, code: str) -> HttpResponse:
    """The page that says what happened and what to do."""
    refusal = REFUSALS[code]
    shown = {"refusal": refusal, "code": code, "can_sign_in": code != "console.not_staff" and _can_sign_in()}
    return render(request, "console/refused.html", shown, status=refusal.status)


def said(code: str) -> JsonResponse:
    """The same for a launcher."""
    refusal = REFUSALS[code]
    body = {"code": code, "what": str(refusal.what), "todo": str(refusal.todo)}
    return JsonResponse(body, status=refusal.status)


def turned_away(request: HttpRequest) -> HttpResponseBase:
    """The answer to somebody whose page needs a visitor: why they are none any more, else the way to sign in."""
    code = who.refused(request)
    if code:
        answer = told(request, code)
        visiting.end(request, answer)
        return answer
    if not _can_sign_in():
        return told(request, "console.nobody")
    # A part of a page, or a form, has no address to come back to.
    is_page = request.method == "GET" and not request.headers.get("HX-Request")
    back = own_page(request.get_full_path()) if is_page else ""
    to_login = redirect_to_login(back or reverse("console:new_class"), reverse("signin"))
    return HttpResponse(headers={"HX-Redirect": to_login.url}) if request.headers.get("HX-Request") else to_login


def _can_sign_in() -> bool:
    served = Served.objects.filter(provider__is_enabled=True).select_related("provider")
    return any(Kind.STAFF in each.provider.kinds for each in served)
