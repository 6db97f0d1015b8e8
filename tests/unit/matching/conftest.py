"""What the tests of matching share: a district with nobody in it."""

from collections.abc import Iterator

import pytest

from tests.installation import Installation
from tests.unit.matching.ground import Ground, grounded


@pytest.fixture
def ground(database: Installation) -> Iterator[Ground]:
    """A district: once in SQLite, once in PostgreSQL."""
    with grounded(database) as made:
        yield made


@pytest.fixture
def lone_ground(sqlite: Installation) -> Iterator[Ground]:
    """The same in SQLite alone, for what a database has no part in."""
    with grounded(sqlite) as made:
        yield made
