"""The lists of the administrators' pages: providers, and the sign-ins with what each ended with."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.connections.models import District
from rosterkeeper.features.signin import providers as found
from rosterkeeper.features.signin.models import Attempt, Provider
from rosterkeeper.features.signin.words import REASONS, Reason, reason

PAGE: Final = 50
# By what somebody was recognised, in words; see `resolving`.
KEYS: Final = {
    "sourced_id": _("sourcedId"),
    "directory_id": _("id in the directory"),
    "remembered": _("earlier sign-in"),
    "username": _("username"),
    "email": _("e-mail address"),
}
_LONGEST: Final = 18


@dataclass(frozen=True, slots=True)
class Row:
    """A provider with the names of its districts."""

    provider: Provider
    districts: list[str]


@dataclass(frozen=True, slots=True)
class Tried:
    """A try to sign in; ``why`` is None where it succeeded, ``provider`` '' where that is gone."""

    attempt: Attempt
    provider: str
    why: Reason | None

    @property
    def key(self) -> str:
        """By what the person was recognised, in words."""
        return str(KEYS.get(self.attempt.key, self.attempt.key))


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the tries, and how the list was narrowed down; ``after`` is 0 on the last page."""

    tried: list[Tried]
    after: int
    code: str
    text: str
    codes: list[str]


def providers(request: HttpRequest) -> list[Row]:
    """The providers in sight, by name."""
    rows = list(found.seen(request))
    numbers = {served.district_id for each in rows for served in each.served.all()}
    names = dict(District.objects.filter(pk__in=numbers).values_list("pk", "name"))
    return [Row(each, sorted(names.get(served.district_id, "") for served in each.served.all())) for each in rows]


def attempts(request: HttpRequest) -> Page:
    """The tries in sight, the newest first: of one result (``code``), of one reference or person (``text``)."""
    code, text, after = (request.GET.get(name, "").strip() for name in ("code", "text", "after"))
    rows = found.attempts(request)
    if code:
        rows = rows.filter(code="" if code == "in" else code)
    if text:
        rows = rows.filter(Q(reference=text.upper()) | Q(person_uid=text))
    if after.isdecimal() and len(after) < _LONGEST:
        rows = rows.filter(pk__lt=int(after))
    kept = list(rows[: PAGE + 1])
    return Page(named(kept[:PAGE]), kept[PAGE - 1].pk if len(kept) > PAGE else 0, code, text, sorted(REASONS))


def named(rows: list[Attempt]) -> list[Tried]:
    """Tries with the names of their providers and what they ended with."""
    names = dict(Provider.objects.filter(pk__in={each.provider_id for each in rows}).values_list("pk", "name"))
    return [Tried(each, names.get(each.provider_id, ""), reason(each.code) if each.code else None) for each in rows]
