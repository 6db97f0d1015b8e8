"""Deciding about what a matching held: approving it, or discarding it until it is something else."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.look.told import refusal
from rosterkeeper.features.people import holding
from rosterkeeper.features.people.pages import district_of
from rosterkeeper.oneroster.errors import RunRefused


@needs(Right.RUN)
@require_POST
def decide(request: HttpRequest, number: int, word: str) -> HttpResponse:
    """Approve or discard exactly what the page showed."""
    district = district_of(request, number)
    fingerprint = request.POST.get("fingerprint", "")
    try:
        if word == "approve":
            holding.approve(district.pk, fingerprint)
            messages.success(request, _("Approved. It happens with the next matching, within seconds."))
        elif word == "discard":
            holding.discard(district.pk, fingerprint, by=request.user.pk or 0)
            messages.success(request, _("Discarded. Nobody is asked again until it is something else."))
        else:
            raise Http404
    except RunRefused as fault:
        messages.error(request, refusal(fault))
    return redirect("directory_matching", number)
