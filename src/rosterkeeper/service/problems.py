"""Pages, and answers of the API, for what cannot be shown: unknown addresses, refused requests, errors of our own."""

import logging
import secrets
import sys

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from rosterkeeper.features.api.problems import Problem, answer, is_call, status_of
from rosterkeeper.features.console.answers import at_console
from rosterkeeper.features.scim.endpoint import is_scim
from rosterkeeper.features.scim.endpoint import told as scim_told
from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.service.access import has_lost_session, lost, page_of, refused
from rosterkeeper.service.logs import places

_FAULT = 500
_log = logging.getLogger("rosterkeeper.web")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 -- Django's own signature
    """The page for an address that leads nowhere."""
    what = _("There is nothing at this address. What was here may have been removed.")
    todo = _("Go to the overview and look for it from there.")
    if at_console(request):
        what = _("There is nothing at this address. The class may be over, or you may not teach it any more.")
        todo = _("Go to New class: what you may start today is there.")
    return _told(request, _("Not found"), Problem(404, "api.not_found", what, todo))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 -- Django's own signature
    """The page for a request that was refused."""
    return refused(request)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 -- Django's own signature
    """The page for a form that did not come from a page of ours, or from one that is too old."""
    if has_lost_session(request) and not is_call(request) and not at_console(request):
        back = redirect_to_login(page_of(request), settings.LOGIN_URL).url
        lost_page = {"heading": _("Not taken"), "what": lost(), "sign_in": back}
        return render(request, "look/problem.html", lost_page, status=403)
    shown = Problem(
        403,
        "api.foreign_origin",
        _("The form could not be taken, because the page it was on is too old or is not one of ours."),
        _("Open the page anew and send the form again; the browser must allow cookies of this site."),
    )
    return _told(request, _("Not taken"), shown)


def misread(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 -- Django's own signature
    """The page for a request that makes no sense, such as one for a host that is not ours."""
    shown = Problem(
        400,
        "api.bad_request",
        _("The request could not be understood, or was for a host name that is not this server's."),
        _("Use the address that the server was set up for; ROSTERKEEPER_WEB_HOSTS lists the names that it answers to."),
    )
    return HttpResponse(f"{shown.what}\n{shown.todo}\n", status=shown.status, content_type="text/plain; charset=utf-8")


def broken(request: HttpRequest) -> HttpResponse:
    """The page for an error of our own; its reference number stands in the log, too."""
    fault = sys.exc_info()[1]
    if isinstance(fault, RosterkeeperError):
        return _told(request, _("This cannot be done now"), status_of(fault))
    reference = secrets.token_hex(4)
    match = request.resolver_match
    where = match.route if match else "?"
    _log.error("An error at %s has the reference number %s.\n%s", where, reference, "\n".join(places(fault)))
    shown = Problem(
        500,
        "program.fault",
        _("The page could not be shown. Nothing was changed that the pages do not show."),
        _("Try again. If it happens again, give the reference number to who runs this server."),
        reference,
    )
    return _told(request, _("Something went wrong"), shown)


def _told(request: HttpRequest, heading: str, problem: Problem) -> HttpResponse:
    if is_scim(request):
        return scim_told(problem)
    if is_call(request):
        return answer(problem)
    shown = {"heading": heading, "what": problem.what, "todo": problem.todo, "reference": problem.reference}
    # An error of our own may be one of what the console's frame asks for.
    page = "console/problem.html" if at_console(request) and problem.status < _FAULT else "look/problem.html"
    return render(request, page, shown, status=problem.status)
