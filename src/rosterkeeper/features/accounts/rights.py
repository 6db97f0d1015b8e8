"""Rights, the roles that bundle them, and how a page or call says which right it needs.

A view without a word on this is refused to everybody (see `service.access`): forgetting is not a hole.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final, TypeVar

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class Right(StrEnum):
    """What somebody may do. Each page and each call of the API needs exactly one of them.

    Whoever has ROSTER sees people, and so within their own schools only: such a view asks `scope.schools_of`.
    """

    OPEN = "open"
    SELF = "self"
    ROSTER = "roster"
    SEE = "see"
    RUN = "run"
    SETTINGS = "settings"
    ACCOUNTS = "accounts"
    # No account has it: somebody of the roster who has signed in by a provider; `features.signin` says who.
    PERSON = "person"
    # No account has it: who is at a teacher's console, by a school's key or signed in; `features.console` says who.
    CONSOLE = "console"
    # No account has it: a district's identity provider comes by a token of its own, which its view looks for.
    DIRECTORY = "directory"


class Role(models.TextChoices):
    """What an account is. `SCHOOL` sees only the schools that its account names."""

    ADMINISTRATOR = "administrator", _("Administrator")
    MANAGER = "manager", _("Manager")
    VIEWER = "viewer", _("Viewer")
    SCHOOL = "school", _("School viewer")


_SIGNED_IN: Final = frozenset({Right.OPEN, Right.SELF, Right.ROSTER})
# "Manage Settings" (M01) is Right.SETTINGS.
RIGHTS: Final = {
    Role.ADMINISTRATOR: _SIGNED_IN | {Right.SEE, Right.RUN, Right.SETTINGS, Right.ACCOUNTS},
    Role.MANAGER: _SIGNED_IN | {Right.SEE, Right.RUN, Right.SETTINGS},
    Role.VIEWER: _SIGNED_IN | {Right.SEE},
    Role.SCHOOL: _SIGNED_IN,
}
# What a token of the API may be made for.
FOR_TOKENS: Final = (Right.ROSTER, Right.SEE, Right.RUN, Right.SETTINGS, Right.ACCOUNTS)

View = TypeVar("View", bound=Callable[..., object])


def needs(right: Right, *, everywhere: bool = False) -> Callable[[View], View]:
    """Say which right a view, or an operation of the API, needs.

    ``everywhere``: it concerns the whole installation, so that an account limited to districts is refused.
    """

    def marked(view: View) -> View:
        view.right = right  # type: ignore[attr-defined]
        view.everywhere = everywhere  # type: ignore[attr-defined]
        return view

    return marked


def may(request: HttpRequest, right: Right) -> bool:
    """Whether the request's account, or the token that it calls with, has the right.

    Nobody signed in has `OPEN` alone; a token never has more than its account.
    """
    if right == Right.OPEN:
        return True
    if right == Right.PERSON:
        return bool(getattr(request, "person", None))
    if right == Right.CONSOLE:
        return bool(getattr(request, "visitor", None))
    user = request.user
    if not user.is_authenticated or right not in RIGHTS[Role(user.role)]:
        return False
    scopes: list[str] | None = getattr(request, "api_scopes", None)
    return scopes is None or right in scopes
