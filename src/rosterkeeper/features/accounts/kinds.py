"""Of which kinds of people and things a token may be told: a product gets what it needs and no more (R22).

A token that names kinds may call those operations alone that ask for them here (see `service.access`): forgetting to
ask is not a hole.
"""

from collections.abc import Callable, Collection
from typing import Final, TypeVar

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.accounts.models import ApiToken
from rosterkeeper.features.audit.log import record
from rosterkeeper.oneroster.errors import RunRefused, SettingsError

STUDENT: Final = "student"
STAFF: Final = "staff"
PARENT: Final = "parent"
CLASS: Final = "class"
KINDS: Final[dict[str, str | Promise]] = {
    STUDENT: _("Students"),
    STAFF: _("Teachers and other staff"),
    PARENT: _("Parents"),
    CLASS: _("Classes"),
}

View = TypeVar("View", bound=Callable[..., object])


def by_kind(view: View) -> View:
    """Say that an operation asks for the kinds itself, so that a token that names kinds may call it."""
    view.by_kind = True  # type: ignore[attr-defined]
    return view


def kinds_of(request: HttpRequest) -> frozenset[str] | None:
    """The kinds that the caller may be told of; None for all."""
    token: ApiToken | None = getattr(request, "api_token", None)
    return frozenset(token.kinds) if token is not None and token.kinds else None


def sees_kind(request: HttpRequest, kind: str) -> bool:
    """Whether the caller may be told of a kind."""
    kinds = kinds_of(request)
    return kinds is None or kind in kinds


def need_kind(request: HttpRequest, kind: str) -> None:
    """RunRefused ``token.kind`` where the caller may not be told of that kind."""
    if not sees_kind(request, kind):
        raise RunRefused(
            "token.kind",
            "The token is not for this kind of people or things.",
            todo="Ask for a kind that the token is for, or use a token that is for this one, too.",
        )


def limit(token: ApiToken, kinds: Collection[str]) -> None:
    """Let a new token be told of these kinds alone; none are all. SettingsError for one that there is not."""
    if not set(kinds) <= set(KINDS):
        raise SettingsError(
            "token.kinds", "A token is for kinds that there are.", todo=f"Choose among {', '.join(KINDS)}."
        )
    if kinds:
        token.kinds = sorted(set(kinds))
        token.save(update_fields=["kinds"])
        record("token.limited", about=f"token:{token.pk}", details={"kinds": token.kinds})
