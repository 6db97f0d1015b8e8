"""The overview: every connection and how it stands."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.runs.standing import standings


@needs(Right.SEE)
def overview(request: HttpRequest) -> HttpResponse:
    """Every connection with its last times and outcome."""
    return render(request, "manage/overview.html", {"standings": standings()})
