"""Who is at a console: somebody whom a launch by key vouches for, or a person who signed in. Judged at every request.

Pages ask `of`; nothing of what a visitor may do is kept in a cookie. A launch by key reaches its schools alone and
never guardians, for whoever has the key can claim any login (decision 0090).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from rosterkeeper.features.console import visiting
from rosterkeeper.features.console.models import ConsoleSettings
from rosterkeeper.features.console.schools import School, served
from rosterkeeper.features.console.settings import settings_of
from rosterkeeper.features.console.teachers_here import places_of
from rosterkeeper.features.people.models import Person
from rosterkeeper.matching.tables import Kind

Handler = Callable[[HttpRequest], HttpResponseBase]


class By(StrEnum):
    """What vouches for a visitor: a school's key, or their own sign-in."""

    KEY = "key"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the console.

    ``teacher`` is whom the login or the sign-in means, None where it means nobody; ``login`` is the operating system's,
    '' for a sign-in. ``schools`` are those that may be chosen, ``school`` the computer's one of them. ``view`` is the
    computer's view of classes until somebody chooses: icons, list or ''. ``key`` is the key's id, '' for a sign-in;
    ``is_whole_district``: neither it nor policy names a single school. ``managed`` are the keys of the computer's
    settings that policy holds.
    """

    by: By
    district: int
    teacher: Person | None
    login: str
    schools: tuple[School, ...]
    school: School | None
    may_cover: bool
    sees_guardians: bool
    sees_guardians_at_cover: bool
    view: str
    key: str
    is_whole_district: bool
    managed: frozenset[str] = frozenset()

    @property
    def actor(self) -> str:
        """How the audit log calls the visitor: never by a name."""
        who = f"person:{self.teacher.uid}" if self.teacher else "unrecognised"
        return f"console:{self.key or 'signed in'} {who}"

    def reaches(self, connection: int, sourced_id: str) -> bool:
        """Whether a school is among those that may be chosen."""
        return any((each.connection, each.sourced_id) == (connection, sourced_id) for each in self.schools)


class VisitorMiddleware:
    """Gives each request its ``visitor``, looked up when somebody asks; or None."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.visitor = SimpleLazyObject(lambda: _current(request))  # type: ignore[attr-defined]
        return self._get_response(request)


def visitor(request: HttpRequest) -> Visitor | None:
    """Who is at the console; None for nobody."""
    found = getattr(request, "visitor", None)
    return found if found else None


def of(request: HttpRequest) -> Visitor:
    """Who is at the console; the view needs Right.CONSOLE, so that there is somebody."""
    found = visitor(request)
    assert found is not None  # noqa: S101 -- for the type checker
    return found


def refused(request: HttpRequest) -> str:
    """Why there is nobody although somebody was there, a code of `words.REFUSALS`; '' where nobody has come yet."""
    return str(getattr(request, "console_refused", ""))


def _current(request: HttpRequest) -> Visitor | None:
    person: Person | None = getattr(request.person, "person", None)  # type: ignore[attr-defined]
    if person is not None:
        # Who has signed in since a launch is who is there; the launch must not come back once their session is over.
        visiting.end(request)
        return _signed_in(request, person)
    return _launched(request)


def _signed_in(request: HttpRequest, person: Person) -> Visitor | None:
    own = settings_of(person.district_id)
    if person.kind != Kind.STAFF or not own.is_on:
        _refuse(request, "console.not_staff" if own.is_on else "console.switched_off")
        return None
    schools = served(person.district_id, places_of(person))
    return Visitor(
        by=By.PERSON,
        district=person.district_id,
        teacher=person,
        login="",
        schools=schools,
        school=None,
        may_cover=own.cover,
        sees_guardians=True,
        sees_guardians_at_cover=own.guardians_at_cover,
        view="",
        key="",
        is_whole_district=False,
    )


def _launched(request: HttpRequest) -> Visitor | None:
    found = visiting.of(request)
    if found is None:
        return None
    if isinstance(found, str):
        _refuse(request, found)
        return None
    own: ConsoleSettings = found.settings
    managed = frozenset(found.visit.managed.split(","))
    return Visitor(
        by=By.KEY,
        district=found.visit.key.district_id,
        teacher=found.teacher,
        login=found.visit.login,
        schools=found.schools,
        school=found.school,
        may_cover=own.cover and found.visit.may_cover,
        sees_guardians=False,
        sees_guardians_at_cover=False,
        view=found.visit.view,
        key=found.visit.key.key_id,
        is_whole_district=not found.visit.key.school and visiting.SCHOOL not in managed,
        managed=managed,
    )


def _refuse(request: HttpRequest, code: str) -> None:
    request.console_refused = code  # type: ignore[attr-defined]
