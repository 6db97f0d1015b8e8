"""What the Configure button of the New Class page opens: this computer's settings for SIS mode, in brief (N21).

Server, key and mode are kept on the computer, where the launcher's configurator edits them, and come with each launch.
The school can be chosen here, too; the browser keeps it.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.console import who
from rosterkeeper.features.console.choice import keep_school, school_named, usual_school
from rosterkeeper.features.console.schools import labelled
from rosterkeeper.features.console.settings_pages import address_of
from rosterkeeper.launcher.package import ZIPAPP


@needs(Right.CONSOLE)
@never_cache
@require_safe
def configure(request: HttpRequest) -> HttpResponse:
    """The settings of this computer, and which of them policy manages."""
    visitor = who.of(request)
    school = usual_school(request, visitor)
    shown = {
        "here": "configure",
        "visitor": visitor,
        "address": address_of(request),
        "schools": labelled(visitor.schools),
        "school_value": school.value if school else "",
        "zipapp": ZIPAPP,
    }
    return render(request, "console/configure.html", shown)


@needs(Right.CONSOLE)
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """OK: keep the school for this browser, whoever comes (N24)."""
    visitor = who.of(request)
    answer = redirect("console:new_class")
    if "school" in request.POST:
        keep_school(answer, school_named(visitor, request.POST["school"]))
    return answer
