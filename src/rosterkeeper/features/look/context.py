"""What every template may use."""

from importlib.metadata import version

from django.http import HttpRequest

from rosterkeeper.features.look.navigation import menu

VERSION = version("rosterkeeper")


def page(request: HttpRequest) -> dict[str, object]:
    """The menu and the program's version."""
    signed_in = getattr(request, "user", None) is not None and request.user.is_authenticated
    return {"navigation": menu(request) if signed_in else [], "version": VERSION}
