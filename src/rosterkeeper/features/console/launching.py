"""What launchers ask, and the one-time address by which a browser comes in (decision 0090)."""

import json

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils.http import http_date
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.console import launches, visiting
from rosterkeeper.features.console.answers import said, told
from rosterkeeper.features.look.context import VERSION
from rosterkeeper.features.look.told import told as told_in
from rosterkeeper.features.signin import sessions
from rosterkeeper.launcher.launch import PROTOCOL
from rosterkeeper.oneroster.errors import RosterkeeperError

# A launch is a few hundred bytes; whoever sends more is no launcher.
_LONGEST = 4096


@needs(Right.OPEN)
@never_cache
@require_safe
def hello(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 -- a view's signature
    """Who answers here, and which protocols it speaks; the clock is told by the header (N40)."""
    answer = JsonResponse({"product": "rosterkeeper", "version": VERSION, "protocols": [PROTOCOL]})
    answer["Date"] = http_date()
    return answer


@csrf_exempt
@needs(Right.OPEN)
@never_cache
@require_POST
def launch(request: HttpRequest) -> HttpResponse:
    """Take a launch, and answer with an address that opens a visit once."""
    try:
        body = json.loads(request.read(_LONGEST + 1)[:_LONGEST])
    except (ValueError, RecursionError):
        return said("console.malformed")
    try:
        path = launches.take(request, body)
    except launches.Refused as fault:
        return said(fault.code)
    except RosterkeeperError as fault:
        # Such as a secret that this installation's key does not open.
        return JsonResponse({"code": fault.code, "what": told_in(fault.what), "todo": told_in(fault.todo)}, status=503)
    except DatabaseError:
        return said("console.busy")
    return JsonResponse({"address": launches.address(request, path)})


@needs(Right.OPEN)
@never_cache
@require_safe
def enter(request: HttpRequest, token: str) -> HttpResponseBase:
    """Open the visit that the address is good for; whoever was here before is out."""
    if request.method == "HEAD":
        # What looks at an address before a browser does must not use it up.
        return HttpResponse()
    opening = launches.opened(token)
    if opening is None:
        return told(request, "console.address_used")
    visiting.end(request)
    if getattr(request, "person", None):
        sessions.end(request)
    answer = redirect("console:new_class")
    visiting.begin(answer, opening, launches.teacher_of(opening))
    return answer


@needs(Right.CONSOLE)
@require_POST
def leave(request: HttpRequest) -> HttpResponseBase:
    """Sign out of the console, and out of the sign-in by a provider where there is one."""
    was_person = bool(getattr(request, "person", None))
    if was_person:
        sessions.end(request)
    # The page that says so has nobody in its header.
    request.visitor = None  # type: ignore[attr-defined]
    answer: HttpResponseBase = redirect("signin") if was_person else told(request, "console.left")
    visiting.end(request, answer)
    return answer
