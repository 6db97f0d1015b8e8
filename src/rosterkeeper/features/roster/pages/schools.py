"""The pages of places: the roster at a glance, schools, classes, terms."""

from typing import Final

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.roster import listing, places, trends
from rosterkeeper.features.roster.forms import ClassesForm
from rosterkeeper.features.roster.pages.people import rows_of
from rosterkeeper.features.roster.pages.reader import scope_of, source, sources
from rosterkeeper.features.roster.words import MEASURES

# Drawing them is what takes the time, not finding them.
_A_PAGE: Final = 200


@needs(Right.ROSTER)
@require_safe
def roster(request: HttpRequest) -> HttpResponse:
    """Every connection's roster at a glance: what was found in it, and since when (S16)."""
    scope = scope_of(request)
    glance = [(each, trends.totals(each.number) if scope.is_all else {}) for each in sources(scope)]
    shown = {"glance": glance, "labels": MEASURES, "totals": trends.TOTALS, "sees_all": scope.is_all}
    return render(request, "roster/roster.html", shown)


@needs(Right.ROSTER)
@require_safe
def schools(request: HttpRequest, number: int) -> HttpResponse:
    """The buildings of a connection with their numbers (M15)."""
    scope = scope_of(request)
    at = source(scope, number)
    page = Paginator(places.schools(scope, number), _A_PAGE).get_page(request.GET.get("page"))
    return render(request, "roster/schools.html", {"source": at, "schools": page})


@needs(Right.ROSTER)
@require_safe
def school(request: HttpRequest, number: int, sourced_id: str) -> HttpResponse:
    """One school: its numbers, the first of its people and of its classes."""
    scope = scope_of(request)
    at = source(scope, number)
    found = next((each for each in places.schools(scope, number) if each.sourced_id == sourced_id), None)
    if found is None:
        raise Http404
    page = listing.people(scope, listing.Wanted(connection=number, school=sourced_id), number=20)
    classes = places.classes(scope, places.ClassesWanted(connection=number, school=sourced_id), number=20)
    amiss = trends.by_school(scope, number).get(sourced_id, {})
    shown = {
        "source": at,
        "school": found,
        "page": page,
        "rows": rows_of(page.people, [at]),
        "classes": classes,
        "amiss": [(measure, MEASURES[measure], amiss[measure]) for measure in trends.ISSUES if measure in amiss],
        "of_people": trends.OF_PEOPLE,
    }
    return render(request, "roster/school.html", shown)


@needs(Right.ROSTER)
@require_safe
def terms(request: HttpRequest, number: int) -> HttpResponse:
    """The academic sessions of a connection."""
    at = source(scope_of(request), number)
    return render(request, "roster/terms.html", {"source": at, "terms": places.terms(number)})


@needs(Right.ROSTER)
@require_http_methods(["GET", "HEAD", "POST"])
def classes(request: HttpRequest, number: int) -> HttpResponse:
    """The classes of a connection; a title may name a teacher, so what is typed comes in a body."""
    scope = scope_of(request)
    at = source(scope, number)
    stated = request.POST if request.method == "POST" else request.GET
    form = ClassesForm(stated)
    page = places.ClassPage()
    if form.is_valid():
        given = form.cleaned_data
        wanted = places.ClassesWanted(
            text=given["text"] if request.method == "POST" else "",
            connection=number,
            school=given["school"],
            term=given["term"],
            issue=given["issue"],
        )
        page = places.classes(scope, wanted, after=stated.get("after", ""))
    shown = {"source": at, "form": form, "page": page, "is_first": not stated.get("after")}
    part = request.method == "POST" and bool(request.headers.get("HX-Request"))
    return render(request, "roster/classes_found.html" if part else "roster/classes.html", shown)


@needs(Right.ROSTER)
@require_safe
def one_class(request: HttpRequest, number: int, sourced_id: str) -> HttpResponse:
    """One class: who teaches and who learns in it."""
    scope = scope_of(request)
    at = source(scope, number)
    found = places.class_record(scope, number, sourced_id)
    if found is None:
        raise Http404
    return render(request, "roster/class.html", {"source": at, "record": found})
