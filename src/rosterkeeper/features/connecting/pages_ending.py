"""The pages that ask before they act: Reset data, and Delete (decisions 4 and 5)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.connecting import following, listing
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.scope import connection_of
from rosterkeeper.features.look.told import refusal
from rosterkeeper.features.runs.standing import standing
from rosterkeeper.oneroster.errors import RosterkeeperError


@needs(Right.SETTINGS)
def reset(request: HttpRequest, number: int) -> HttpResponse:
    """Forget the sync position, or rebuild the roster now; each only with "I Understand" (L34, L35, N17, N18)."""
    found = connection_of(request, number)
    if request.method == "POST" and request.POST.get("understood") == "yes":
        rebuild = request.POST.get("what") == "rebuild"
        try:
            following.reset(request, found, rebuild=rebuild)
        except RosterkeeperError as fault:
            messages.error(request, refusal(fault))
        else:
            messages.success(request, _told(rebuild))
            return redirect("connection", found.pk)
    return _page(request, "connecting/reset.html", found, "connection_reset")


@needs(Right.SETTINGS)
def delete(request: HttpRequest, number: int) -> HttpResponse:
    """Stop the connection for good, only with "I Understand"; its people stay (L38, L39)."""
    found = connection_of(request, number)
    if request.method == "POST" and request.POST.get("understood") == "yes":
        try:
            following.deleted(request, found)
        except RosterkeeperError as fault:
            messages.error(request, refusal(fault))
        else:
            messages.success(request, _("The connection was deleted. Its people stay and get no more updates."))
            return redirect("connections")
    return _page(request, "connecting/delete.html", found, "connection_delete")


def _page(request: HttpRequest, template: str, found: Connection, here: str) -> HttpResponse:
    unconfirmed = request.method == "POST" and request.POST.get("understood") != "yes"
    shown = {"connection": found, "row": listing.row(standing(found)), "here": here, "unconfirmed": unconfirmed}
    return render(request, template, shown, status=422 if unconfirmed else 200)


def _told(rebuild: bool) -> str:
    if rebuild:
        return _("The sync position was forgotten and the roster is being rebuilt.")
    return _("The sync position was forgotten. The next sync pulls everything.")
