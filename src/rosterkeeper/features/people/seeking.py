"""Finding whom a decision is about: people of the roster, accounts that are called alike, and what to filter by."""

from collections.abc import Iterable, Sequence
from typing import Final

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.people.models import DirectoryAccount, Person, Record
from rosterkeeper.features.people.queue import Waits, waiting
from rosterkeeper.features.people.wording import reason_words
from rosterkeeper.features.roster import listing as roster
from rosterkeeper.features.roster.reading import schools as schools_of
from rosterkeeper.features.roster.scope import Scope
from rosterkeeper.matching.tables import Status

_FOUND: Final = 20
_ALIKE: Final = 3
# Between the names in a person's sort key.
_BETWEEN: Final = chr(31)
# Persons that are looked at for the reasons there are.
_SAMPLE: Final = 20_000


def people(district: int, text: str, *, besides: int = 0) -> list[Waits]:
    """Persons of the district of whose records something begins with the text; ``besides`` is left out."""
    connections = list(Connection.objects.filter(district_id=district).values_list("id", flat=True))
    if not connections:
        return []
    scope = Scope(None, frozenset(connections))
    keys = [(each.connection, each.sourced_id) for each in roster.people(scope, roster.Wanted(text)).people]
    rows = Record.objects.filter(district_id=district, sourced_id__in=[sourced_id for _, sourced_id in keys])
    of = {(each.connection_id, each.sourced_id): each.person_id for each in rows}
    ids = list(dict.fromkeys(of[key] for key in keys if key in of and of[key] != besides))[:_FOUND]
    known = Person.objects.in_bulk(ids)
    return waiting([known[each] for each in ids if each in known])


def namesakes(person: Person) -> list[DirectoryAccount]:
    """Accounts of the person's name: whoever has another e-mail address there than here is found so."""
    return namesakes_of([person]).get(person.pk, [])


def namesakes_of(persons: Sequence[Person]) -> dict[int, list[DirectoryAccount]]:
    """A few accounts of each person's name, by the person's number."""
    wanted: dict[tuple[int, str], list[int]] = {}
    for each in persons:
        wanted.setdefault((each.district_id, each.sort_key.replace(_BETWEEN, " ").strip()), []).append(each.pk)
    found: dict[int, list[DirectoryAccount]] = {}
    for district in {number for number, _ in wanted}:
        keys = [key for number, key in wanted if number == district and key]
        rows = DirectoryAccount.objects.filter(district_id=district, sort_key__in=keys).exclude(status=Status.PURGED)
        for account in rows.order_by("sort_key", "id")[: len(keys) * _ALIKE]:
            for number in wanted[district, account.sort_key]:
                alike = found.setdefault(number, [])
                if len(alike) < _ALIKE:
                    alike.append(account)
    return found


def schools(district: int) -> list[tuple[str, str]]:
    """The schools that a list can be narrowed to, as CONNECTION:ORG and name."""
    numbers = Connection.objects.filter(district_id=district).order_by("id").values_list("id", flat=True)
    return sorted(
        ((f"{number}:{each.sourced_id}", each.name) for number in numbers for each in schools_of(number)),
        key=lambda each: each[1],
    )


def reasons(district: int, result: str) -> list[tuple[str, str]]:
    """The reasons that occur among the persons of a result, each with its words."""
    rows = Person.objects.filter(district_id=district, result=result, status="active").order_by(
        "kind", "sort_key", "id"
    )
    found: Iterable[str] = set(rows.values_list("reason", flat=True)[:_SAMPLE])
    return sorted(((each, reason_words(each)) for each in found if each), key=lambda each: each[1])
