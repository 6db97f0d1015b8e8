"""The page of a started class: who is there, marked as they are clicked, and what has changed since.

Each page, part and mark asks anew whether the visitor may teach the class.
"""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.console import attendance, guardians, guests, lessons, who
from rosterkeeper.features.console.lessons import Seen
from rosterkeeper.features.console.models.lessons import Why
from rosterkeeper.features.console.reach import Reach, group_for
from rosterkeeper.features.console.roll import bring_up, child_of, roll
from rosterkeeper.features.console.shown import counts_of, parts_of, shown_of, twins_in
from rosterkeeper.features.look.told import refusal
from rosterkeeper.features.people.wording import RELATIONSHIPS
from rosterkeeper.oneroster.errors import RunRefused

_DIGITS: Final = 18
_LONGEST: Final = 100


@needs(Right.CONSOLE)
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start the class of the group that the form names, or come back to it where it was started (N33)."""
    visitor = who.of(request)
    group, reach = group_for(visitor, request.POST.get("group", ""))
    return redirect("console:lesson", lessons.start(visitor, group, reach).uid)


@needs(Right.CONSOLE)
@never_cache
@require_safe
def lesson(request: HttpRequest, uid: str) -> HttpResponse:
    """The started class with everybody in it; one that has ended with what was said."""
    visitor = who.of(request)
    seen = lessons.lesson_for(visitor, uid)
    found = bring_up(seen.lesson, seen.places)
    told = shown_of(seen) | guardians.may_see(visitor, seen.reach)
    if not found.is_open:
        return render(request, "console/lesson_over.html", told | {"children": roll(found), "twins": twins_in(found)})
    may_add = guests.may_add(visitor, found)
    shown = told | parts_of(found, roll(found)) | {"may_add": may_add, "is_cover": seen.reach == Reach.COVER}
    return render(request, "console/lesson.html", shown)


@needs(Right.CONSOLE)
@never_cache
@require_safe
def since(request: HttpRequest, uid: str) -> HttpResponse:
    """What has changed in the lesson since the version that a page shows; nothing (204) where nothing has."""
    visitor = who.of(request)
    seen = lessons.lesson_for(visitor, uid)
    found = bring_up(seen.lesson, seen.places)
    if not found.is_open:
        return HttpResponse(headers={"HX-Refresh": "true"})
    version = _number(request.GET.get("version", ""))
    if version == found.version:
        return HttpResponse(status=204)
    is_whole = not found.roll_version <= version <= found.version
    shown = parts_of(found, roll(found, -1 if is_whole else version))
    shown |= {"is_whole": is_whole, "teachers": shown_of(seen)["teachers"]}
    shown |= guardians.may_see(visitor, seen.reach) | {"is_part": True}
    return render(request, "console/since.html", shown)


@needs(Right.CONSOLE)
@require_POST
def mark(request: HttpRequest, uid: str, person: str) -> HttpResponse:
    """Say something of one student."""
    visitor = who.of(request)
    seen = lessons.lesson_for(visitor, uid)
    try:
        child = attendance.say(seen, person, request.POST.get("mark", "?"), visitor)
    except RunRefused as fault:
        return _refused(request, seen, fault)
    if not request.headers.get("HX-Request"):
        return redirect(f"{reverse('console:lesson', args=[uid])}#child-{person}")
    shown = parts_of(seen.lesson, [child]) | guardians.may_see(visitor, seen.reach) | {"is_saved": True}
    return render(request, "console/marked.html", shown)


@needs(Right.CONSOLE)
@require_POST
def all_present(request: HttpRequest, uid: str) -> HttpResponse:
    """Say of everybody of whom nothing was said that they are present."""
    visitor = who.of(request)
    seen = lessons.lesson_for(visitor, uid)
    try:
        attendance.all_present(seen, visitor)
    except RunRefused as fault:
        return _refused(request, seen, fault)
    return redirect("console:lesson", uid)


@needs(Right.CONSOLE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, uid: str) -> HttpResponse:
    """End the class, once it was confirmed."""
    seen = lessons.lesson_for(who.of(request), uid)
    if request.method == "POST":
        lessons.end(seen.lesson, Why.HAND)
    if request.method == "POST" or not seen.lesson.is_open:
        return redirect("console:lesson", uid)
    shown = shown_of(seen) | {"unmarked": counts_of(seen.lesson)[""]}
    return render(request, "console/end.html", shown)


@needs(Right.CONSOLE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def guest(request: HttpRequest, uid: str) -> HttpResponse:
    """Look for a student of the school and put them into the lesson as a guest. What is typed travels in a body."""
    visitor = who.of(request)
    seen = lessons.lesson_for(visitor, uid)
    text = request.POST.get("text", "").strip()[:_LONGEST]
    fault = ""
    if request.method == "POST" and request.POST.get("person"):
        try:
            guests.add(visitor, seen, request.POST["person"])
        except RunRefused as refused:
            fault = refusal(refused)
        else:
            return redirect("console:lesson", uid)
    found = guests.looked_for(visitor, seen.lesson, text)
    shown = shown_of(seen) | {"found": found, "text": text, "fault": fault}
    return render(request, "console/guest.html", shown, status=409 if fault else 200)


@needs(Right.CONSOLE)
@require_POST
def take_out(request: HttpRequest, uid: str, person: str) -> HttpResponse:
    """Take a guest out of the lesson."""
    seen = lessons.lesson_for(who.of(request), uid)
    try:
        guests.take_out(seen, person)
    except RunRefused as fault:
        return _refused(request, seen, fault)
    return redirect("console:lesson", uid)


@needs(Right.CONSOLE)
@never_cache
@require_safe
def guardians_of(request: HttpRequest, uid: str, person: str) -> HttpResponse:
    """How to reach the guardians of a student in the lesson; written down in the audit log."""
    visitor = who.of(request)
    seen = lessons.lesson_for(visitor, uid)
    child = child_of(bring_up(seen.lesson, seen.places), person)
    guardians.need(visitor, seen, child)
    key = f"user:{child.person.connection_id}:{child.person.sourced_id}"
    record("roster.seen", about=key, details={"page": "console_guardians", "lesson": uid})
    shown = shown_of(seen) | {"child": child, "guardians": guardians.guardians_of(child.person)}
    shown |= {"relationships": RELATIONSHIPS}
    return render(request, "console/guardians.html", shown)


def _number(told: str) -> int:
    return int(told) if told.isdecimal() and len(told) < _DIGITS else -1


def _refused(request: HttpRequest, seen: Seen, fault: RunRefused) -> HttpResponse:
    """The answer where nothing was saved: the page as it is now, with the reason."""
    if request.headers.get("HX-Request"):
        # The page is behind what has happened: it is loaded anew.
        return HttpResponse(refusal(fault), status=409, headers={"HX-Refresh": "true"})
    shown = shown_of(seen) | {"heading": _("Not saved"), "what": fault.what, "todo": fault.todo}
    return render(request, "console/not_saved.html", shown, status=409)
