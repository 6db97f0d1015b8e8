"""The administrators' page Teacher's console: a district's address, keys, switches and templates."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.connections.scope import districts_seen


@needs(Right.SETTINGS)
@require_safe
def districts(request: HttpRequest) -> HttpResponse:
    """The districts whose console may be set."""
    return render(request, "console/districts.html", {"districts": list(districts_seen(request))})
