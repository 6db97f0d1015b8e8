"""The pages of people: the list that is searched as one types, one person, and their history."""

import json
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.roster import listing, why
from rosterkeeper.features.roster import person as persons
from rosterkeeper.features.roster.beside import beside
from rosterkeeper.features.roster.forms import PeopleForm
from rosterkeeper.features.roster.models import Catalog
from rosterkeeper.features.roster.pages.reader import Source, scope_of, source, sources
from rosterkeeper.features.roster.scope import Scope
from rosterkeeper.features.roster.words import spoken_role


@needs(Right.ROSTER)
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """The people in sight; typing asks with POST for the part of the page that lists them."""
    scope = scope_of(request)
    known = sources(scope)
    stated = request.POST if request.method == "POST" else request.GET
    form = PeopleForm(stated, sources=known, grades=_told(scope, "grades"), roles=_told(scope, "roles"))
    page = listing.Page()
    if form.is_valid():
        # What is typed is taken from a body alone: an address is kept in histories and logs.
        text = form.cleaned_data["text"] if request.method == "POST" else ""
        page = listing.people(scope, form.wanted(text), after=stated.get("after", ""))
    shown = {
        "form": form,
        "page": page,
        "is_first": not stated.get("after"),
        "rows": rows_of(page.people, known),
        "shows_source": len(known) > 1,
    }
    part = request.method == "POST" and bool(request.headers.get("HX-Request"))
    return render(request, "roster/people_found.html" if part else "roster/people.html", shown)


@needs(Right.ROSTER)
@require_safe
def person(request: HttpRequest, number: int, sourced_id: str) -> HttpResponse:
    """One person, with everything that the source says of them."""
    scope = scope_of(request)
    at = source(scope, number)
    found = persons.person(scope, number, sourced_id)
    if found is None:
        raise Http404
    explained = why.explained(scope, number, sourced_id)
    shown = {"source": at, "person": found, "explained": explained, "sees_all": scope.is_all}
    return render(request, "roster/person.html", {**shown, "beside": beside(request, number, sourced_id)})


@needs(Right.ROSTER)
@require_safe
def history(request: HttpRequest, number: int, sourced_id: str) -> HttpResponse:
    """The part of a person's page that tells what the runs changed; it takes a second, so the page asks for it."""
    changes = persons.history(scope_of(request), number, sourced_id)
    if changes is None:
        raise Http404
    return render(request, "roster/history.html", {"changes": changes})


@dataclass(frozen=True, slots=True)
class Row:
    """A person in a list, with the names of what the list shows of them."""

    person: listing.Listed
    roles: list[str]
    schools: list[str]
    source: Source | None


def rows_of(found: list[listing.Listed], known: list[Source]) -> list[Row]:
    """The people of a page as its table shows them."""
    wanted: dict[int, set[str]] = {}
    for each in found:
        wanted.setdefault(each.connection, set()).update(each.schools)
    names = {number: listing.school_names(number, orgs) for number, orgs in wanted.items()}
    by_number = {each.number: each for each in known}
    return [
        Row(
            each,
            [spoken_role(role) for role in each.roles],
            [names[each.connection].get(org, org) for org in each.schools],
            by_number.get(each.connection),
        )
        for each in found
    ]


def _told(scope: Scope, column: str) -> list[str]:
    """The grades or roles that occur, over the connections in sight."""
    rows = Catalog.objects.all()
    if scope.numbers is not None:
        rows = rows.filter(connection_id__in=scope.numbers)
    return sorted({str(each) for text in rows.values_list(column, flat=True) for each in json.loads(text)})
