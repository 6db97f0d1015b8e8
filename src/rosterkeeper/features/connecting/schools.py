"""Which schools a connection takes over: the guides' two lists, and the numbers beside each name (L29–L32, R19).

A page shows some of a large district's schools. What was ticked on it goes with its form to the next one, and nothing
is saved before Submit.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec
from django.core.paginator import Page, Paginator
from django.http import QueryDict

from rosterkeeper.engine.options import Options
from rosterkeeper.features.connections.choosing import options_of
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.specs import stated_spec
from rosterkeeper.features.connections.uploads import Zip, zip_of
from rosterkeeper.features.roster.models import CatalogPlace
from rosterkeeper.features.roster.reading import schools
from rosterkeeper.sources.spec import CsvSpec

# In each of the two lists.
_A_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """One school; its numbers are None where they were not counted yet."""

    sourced_id: str
    name: str
    students: int | None
    teachers: int | None


@dataclass(frozen=True, slots=True)
class Given:
    """What a page of schools sends: who shall be excluded by it (True) or included, and what to show next.

    ``page`` has the numbers of the next page of either list as they were sent, '' for the first; ``saves`` tells Submit
    from the buttons that only look for other schools.
    """

    chosen: Mapping[str, bool] = field(default_factory=dict)
    sought: str = ""
    included_page: str = ""
    excluded_page: str = ""
    saves: bool = False


@dataclass(frozen=True, slots=True)
class Lists:
    """What a page of schools draws: a part of either list, and what other pages chose that is not saved yet."""

    included: Page[Shown]
    excluded: Page[Shown]
    sought: str
    shown: str
    carried: str
    unsaved: int


def given(stated: QueryDict) -> Given:
    """What was sent; what no page of ours sends chooses nothing."""
    ticked = set(stated.getlist("excluded"))
    here = {key: key in ticked for key in _ids(stated.get("shown", ""))}
    included_page, _, excluded_page = stated.get("show", "").partition(",")
    return Given(
        chosen={**_choices(stated.get("carried", "")), **here},
        sought=stated.get("sought", "").strip(),
        included_page=included_page,
        excluded_page=excluded_page,
        saves="show" not in stated,
    )


def wanted(connection: Connection, chosen: Mapping[str, bool]) -> set[str]:
    """The schools that are to be excluded: those that are, but for what was chosen otherwise."""
    out = {key for key, is_out in chosen.items() if is_out}
    return {*options_of(connection).excluded_schools} - chosen.keys() | out


def page(connection: Connection, sent: Given) -> Lists:
    """The lists as they would be with what was chosen, of the schools whose names hold what is sought."""
    out = wanted(connection, sent.chosen)
    held = {*options_of(connection).excluded_schools}
    sought = sent.sought.casefold()
    included, excluded = (
        [each for each in schools_of if sought in each.name.casefold()] for schools_of in lists(connection, out)
    )
    parts = (
        Paginator(included, _A_PAGE).get_page(sent.included_page),
        Paginator(excluded, _A_PAGE).get_page(sent.excluded_page),
    )
    here = [each.sourced_id for part in parts for each in part]
    moved = out ^ held
    carried = {key: key in out for key in sorted(moved.difference(here))}
    return Lists(*parts, sent.sought, _encoded(here), _encoded(carried), len(moved))


def lists(connection: Connection, out: Collection[str] | None = None) -> tuple[list[Shown], list[Shown]]:
    """The included and the excluded schools, by name; one that the roster does not know has its id for a name.

    Which ones are excluded is what the connection's options say, or ``out``.
    """
    rows = CatalogPlace.objects.filter(connection_id=connection.pk, kind="school")
    counted = {row[0]: row[1:] for row in rows.values_list("sourced_id", "students", "teachers")}
    names = {each.sourced_id: each.name for each in schools(connection.pk)}
    out = options_of(connection).excluded_schools if out is None else out
    nobody = (None, None)
    known = {key: Shown(key, name, *counted.get(key, nobody)) for key, name in names.items()}
    strangers = [Shown(key, key, *nobody) for key in out if key not in known]
    left_out = [each for key, each in known.items() if key in out]
    return [each for key, each in known.items() if key not in out], [*left_out, *strangers]


def without(connection: Connection, excluded: Collection[str]) -> Options:
    """The connection's options with these schools excluded, and no others; ids of no school are passed over."""
    held = options_of(connection)
    known = {each.sourced_id for each in schools(connection.pk)} | set(held.excluded_schools)
    return msgspec.structs.replace(held, excluded_schools=tuple(sorted(known & {*excluded})))


def zip_shown(connection: Connection) -> Zip | None:
    """What a csv connection reads."""
    if connection.kind != "csv":
        return None
    spec = stated_spec(connection)
    return zip_of(spec) if isinstance(spec, CsvSpec) else None


def _ids(text: str) -> list[str]:
    try:
        return msgspec.json.decode(text, type=list[str])
    except msgspec.DecodeError:
        return []


def _choices(text: str) -> dict[str, bool]:
    try:
        return msgspec.json.decode(text, type=dict[str, bool])
    except msgspec.DecodeError:
        return {}


def _encoded(found: list[str] | dict[str, bool]) -> str:
    return msgspec.json.encode(found).decode()
