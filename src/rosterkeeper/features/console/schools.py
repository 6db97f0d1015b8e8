"""The schools that a console may choose among: live ones, of connections in use, that these take over (N23)."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from rosterkeeper.features.connections.choosing import options_of
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.console.models import Key
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.oneroster.fields import ORGS
from rosterkeeper.store.folding import fold

# A district's thousand schools are put in order with every page.
_folded = lru_cache(maxsize=10_000)(fold)


@dataclass(frozen=True, slots=True)
class School:
    """A school of the roster: its connection, its org's sourcedId, its name."""

    connection: int
    sourced_id: str
    name: str

    @property
    def value(self) -> str:
        """The school as a form's value, ``CONNECTION:ORG``."""
        return f"{self.connection}:{self.sourced_id}"


def served(district: int, among: Mapping[int, Collection[str]] | None = None) -> tuple[School, ...]:
    """The district's schools, by name; ``among``: only these orgs of these connections."""
    links = Connection.objects.filter(district_id=district, removed_at=None)
    if among is not None:
        links = links.filter(pk__in=list(among))
    found: list[School] = []
    for link in links.only("pk", "options"):
        left_out = set(options_of(link).excluded_schools)
        rows = LIVE[ORGS.name]._default_manager.filter(connection_id=link.pk, status="active", type="school")
        if among is not None:
            rows = rows.filter(sourced_id__in=list(among[link.pk]))
        named = rows.values_list("sourced_id", "name")
        found += [School(link.pk, org, name or org) for org, name in named if org not in left_out]
    return tuple(sorted(found, key=lambda each: (_folded(each.name), each.connection, each.sourced_id)))


def schools_of_key(key: Key) -> tuple[School, ...]:
    """The schools that a key reaches: its own, or all of its district; none where its school is gone."""
    return served(key.district_id, {key.connection_id: (key.school,)} if key.school else None)


def labelled(schools: Collection[School]) -> list[tuple[str, str]]:
    """The value of each school, and its name; of those that are called alike with the org's sourcedId."""
    named = Counter(each.name for each in schools)
    return [(each.value, f"{each.name} ({each.sourced_id})" if named[each.name] > 1 else each.name) for each in schools]


def meant(schools: Collection[School], told: str) -> School | None:
    """The one of the schools that a computer's setting names, by its value, its org's sourcedId or as pages call it."""
    wanted = told.strip()
    called = [value for value, label in labelled(schools) if fold(label) == fold(wanted)]
    for ways in (
        [each for each in schools if each.value == wanted],
        [each for each in schools if each.sourced_id == wanted],
        [each for each in schools if each.value in called],
    ):
        if len(ways) == 1:
            return ways[0]
    return None
