"""Whose people a reader may see: everybody's, those of some districts' connections, or those of some schools."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scope:
    """What every function that reads people is given; None is all of them.

    ``schools`` are (connection, org) pairs, ``connections`` the numbers of those of the districts in sight.
    """

    schools: frozenset[tuple[int, str]] | None = None
    connections: frozenset[int] | None = None

    @property
    def is_all(self) -> bool:
        """Whether nobody is out of sight in the connections that are in sight."""
        return self.schools is None

    @property
    def numbers(self) -> frozenset[int] | None:
        """The connections in which anybody is in sight; None for all."""
        if self.schools is None:
            return self.connections
        named = frozenset(number for number, _ in self.schools)
        return named if self.connections is None else named & self.connections

    def has(self, connection: int) -> bool:
        """Whether anybody of the connection is in sight."""
        numbers = self.numbers
        return numbers is None or connection in numbers

    def of(self, connection: int) -> frozenset[str] | None:
        """The orgs of one connection that are in sight; None for all of them."""
        if not self.has(connection):
            return frozenset()
        if self.schools is None:
            return None
        return frozenset(org for number, org in self.schools if number == connection)

    def sees(self, connection: int, schools: Iterable[str]) -> bool:
        """Whether a record that belongs to these schools is in sight; one of no school is everybody's with all."""
        mine = self.of(connection)
        return mine is None or not mine.isdisjoint(schools)


EVERYTHING: Final = Scope()
