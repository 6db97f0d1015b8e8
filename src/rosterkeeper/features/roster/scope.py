"""Whose people a reader may see: everybody's, or those of some schools."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scope:
    """What every function that reads people is given. ``schools`` are (connection, org) pairs; None is all of them."""

    schools: frozenset[tuple[int, str]] | None = None

    @property
    def is_all(self) -> bool:
        """Whether nothing is out of sight."""
        return self.schools is None

    def of(self, connection: int) -> frozenset[str] | None:
        """The orgs of one connection that are in sight; None for all of them."""
        if self.schools is None:
            return None
        return frozenset(org for number, org in self.schools if number == connection)

    def sees(self, connection: int, schools: Iterable[str]) -> bool:
        """Whether a record that belongs to these schools is in sight; one of no school is everybody's with all."""
        mine = self.of(connection)
        return mine is None or not mine.isdisjoint(schools)


EVERYTHING: Final = Scope()
