"""The overview, and the way to a first sync that runs by itself."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rosterkeeper.features.accounts.rights import Right, may, needs
from rosterkeeper.features.accounts.scope import districts_of
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.scope import connection_of, connections_seen
from rosterkeeper.features.manage.checklist import Checklist, approve, checklist, first_open, in_turn
from rosterkeeper.features.manage.glance import glance
from rosterkeeper.features.notices.scope import unsent


@needs(Right.SEE)
def overview(request: HttpRequest) -> HttpResponse:
    """How everything stands, what waits for a decision first."""
    in_use, mine = list(connections_seen(request)), districts_of(request)
    shown = {
        "glance": glance(in_use, unsent=unsent(request).count(), of_all=mine is None),
        "checklist": first_open(in_turn(in_use, request.user.pk or 0), mine) if may(request, Right.SETTINGS) else None,
    }
    return render(request, "manage/overview.html", shown)


@needs(Right.SETTINGS)
def setup(request: HttpRequest) -> HttpResponse:
    """The checklist of a connection: the one that is asked for, else the one last worked on that has steps left."""
    asked = request.GET.get("connection", "")
    in_use, mine = list(connections_seen(request)), districts_of(request)
    if asked.isdecimal() and len(asked) < 10:
        held = checklist(connection_of(request, int(asked)))
    else:
        held = first_open(in_turn(in_use, request.user.pk or 0), mine) or checklist(in_use[0] if in_use else None, mine)
    _remember(request, held)
    return render(request, "manage/setup.html", {"checklist": held, "connections": in_use})


def _remember(request: HttpRequest, held: Checklist) -> None:
    """So that the connection's pages, which a step leads to, show the way back (0: there is no connection yet)."""
    setting_up = None if held.is_done else held.connection.pk if held.connection else 0
    if request.session.get("setting_up") != setting_up:
        request.session["setting_up"] = setting_up


@needs(Right.SETTINGS)
@require_POST
def approved(request: HttpRequest) -> HttpResponse:
    """Somebody says that the application was approved at the source."""
    account = request.user.pk or 0
    approve(districts_of(request), account)
    record("setup.approved", account=account)
    messages.success(request, _("Noted. Next, add the connection."))
    return redirect("setup")
