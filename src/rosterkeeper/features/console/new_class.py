"""The New Class page: the first screen of a console (N35). Whose classes, which one, start.

Nothing here opens a class: what is chosen is shown, and `reach` judges anew when it is started.
"""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.console import who
from rosterkeeper.features.console.choice import Choice, View, choice_of, keep, keep_view, school_named, view_of
from rosterkeeper.features.console.current import Today, classes_today
from rosterkeeper.features.console.schools import School, labelled
from rosterkeeper.features.console.teachers import Found, named, teacher_of, teachers_found
from rosterkeeper.features.console.teachers_here import teaches_in
from rosterkeeper.features.console.who import Visitor
from rosterkeeper.features.roster.fresh import are_current
from rosterkeeper.features.roster.models import Catalog, CatalogPlace

# More classes than this are searched within the page.
_MANY: Final = 12
# What anybody types for a name is shorter.
_LONGEST: Final = 200


@needs(Right.CONSOLE)
@never_cache
@require_safe
def new_class(request: HttpRequest) -> HttpResponse:
    """The page from which a teacher starts a class."""
    return _page(request)


@needs(Right.CONSOLE)
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Choose a school, or a teacher by hand, which is written down where it is somebody else (N31)."""
    visitor = who.of(request)
    choice = choice_of(request, visitor)
    if "school" in request.POST:
        school = school_named(visitor, request.POST["school"])
        stays = not choice.is_by_hand(visitor) or _is_at(choice, school)
        choice = Choice(school, choice.teacher if stays else visitor.teacher)
    if uid := request.POST.get("teacher", ""):
        choice = Choice(choice.school, teacher_of(visitor, uid))
        _write_down(visitor, choice)
    answer = redirect("console:new_class")
    keep(request, answer, visitor, choice)
    return answer


@needs(Right.CONSOLE)
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """The teachers of whom something begins with what was typed: the drop-down's list, or the page with it."""
    visitor = who.of(request)
    text = request.POST.get("text", "").strip()[:_LONGEST]
    school = choice_of(request, visitor).school
    found = teachers_found(visitor, school, text) if visitor.may_cover else Found()
    if request.headers.get("HX-Request"):
        return render(request, "console/teacher_options.html", {"found": found})
    return _page(request, found, text)


@needs(Right.CONSOLE)
@require_POST
def show_as(request: HttpRequest) -> HttpResponse:
    """Show the classes as icons or as a list, from now on (N34)."""
    answer = redirect("console:new_class")
    if request.POST.get("view", "") in list(View):
        keep_view(answer, View(request.POST["view"]))
    return answer


def _page(request: HttpRequest, found: Found | None = None, text: str = "") -> HttpResponse:
    visitor = who.of(request)
    choice = choice_of(request, visitor)
    today = classes_today(visitor, choice.teacher, choice.school) if choice.teacher else Today()
    shown = {
        "here": "new",
        "visitor": visitor,
        "school": choice.school,
        "schools": labelled(visitor.schools),
        "teacher": named(choice.teacher) if choice.teacher else None,
        "is_by_hand": choice.is_by_hand(visitor),
        "today": today,
        "view": view_of(request, visitor),
        "is_many": len(today.classes) > _MANY,
        "is_school_empty": not today.classes and _is_empty(choice.school),
        "is_looked_up": bool(today.classes) or _is_looked_up(visitor, choice),
        "found": found,
        "text": text,
    }
    return render(request, "console/new_class.html", shown)


def _is_at(choice: Choice, school: School | None) -> bool:
    return choice.teacher is not None and (school is None or teaches_in(choice.teacher, [school]))


def _is_empty(school: School | None) -> bool:
    """Whether a school was chosen of which the roster has no class at all."""
    if school is None:
        return False
    rows = CatalogPlace.objects.filter(connection_id=school.connection, kind="school", sourced_id=school.sourced_id)
    return not rows.filter(classes__gt=0).exists()


def _is_looked_up(visitor: Visitor, choice: Choice) -> bool:
    """Whether there being no class may be believed; who has yet to choose a teacher needs any catalog, however old."""
    connections = Connection.objects.filter(district_id=visitor.district).values_list("id", flat=True)
    if visitor.schools and choice.teacher is None:
        connections = connections.exclude(id__in=Catalog.objects.exclude(built_at="").values("connection_id"))
    return are_current(list(connections))


def _write_down(visitor: Visitor, choice: Choice) -> None:
    teacher = choice.teacher
    if teacher is not None and choice.is_by_hand(visitor):
        about = f"user:{teacher.connection_id}:{teacher.sourced_id}"
        record("console.teacher_chosen", about=about, details={"by": str(visitor.by)})
