"""The visit that a launch opens: a cookie of its own, apart from every other session, judged at every request.

It lasts a school day at most and ends with the browser. The table keeps the hash of the cookie alone.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from rosterkeeper.features.console.models import ConsoleSettings, Key, Opening, Visit
from rosterkeeper.features.console.models.visits import Launched
from rosterkeeper.features.console.one_row import row_of
from rosterkeeper.features.console.schools import School, schools_of_key
from rosterkeeper.features.console.settings import settings_of
from rosterkeeper.features.console.teachers_here import teaches_in
from rosterkeeper.features.people.models import Person

LASTS: Final = timedelta(hours=10)
# A computer's setting, as policy names it.
SCHOOL: Final = "school"
_PATH: Final = "/console"
_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Standing:
    """A visit that may go on: who it is of, and what it reaches now."""

    visit: Visit
    settings: ConsoleSettings
    schools: tuple[School, ...]
    school: School | None
    teacher: Person | None


def cookie_name() -> str:
    """The cookie's name; over HTTPS one that a page without it cannot set."""
    return "__Secure-console" if django_settings.SESSION_COOKIE_SECURE else "console"


def new_token() -> str:
    """A token that nobody can guess."""
    return secrets.token_urlsafe(_BYTES)


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(answer: HttpResponseBase, opening: Opening, person_uid: str) -> None:
    """Open the visit that was claimed, and give the browser its cookie."""
    token = new_token()
    Visit.objects.create(
        key=opening.key,
        login=opening.login,
        connection_id=opening.connection_id,
        school=opening.school,
        may_cover=opening.may_cover,
        view=opening.view,
        managed=opening.managed,
        person_uid=person_uid,
        token_hash=hash_of(token),
        until=timezone.now() + LASTS,
    )
    answer.set_cookie(
        cookie_name(),
        token,
        path=_PATH,
        secure=django_settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def end(request: HttpRequest, answer: HttpResponseBase | None = None) -> None:
    """Nobody is here by a launch any more."""
    if token := request.COOKIES.get(cookie_name(), ""):
        rows = Visit.objects.filter(token_hash=hash_of(token))
        # Looked at first: with nothing to delete, nothing is written.
        if rows.exists():
            rows.delete()
    if answer is not None:
        answer.delete_cookie(cookie_name(), path=_PATH, samesite="Lax")


def of(request: HttpRequest) -> Standing | str | None:
    """The visit of this browser; a code of `words.REFUSALS` where it may not go on, None where there was none."""
    token = request.COOKIES.get(cookie_name(), "")
    if not token:
        return None
    visit = row_of(Visit, "token_hash", hash_of(token))
    key = row_of(Key, "id", visit.key_id) if visit else None
    if visit is None or key is None or visit.until <= timezone.now():
        return "console.visit_over"
    visit.key = key
    return _judged(visit)


def _judged(visit: Visit) -> Standing | str:
    own = settings_of(visit.key.district_id)
    if code := visit.key.objection or objection(own):
        return code
    schools, school = reached(visit)
    if not schools or (visit.school and school is None):
        return "console.school_gone"
    teacher = row_of(Person, "uid", visit.person_uid) if visit.person_uid else None
    if visit.person_uid and (teacher is None or not teaches_in(teacher, schools)):
        return "console.not_teacher"
    return Standing(visit, own, schools, school, teacher)


def reached(launched: Launched) -> tuple[tuple[School, ...], School | None]:
    """The schools that a launch reaches now, and the computer's own of them: that one alone, where policy holds it."""
    schools = schools_of_key(launched.key)
    chosen = (launched.connection_id, launched.school)
    school = next((each for each in schools if (each.connection, each.sourced_id) == chosen), None)
    return ((school,) if school and SCHOOL in launched.managed.split(",") else schools), school


def objection(own: ConsoleSettings) -> str:
    """Why a district takes no launch by key; '' where it does."""
    if not own.is_on:
        return "console.switched_off"
    return "" if own.trusts_login else "console.full_sign_in"
