"""What was chosen on the New Class page: a school, a teacher by hand, and how classes are shown.

Choices are the browser's: the view and the Configure page's school for a year, the others until it ends or somebody
else is there. A choice opens nothing; what it leads to is judged at every request.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponseBase

from rosterkeeper.features.console.schools import School
from rosterkeeper.features.console.teachers import teacher_of
from rosterkeeper.features.console.visiting import SCHOOL, cookie_name
from rosterkeeper.features.console.who import Visitor
from rosterkeeper.features.people.models import Person

_CHOICE: Final = "console_choice"
_VIEW: Final = "console_view"
_SCHOOL: Final = "console_school"
_PATH: Final = "/console"
_YEAR: Final = 365 * 24 * 60 * 60


class View(StrEnum):
    """How the classes are shown: icon view or list view (N34)."""

    ICONS = "icons"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Choice:
    """The school, None for all that the visitor may choose among; the teacher whose classes are shown, if any."""

    school: School | None
    teacher: Person | None

    def is_by_hand(self, visitor: Visitor) -> bool:
        """Whether somebody else was chosen than who is there."""
        mine = visitor.teacher.uid if visitor.teacher else ""
        return self.teacher is not None and self.teacher.uid != mine


def choice_of(request: HttpRequest, visitor: Visitor) -> Choice:
    """What the visitor has chosen; without a choice that still holds, their own school and classes."""
    school, uid = _kept(request, visitor)
    own = Choice(school, visitor.teacher)
    if not uid:
        return own
    try:
        return Choice(school, teacher_of(visitor, uid))
    except Http404:
        return own


def school_named(visitor: Visitor, value: str) -> School | None:
    """The school of that value, '' for all of them; Http404 for one that the visitor may not choose."""
    if not value:
        return None
    for each in visitor.schools:
        if each.value == value:
            return each
    raise Http404


def keep(request: HttpRequest, answer: HttpResponseBase, visitor: Visitor, choice: Choice) -> None:
    """Let the browser remember the choice for this visitor."""
    said = {
        "of": _whose(request, visitor),
        "school": choice.school.value if choice.school else "",
        "teacher": choice.teacher.uid if choice.teacher and choice.is_by_hand(visitor) else "",
    }
    _set(answer, _CHOICE, signing.dumps(said, salt=_CHOICE))


def view_of(request: HttpRequest, visitor: Visitor) -> View:
    """How the classes are shown: as was chosen here, else as the computer is set; as policy says, where it does."""
    chosen = "" if "view" in visitor.managed else request.COOKIES.get(_VIEW, "")
    for told in (chosen, visitor.view):
        if told in list(View):
            return View(told)
    return View.ICONS


def keep_view(answer: HttpResponseBase, view: View) -> None:
    """Let the browser remember how classes are shown."""
    _set(answer, _VIEW, view, lasts=_YEAR)


def usual_school(request: HttpRequest, visitor: Visitor) -> School | None:
    """The school that is chosen at first: as was configured in this browser, else as the computer is set."""
    try:
        value = signing.loads(request.COOKIES.get(_SCHOOL, ""), salt=_SCHOOL)
    except signing.BadSignature:
        return visitor.school
    if value == "" and SCHOOL not in visitor.managed:
        return None
    return next((each for each in visitor.schools if each.value == value), visitor.school)


def keep_school(answer: HttpResponseBase, school: School | None) -> None:
    """Let the browser remember the school that is chosen at first, from now on."""
    _set(answer, _SCHOOL, signing.dumps(school.value if school else "", salt=_SCHOOL), lasts=_YEAR)
    answer.delete_cookie(_CHOICE, path=_PATH, samesite="Lax")


def _set(answer: HttpResponseBase, name: str, value: str, lasts: int | None = None) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=lasts,
        path=_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _kept(request: HttpRequest, visitor: Visitor) -> tuple[School | None, str]:
    try:
        said = signing.loads(request.COOKIES.get(_CHOICE, ""), salt=_CHOICE)
    except signing.BadSignature:
        said = {}
    if said.get("of") != _whose(request, visitor):
        return usual_school(request, visitor), ""
    value = str(said.get("school", ""))
    school = next((each for each in visitor.schools if each.value == value), None)
    # A school that is gone is not the same as none chosen.
    return (school or visitor.school) if value else None, str(said.get("teacher", ""))


def _whose(request: HttpRequest, visitor: Visitor) -> str:
    """Whose choice it is: with the next launch or sign-in somebody else may sit there."""
    of = f"{visitor.actor}\n{request.COOKIES.get(cookie_name(), '') if visitor.key else ''}"
    return hashlib.sha256(of.encode()).hexdigest()[:32]
