"""The overview, and the way to a first sync that runs by itself."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rosterkeeper.features.accounts.rights import Right, may, needs
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.workflow import listed
from rosterkeeper.features.manage.checklist import Checklist, checklist, first_open
from rosterkeeper.features.manage.glance import glance
from rosterkeeper.features.manage.models import Approval


@needs(Right.SEE)
def overview(request: HttpRequest) -> HttpResponse:
    """How everything stands, what waits for a decision first."""
    shown = {"glance": glance(), "checklist": first_open() if may(request, Right.SETTINGS) else None}
    return render(request, "manage/overview.html", shown)


@needs(Right.SETTINGS)
def setup(request: HttpRequest) -> HttpResponse:
    """The checklist of a connection: the one that is asked for, else the first with steps left."""
    asked = request.GET.get("connection", "")
    if asked.isdecimal() and len(asked) < 10:
        held = checklist(get_object_or_404(Connection, id=int(asked), removed_at=None))
    else:
        everyone = listed()
        held = first_open() or checklist(everyone[0] if everyone else None)
    _remember(request, held)
    return render(request, "manage/setup.html", {"checklist": held, "connections": listed()})


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
    Approval.objects.get_or_create(id=1, defaults={"account": account})
    record("setup.approved", account=account)
    messages.success(request, _("Noted. Next, add the connection."))
    return redirect("setup")
