"""Pages for what cannot be shown: unknown addresses, refused requests, errors of our own."""

import logging
import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from rosterkeeper.service.access import refused

_log = logging.getLogger("rosterkeeper.web")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 -- Django's own signature
    """The page for an address that leads nowhere."""
    shown = {
        "heading": _("Not found"),
        "what": _("There is nothing at this address. What was here may have been removed."),
        "todo": _("Go to the overview and look for it from there."),
    }
    return render(request, "look/problem.html", shown, status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 -- Django's own signature
    """The page for a request that was refused."""
    return refused(request)


def broken(request: HttpRequest) -> HttpResponse:
    """The page for an error of our own; its reference number stands in the log, too."""
    reference = secrets.token_hex(4)
    match = request.resolver_match
    _log.error("An error at %s has the reference number %s.", match.route if match else "?", reference)
    shown = {
        "heading": _("Something went wrong"),
        "what": _("The page could not be shown. Nothing was changed that the pages do not show."),
        "todo": _("Try again. If it happens again, give the reference number to who runs this server."),
        "reference": reference,
    }
    return render(request, "look/problem.html", shown, status=500)
