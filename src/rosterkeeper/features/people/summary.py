"""What the last matching of a district came to, in numbers, and what waits for somebody."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count
from django.utils.dateparse import parse_datetime

from rosterkeeper.features.people.fresh import Standing, standing
from rosterkeeper.features.people.holding import Waiting, waiting
from rosterkeeper.features.people.models import Person
from rosterkeeper.features.people.saving import row_of
from rosterkeeper.matching.tables import Kind, Mode, Result


@dataclass(frozen=True, slots=True)
class Summary:
    """``persons`` counts active persons by kind and result, ``directory`` accounts (linked, unmatched, purged).

    ``held`` is what of the accounts' life waits for somebody, None for nothing; ``in_use``: there is a directory, or
    accounts are made, so that somebody unmatched means something.
    """

    standing: Standing
    mode: str
    persons: dict[str, dict[str, int]] = field(default_factory=dict)
    directory: dict[str, int] = field(default_factory=dict)
    left: int = 0
    held: Waiting | None = None

    @property
    def matched_at(self) -> datetime | None:
        """When the last matching ended."""
        return parse_datetime(self.standing.matched_at) if self.standing.matched_at else None

    @property
    def in_use(self) -> bool:
        """Whether people are matched at all."""
        return self.mode != Mode.MATCH or sum(self.directory.values()) > 0

    def of(self, result: str, *kinds: str) -> int:
        """The active persons with a result, of these kinds or of all."""
        return sum(numbers.get(result, 0) for kind, numbers in self.persons.items() if not kinds or kind in kinds)

    @property
    def totals(self) -> dict[str, int]:
        """The active persons by result."""
        return {str(result): self.of(result) for result in Result}

    @property
    def without_person(self) -> int:
        """Accounts that belong to nobody of the roster."""
        return self.directory.get("unmatched", 0)


def summary(district: int) -> Summary:
    """How the district's people stand."""
    row = row_of(district)
    told = json.loads(row.counts or "{}")
    return Summary(
        standing(district),
        row.mode,
        told.get("persons", {}),
        told.get("directory", {}),
        told.get("left", 0),
        waiting(district),
    )


def of_connection(district: int, connection: int) -> dict[str, dict[str, int]]:
    """The active persons whose leading record is the connection's, by kind and result."""
    rows = Person.objects.filter(district_id=district, connection_id=connection, status="active")
    found: dict[str, dict[str, int]] = {str(kind): {} for kind in Kind}
    for kind, result, number in rows.values_list("kind", "result").annotate(number=Count("id")):
        found[kind][result] = number
    return found
