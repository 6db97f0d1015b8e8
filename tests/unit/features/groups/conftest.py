"""What the tests of groups share: a district without classes."""

from collections.abc import Iterator

import pytest

from tests.installation import Installation
from tests.unit.features.groups.classroom import Classroom, classroom


@pytest.fixture
def room(opened: Installation) -> Classroom:
    """A district without classes: once in SQLite, once in PostgreSQL."""
    return classroom()


@pytest.fixture
def plain(sqlite: Installation) -> Iterator[Classroom]:
    """The same in SQLite alone, for what a database has no part in."""
    with sqlite.in_process():
        yield classroom()
