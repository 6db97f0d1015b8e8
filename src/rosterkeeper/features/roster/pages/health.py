"""The pages of what is amiss: data health with its trends, and why somebody is missing."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_safe

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.roster import why
from rosterkeeper.features.roster.forms import MissingForm
from rosterkeeper.features.roster.listing import school_names
from rosterkeeper.features.roster.pages.reader import scope_of, source
from rosterkeeper.features.roster.trends import OF_CLASSES, OF_PEOPLE, Trend, by_school, health
from rosterkeeper.features.roster.words import MEASURES

# The drawing's own units.
_WIDTH: Final = 240
_HEIGHT: Final = 48
_EDGE: Final = 3
_MOST_SCHOOLS: Final = 50


@dataclass(frozen=True, slots=True)
class Drawn:
    """A trend as a page draws it: ``points`` of a polyline, and the numbers as (time, number) for who sees none."""

    measure: str
    label: str
    number: int
    of_people: bool
    of_classes: bool
    points: str
    table: list[tuple[object, int]]


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """A school's numbers, in the order of the page's measures."""

    sourced_id: str
    name: str
    numbers: list[int]


@needs(Right.ROSTER)
@require_safe
def data_health(request: HttpRequest, number: int) -> HttpResponse:
    """What is amiss in a connection's roster, and how that went."""
    scope = scope_of(request)
    at = source(scope, number)
    amiss = by_school(scope, number)
    worst = sorted(amiss, key=lambda school: -sum(amiss[school].values()))[:_MOST_SCHOOLS]
    names = school_names(number, worst)
    measures = (*OF_PEOPLE, *OF_CLASSES)
    shown = {
        "source": at,
        "trends": [_drawn(each) for each in health(scope, number)],
        "measures": [(measure, MEASURES[measure]) for measure in measures],
        "schools": [
            SchoolRow(school, names.get(school, school), [amiss[school].get(measure, 0) for measure in measures])
            for school in worst
        ],
        "more_schools": len(amiss) - len(worst),
    }
    return render(request, "roster/health.html", shown)


@needs(Right.ROSTER)
@require_http_methods(["GET", "HEAD", "POST"])
def missing(request: HttpRequest) -> HttpResponse:
    """Why is this student missing? What is typed comes in a body."""
    form = MissingForm(request.POST or None)
    told = why.asked_for(scope_of(request), form.cleaned_data["typed"]) if form.is_valid() else None
    part = request.method == "POST" and bool(request.headers.get("HX-Request"))
    return render(request, "roster/missing_found.html" if part else "roster/missing.html", {"form": form, "told": told})


def _drawn(trend: Trend) -> Drawn:
    numbers = [number for _, _, number in trend.points]
    top = max(numbers, default=0) or 1
    step = (_WIDTH - 2 * _EDGE) / max(len(numbers) - 1, 1)
    height = _HEIGHT - 2 * _EDGE
    line = [
        f"{_EDGE + place * step:.1f},{_EDGE + height - height * each / top:.1f}" for place, each in enumerate(numbers)
    ]
    return Drawn(
        measure=trend.measure,
        label=str(MEASURES[trend.measure]),
        number=trend.number,
        of_people=trend.measure in OF_PEOPLE,
        of_classes=trend.measure in OF_CLASSES,
        points=" ".join(line) if len(line) > 1 else "",
        table=[(parse_datetime(taken), number) for _, taken, number in reversed(trend.points)],
    )
