"""When a session ends by itself: half an hour after the last page, and eight hours after signing in; on the server."""

import time
from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

IDLE: Final = 30 * 60
ABSOLUTE: Final = 8 * 60 * 60
# The last page is noted only now and then, for each note is a write; a session may end so much earlier.
_NOTED: Final = 2 * 60

_BEGAN: Final = "began"
_SEEN: Final = "seen"

Handler = Callable[[HttpRequest], HttpResponseBase]


def begin(request: HttpRequest) -> None:
    """Somebody has signed in: their time runs from now."""
    request.session[_BEGAN] = request.session[_SEEN] = int(time.time())


class SessionMiddleware:
    """Signs out whoever's time is over, before anything else looks at who it is."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            now = int(time.time())
            began, seen = request.session.get(_BEGAN, 0), request.session.get(_SEEN, 0)
            if now - began >= ABSOLUTE or now - seen >= IDLE:
                logout(request)
                messages.info(request, _("You were signed out, because your session was idle or old. Sign in again."))
            elif now - seen >= _NOTED:
                request.session[_SEEN] = now
        return self._get_response(request)
