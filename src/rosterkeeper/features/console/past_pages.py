"""The page of past classes, and attendance as a file."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.console import lessons, past, who
from rosterkeeper.features.console.models.lessons import Mark

_DIGITS: Final = 18


@needs(Right.CONSOLE)
@never_cache
@require_safe
def past_classes(request: HttpRequest) -> HttpResponse:
    """The classes that the visitor has started before and may still see."""
    visitor = who.of(request)
    wanted, fault = _wanted(request.GET)
    before = request.GET.get("before", "")
    page = past.past(visitor, wanted, before=int(before) if before.isdecimal() and len(before) <= _DIGITS else 0)
    shown = {"page": page, "wanted": wanted, "fault": fault, "marks": Mark.choices, "here": "past"}
    return render(request, "console/past.html", shown)


@needs(Right.CONSOLE)
@never_cache
@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The attendance of those that are wanted as a file."""
    visitor = who.of(request)
    wanted, _fault = _wanted(request.GET)
    record("console.attendance_exported", about=f"console:{visitor.district}", details={"group": wanted.group})
    return _file(past.as_csv(visitor, wanted), "attendance.csv")


@needs(Right.CONSOLE)
@never_cache
@require_safe
def export_one(request: HttpRequest, uid: str) -> StreamingHttpResponse:
    """The attendance of one lesson as a file."""
    seen = lessons.lesson_for(who.of(request), uid)
    about = f"group:{seen.group.district_id}:{seen.group.uid}"
    record("console.attendance_exported", about=about, details={"lesson": uid})
    return _file(past.written([seen.lesson], {seen.group.pk: seen.group}), f"attendance-{seen.lesson.day}.csv")


def _file(pieces: past.Pieces, name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _wanted(stated: Mapping[str, str]) -> tuple[past.Wanted, str]:
    """What a form asks for, and what is wrong with it; a date that is none counts as left out."""
    dates, fault = [], ""
    for name in ("first", "last"):
        try:
            told = stated.get(name, "")
            dates.append(date.fromisoformat(told).isoformat() if told else "")
        except ValueError:
            dates.append("")
            fault = _("A date is not one. Write it as 2026-10-31.")
    return past.Wanted(stated.get("group", ""), *dates), fault
