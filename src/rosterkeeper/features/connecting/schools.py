"""Which schools a connection takes over: the guides' two lists, and the numbers beside each name (L29–L32, R19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from rosterkeeper.engine.options import Options
from rosterkeeper.features.connections.choosing import options_of
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.specs import stated_spec
from rosterkeeper.features.connections.uploads import Zip, zip_of
from rosterkeeper.features.roster.models import CatalogPlace
from rosterkeeper.features.roster.reading import schools
from rosterkeeper.sources.spec import CsvSpec

_LONGEST_ID: Final = 255


@dataclass(frozen=True, slots=True)
class Shown:
    """One school; its numbers are None where they were not counted yet."""

    sourced_id: str
    name: str
    students: int | None
    teachers: int | None


def lists(connection: Connection) -> tuple[list[Shown], list[Shown]]:
    """The included and the excluded schools, by name; one that the roster does not know has its id for a name."""
    rows = CatalogPlace.objects.filter(connection_id=connection.pk, kind="school")
    counted = {row[0]: row[1:] for row in rows.values_list("sourced_id", "students", "teachers")}
    names = {each.sourced_id: each.name for each in schools(connection.pk)}
    out = options_of(connection).excluded_schools
    nobody = (None, None)
    known = {key: Shown(key, name, *counted.get(key, nobody)) for key, name in names.items()}
    strangers = [Shown(key, key, *nobody) for key in out if key not in known]
    left_out = [each for key, each in known.items() if key in out]
    return [each for key, each in known.items() if key not in out], [*left_out, *strangers]


def without(connection: Connection, excluded: Sequence[str]) -> Options:
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
