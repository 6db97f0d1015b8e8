"""The session of a person of the roster: apart from that of an administrator, and judged anew at every request.

It is held in the same cookie's session under a name of its own. Nothing of what somebody may do is kept in it, only who
they are and when they came; whoever is suspended, gone or no longer allowed is out with their next click.
"""

import time
from collections.abc import Callable, MutableMapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from rosterkeeper.features.people.models import Person
from rosterkeeper.features.signin.models import Provider
from rosterkeeper.features.signin.standing import SignedIn, account_of, objection
from rosterkeeper.features.signin.words import Refused
from rosterkeeper.matching.tables import Kind

_HELD: Final = "person"
# Seconds without a page after which a session ends; children sit at machines that others use next.
IDLE: Final = {Kind.STUDENT: 30 * 60, Kind.STAFF: 60 * 60, Kind.PARENT: 60 * 60}
_NOTED: Final = 60
_HOUR: Final = 3600

Handler = Callable[[HttpRequest], HttpResponseBase]


class PersonMiddleware:
    """Gives each request its ``person``: who of the roster is signed in, looked up when somebody asks; or None."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.person = SimpleLazyObject(lambda: _current(request))  # type: ignore[attr-defined]
        return self._get_response(request)


def begin(request: HttpRequest, signed_in: SignedIn) -> None:
    """The person is signed in from now on, in a session with a new key."""
    now = int(time.time())
    request.session.cycle_key()
    request.session[_HELD] = {
        "uid": signed_in.person.uid,
        "provider": signed_in.provider.pk,
        "began": now,
        "seen": now,
    }
    request.person = signed_in  # type: ignore[attr-defined]


def end(request: HttpRequest) -> None:
    """Nobody of the roster is signed in any more; an administrator of the same browser stays."""
    request.session.pop(_HELD, None)
    request.session.cycle_key()
    request.person = None  # type: ignore[attr-defined]


def of(request: HttpRequest) -> SignedIn:
    """Who is signed in; the view needs Right.PERSON, so that there is somebody."""
    found: SignedIn | None = getattr(request, "person", None)
    assert found  # noqa: S101 -- for the type checker
    return found


def sent_out(request: HttpRequest) -> Refused | None:
    """Why the session of this request ended early; None where there was none or it simply grew old."""
    return getattr(request, "person_refused", None)


def provider_of(request: HttpRequest) -> Provider | None:
    """By which provider the person of this session came."""
    held = _held(request)
    return Provider.objects.filter(pk=held.get("provider", 0)).first()


def _held(request: HttpRequest) -> MutableMapping[str, Any]:
    held = request.session.get(_HELD)
    return held if isinstance(held, dict) else {}


def _current(request: HttpRequest) -> SignedIn | None:
    held = _held(request)
    if not held:
        return None
    person = Person.objects.filter(uid=held["uid"]).first()
    provider = Provider.objects.filter(pk=held["provider"]).first()
    if person is None or provider is None:
        _turned_out(request, Refused("signin.not_found" if provider else "signin.provider_off"))
        return None
    if _is_over(held, provider, person):
        end(request)
        return None
    account = account_of(person)
    code = objection(provider, person, account)
    if code or account is None:
        _turned_out(request, Refused(code, person=person.uid, district=person.district_id))
        return None
    if int(time.time()) - held["seen"] >= _NOTED:
        request.session[_HELD] = {**held, "seen": int(time.time())}
    return SignedIn(person, account, provider)


def _turned_out(request: HttpRequest, why: Refused) -> None:
    request.person_refused = why  # type: ignore[attr-defined]


def _is_over(held: MutableMapping[str, Any], provider: Provider, person: Person) -> bool:
    now = int(time.time())
    hours = provider.student_hours if person.kind == Kind.STUDENT else provider.hours
    idle = IDLE.get(Kind(person.kind), IDLE[Kind.STUDENT])
    return bool(now - held["began"] >= hours * _HOUR or now - held["seen"] >= idle)
