"""Lists of directory accounts: searched as one types, filtered, in the order of names, page after page.

A page begins behind a sort key and an id, so the last of a million comes as fast as the first. A rare filter looks
through a stretch of the accounts at a time and says where it goes on, for no index knows every filter.
"""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from django.db import connection as database
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from rosterkeeper.features.people.models import DirectoryAccount, Person
from rosterkeeper.matching.keys import lookup_key
from rosterkeeper.matching.tables import Origin
from rosterkeeper.store.folding import fold

PAGE: Final = 50
# Accounts that a rare filter looks through at once, and seconds that it goes on within one page.
_STRETCH: Final = 5_000
_PATIENCE: Final = 0.05
# And of those whose name begins with what was typed.
_LOOKED_THROUGH: Final = 2_000
_LAST: Final = "\U0010ffff"
_DIGITS: Final = 19


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which accounts: words typed and facts chosen, '' for any; ``linked`` None for both."""

    text: str = ""
    status: str = ""
    kind: str = ""
    origin: str = ""
    linked: bool | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether any fact was chosen."""
        return bool(self.status or self.kind or self.origin) or self.linked is not None


@dataclass(frozen=True, slots=True)
class Listed:
    """One account, and whom of the roster it belongs to (None for nobody)."""

    account: DirectoryAccount
    person: Person | None

    @property
    def name(self) -> str:
        """How a page calls it."""
        return name_of(self.account)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the accounts; ``after`` is where the next page begins, '' on the last.

    ``is_partial``: there may be more, but only a part was looked through, or more were found than a search shows.
    """

    rows: list[Listed] = field(default_factory=list)
    after: str = ""
    is_partial: bool = False


def name_of(account: DirectoryAccount) -> str:
    """How a page calls an account: by the display name, the names, or what else there is."""
    names = f"{account.given_name} {account.family_name}".strip()
    return account.display_name or names or account.username or account.email or account.external_id or account.uid


def accounts(district: int, wanted: Wanted, *, after: str = "", number: int = PAGE) -> Page:
    """The district's accounts that are wanted, in the order of names."""
    every = DirectoryAccount.objects.filter(district_id=district)
    if wanted.text.strip():
        found = sorted(_searched(every, wanted, number + 1), key=lambda each: (each.sort_key, each.pk))
        return Page(with_persons(found[:number]), "", len(found) > number or (wanted.is_filtered and not found))
    begins = _read(every, after)
    if not wanted.is_filtered:
        rows = list(_behind(every, begins)[: number + 1])
        return Page(with_persons(rows[:number]), _written(rows[number - 1]) if len(rows) > number else "")
    return _looked_through(every, wanted, begins, number)


def with_persons(rows: Iterable[DirectoryAccount]) -> list[Listed]:
    """Accounts with the persons that they belong to, in the same order."""
    told = list(rows)
    persons = {each.account_id: each for each in Person.objects.filter(account_id__in=[row.pk for row in told])}
    return [Listed(row, persons.get(row.pk)) for row in told]


def narrowed(rows: "QuerySet[DirectoryAccount]", wanted: Wanted) -> "QuerySet[DirectoryAccount]":
    """Those of the accounts that have the facts."""
    facts = {"status": wanted.status, "kind": wanted.kind, "origin": wanted.origin}
    rows = rows.filter(**{name: value for name, value in facts.items() if value})
    if wanted.linked is not None:
        linked = Exists(Person.objects.filter(account_id=OuterRef("pk")))
        rows = rows.filter(linked if wanted.linked else ~linked)
    return rows


def sticky_of(account: DirectoryAccount) -> list[str]:
    """The fields that somebody changed by hand."""
    return [str(each) for each in json.loads(account.sticky)] if account.sticky else []


def _looked_through(every: "QuerySet[DirectoryAccount]", wanted: Wanted, begins: "_Place", number: int) -> Page:
    found: list[DirectoryAccount] = []
    until = time.monotonic() + _PATIENCE
    while True:
        ahead = _behind(every, begins)
        bound = ahead[_STRETCH - 1 : _STRETCH].values_list("sort_key", "id").first()
        stretch = (
            ahead
            if bound is None
            else ahead.filter(sort_key__lte=bound[0]).filter(Q(sort_key__lt=bound[0]) | Q(id__lte=bound[1]))
        )
        found += narrowed(stretch, wanted)[: number + 1 - len(found)]
        if len(found) > number:
            return Page(with_persons(found[:number]), _written(found[number - 1]))
        if bound is None:
            return Page(with_persons(found))
        begins = bound
        if time.monotonic() > until:
            return Page(with_persons(found), str(bound[1]), is_partial=True)


_Place = tuple[str, int]


def _behind(rows: "QuerySet[DirectoryAccount]", begins: _Place) -> "QuerySet[DirectoryAccount]":
    key, number = begins
    ahead = rows.order_by("sort_key", "id")
    # The first condition is what an index is searched by.
    return ahead.filter(sort_key__gte=key).filter(Q(sort_key__gt=key) | Q(id__gt=number)) if number else ahead


def _searched(every: "QuerySet[DirectoryAccount]", wanted: Wanted, number: int) -> Iterator[DirectoryAccount]:
    """Accounts of which something begins with what was typed: as many as are wanted of each way to look."""
    known: set[int] = set()
    named = every.annotate(given_key=Lower("given_name"))
    for way, order in _ways(wanted.text):
        # However rare what is wanted is among those that begin so, only so many are looked through. Their numbers come
        # first: within one statement the whole district would be gone through for them.
        few = named.filter(way).order_by(order, "id").values_list("pk", flat=True)
        found = list(few[: _LOOKED_THROUGH if wanted.is_filtered else number])
        rows = narrowed(DirectoryAccount.objects.filter(pk__in=found), wanted)
        for each in rows[:number]:
            if each.pk not in known:
                known.add(each.pk)
                yield each


def _ways(text: str) -> Iterator[tuple[Q, str]]:
    typed = text.strip()
    key, words = lookup_key(typed), fold(typed.replace(",", " ")).split() or [""]
    yield begins_with("sort_key", " ".join(words)), "sort_key"
    # The given name first, and each name as far as it was typed.
    for first, then in {(words[-1], words[0]), (words[0], words[-1])} if len(words) > 1 else ():
        yield begins_with("sort_key", first) & Q(sort_key__contains=f" {then}"), "sort_key"
    if len(words) == 1:
        for each in sorted({typed.lower(), typed.capitalize()}):
            yield begins_with("given_key", each), "given_key"
    yield begins_with("email_key", key), "email_key"
    yield begins_with("username_key", key), "username_key"
    for origin in Origin:
        yield Q(origin=origin) & begins_with("external_id", typed), "external_id"
    yield Q(uid=typed.lower()), "id"


def begins_with(column: str, text: str) -> Q:
    """That a column begins with a text, said so that the database finds it by the column's index."""
    if database.vendor == "sqlite":
        # LIKE knows no case there, and so no index.
        return Q(**{f"{column}__gte": text, f"{column}__lt": text + _LAST})
    return Q(**{f"{column}__startswith": text})


def _written(account: DirectoryAccount) -> str:
    # A number that says nothing about anybody: it may stand in an address (decision 51).
    return str(account.pk)


def _read(every: "QuerySet[DirectoryAccount]", after: str) -> _Place:
    """Where a page begins; what is not of our making, or is no account any more, begins at the first."""
    number = int(after) if after.isdecimal() and len(after) < _DIGITS else 0
    found = every.filter(pk=number).values_list("sort_key", "id").first() if number else None
    return found or ("", 0)
