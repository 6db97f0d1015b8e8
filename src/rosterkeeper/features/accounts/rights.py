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
    """What somebody may do. Each page and each call of the API needs exactly one of them."""

    OPEN = "open"
    SELF = "self"
    SEE = "see"
    RUN = "run"
    SETTINGS = "settings"
    ACCOUNTS = "accounts"


class Role(models.TextChoices):
    """What an account is. `SCHOOL` sees only the schools that its account names."""

    ADMINISTRATOR = "administrator", _("Administrator")
    MANAGER = "manager", _("Manager")
    VIEWER = "viewer", _("Viewer")
    SCHOOL = "school", _("School viewer")


_SIGNED_IN: Final = frozenset({Right.OPEN, Right.SELF})
# "Manage Settings" (M01) is Right.SETTINGS.
RIGHTS: Final = {
    Role.ADMINISTRATOR: _SIGNED_IN | {Right.SEE, Right.RUN, Right.SETTINGS, Right.ACCOUNTS},
    Role.MANAGER: _SIGNED_IN | {Right.SEE, Right.RUN, Right.SETTINGS},
    Role.VIEWER: _SIGNED_IN | {Right.SEE},
    Role.SCHOOL: _SIGNED_IN,
}

View = TypeVar("View", bound=Callable[..., object])


def needs(right: Right) -> Callable[[View], View]:
    """Say which right a view needs."""

    def marked(view: View) -> View:
        view.right = right  # type: ignore[attr-defined]
        return view

    return marked


def may(request: HttpRequest, right: Right) -> bool:
    """Whether the request's account has the right; nobody signed in has `OPEN` alone."""
    if right == Right.OPEN:
        return True
    user = request.user
    return user.is_authenticated and right in RIGHTS[Role(user.role)]
