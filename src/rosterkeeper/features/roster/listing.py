"""Lists of people: searched as one types, filtered, in the order of names, page after page.

A page begins after a rank (see store/catalog_people.py), so that the last of a million comes as fast as the first. What
tells the next page where to begin is made of ranks alone, and says nothing about anybody.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import connection as database

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.roster.models import LIVE, CatalogPerson
from rosterkeeper.features.roster.scope import Scope
from rosterkeeper.features.roster.wording import Wording, worded
from rosterkeeper.oneroster.fields import ORGS, USERS
from rosterkeeper.store.facets import STRETCH
from rosterkeeper.store.folding import fold
from rosterkeeper.store.schema import CATALOG_PERSON

PAGE: Final = 50
# People that PostgreSQL looks at one by one: a fiftieth of a second.
_FIRST: Final = 20_000
_HAS_WORDS: Final = "array_to_tsvector(string_to_array(p.words, ' ')) @@ %s::tsquery"
_FOUND: Final = ("sourced_id", "rank", "status", "roles", "schools", "grades")
_SHOWN: Final = (
    *("sourced_id", "given_name", "family_name", "preferred_given_name", "preferred_family_name"),
    *("username", "email", "identifier"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is of: words typed, and facts chosen ('' for any); ``school`` is an org of ``connection``.

    ``issue`` is a measure of data health that people have; ``removed`` asks for those removed but kept, None for both.
    """

    text: str = ""
    connection: int = 0
    school: str = ""
    role: str = ""
    grade: str = ""
    issue: str = ""
    removed: bool | None = False


@dataclass(frozen=True, slots=True)
class Listed:
    """One person in a list."""

    connection: int
    sourced_id: str
    rank: int
    given_name: str
    family_name: str
    username: str
    email: str
    identifier: str
    is_removed: bool
    roles: list[str]
    schools: list[str]
    grades: list[str]

    @property
    def name(self) -> str:
        """How a page calls them; the id where the source gives no name."""
        return f"{self.given_name} {self.family_name}".strip() or self.sourced_id


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the people; ``after`` is where the next page begins, '' on the last."""

    people: list[Listed] = field(default_factory=list)
    after: str = ""


def people(scope: Scope, wanted: Wanted, *, after: str = "", number: int = PAGE) -> Page:
    """The people that are wanted and in sight, in the order of names, over one connection or all."""
    connections = [each for each in _asked_of(wanted) if scope.has(each)]
    begins = _read(after)
    found = [person for each in connections for person in _of(each, scope, wanted, begins.get(each, 0), number + 1)]
    if len(connections) > 1:
        found.sort(key=lambda each: (fold(each.family_name), fold(each.given_name), each.rank))
    page, more = found[:number], len(found) > number
    for person in page:
        begins[person.connection] = max(person.rank, begins.get(person.connection, 0))
    return Page(page, ",".join(f"{each}:{rank}" for each, rank in sorted(begins.items())) if more else "")


def all_connections() -> list[int]:
    """The connections that have people, removed ones too: theirs are still there (L39)."""
    return list(Connection.objects.order_by("id").values_list("id", flat=True))


def listed(scope: Scope, connection: int, rows: Sequence[CatalogPerson]) -> list[Listed]:
    """Catalogued people with the names that the roster has of them, in the same order; schools as far as in sight."""
    ids = [row.sourced_id for row in rows]
    live = LIVE[USERS.name]._default_manager.filter(connection_id=connection, sourced_id__in=ids)
    named = {row["sourced_id"]: row for row in live.values(*_SHOWN)}
    return [_listed(scope, connection, row, named[row.sourced_id]) for row in rows if row.sourced_id in named]


def school_names(connection: int, ids: Iterable[str]) -> dict[str, str]:
    """The names of orgs by their ids."""
    rows = LIVE[ORGS.name]._default_manager.filter(connection_id=connection, sourced_id__in=set(ids))
    return dict(rows.values_list("sourced_id", "name"))


def strings(text: str) -> list[str]:
    """A list of the catalog or the roster: a JSON array of strings, '' for none."""
    return [str(each) for each in json.loads(text)] if text else []


def _asked_of(wanted: Wanted) -> list[int]:
    return [wanted.connection] if wanted.connection else all_connections()


def _of(connection: int, scope: Scope, wanted: Wanted, after: int, number: int) -> list[Listed]:
    if wanted.school and not scope.sees(connection, [wanted.school]):
        # Who of one's own school is also in another is the other's affair.
        return []
    wording = worded(
        wanted.text,
        removed=wanted.removed,
        schools=scope.of(connection),
        school=wanted.school,
        role=wanted.role,
        grade=wanted.grade,
        issue=wanted.issue,
    )
    first, last = connection * STRETCH, (connection + 1) * STRETCH
    return listed(scope, connection, _found(wording, (max(first, after), last), number))


def _found(wording: Wording, between: tuple[int, int], number: int) -> list[CatalogPerson]:
    columns = ", ".join(f"p.{each}" for each in _FOUND)
    raw = CatalogPerson.objects.raw
    if database.vendor == "sqlite":
        of_words = (
            f"SELECT {columns} FROM roster_catalog_word w CROSS JOIN {CATALOG_PERSON} p ON p.rank = w.rowid"
            " WHERE w.roster_catalog_word MATCH %s AND w.rowid > %s AND w.rowid < %s ORDER BY w.rowid LIMIT %s"
        )
        return list(raw(of_words, [wording.fts5(), *between, number]))
    # No statistics tell PostgreSQL how rare a word's beginning is: what many have is found among the first people, and
    # what few have by the index, which is never asked for those of a whole district.
    first = (
        f"SELECT {columns} FROM (SELECT * FROM {CATALOG_PERSON} WHERE rank > %s AND rank < %s ORDER BY rank LIMIT %s) p"
        f" WHERE {_HAS_WORDS} ORDER BY p.rank LIMIT %s"
    )
    found = list(raw(first, [*between, _FIRST, wording.tsquery(), number]))
    if len(found) == number:
        return found
    all_of_them = (
        f"WITH p AS MATERIALIZED (SELECT {columns} FROM {CATALOG_PERSON} p"
        f" WHERE {_HAS_WORDS} AND p.rank > %s AND p.rank < %s) SELECT {columns} FROM p ORDER BY p.rank LIMIT %s"
    )
    return list(raw(all_of_them, [wording.tsquery(), *between, number]))


def _listed(scope: Scope, connection: int, row: CatalogPerson, named: dict[str, str]) -> Listed:
    return Listed(
        connection=connection,
        sourced_id=row.sourced_id,
        rank=row.rank,
        given_name=named["preferred_given_name"] or named["given_name"],
        family_name=named["preferred_family_name"] or named["family_name"],
        username=named["username"],
        email=named["email"],
        identifier=named["identifier"],
        is_removed=row.status != "active",
        roles=strings(row.roles),
        schools=[each for each in strings(row.schools) if scope.sees(connection, [each])],
        grades=strings(row.grades),
    )


def _read(after: str) -> dict[int, int]:
    """Where each connection's next page begins; what is not of our making begins at the first."""
    begins = {}
    for part in after.split(","):
        connection, _, rank = part.partition(":")
        if connection.isdecimal() and rank.isdecimal():
            begins[int(connection)] = int(rank)
    return begins
