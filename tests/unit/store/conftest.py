"""What the store's tests share: an empty roster in a migrated database."""

from collections.abc import Iterator

import pytest

from tests.installation import Installation
from tests.unit.store.stock import Stock, stocked


@pytest.fixture
def stock(database: Installation) -> Iterator[Stock]:
    """An empty roster: once in SQLite, once in PostgreSQL."""
    with stocked(database) as made:
        yield made


@pytest.fixture
def lone_stock(sqlite: Installation) -> Iterator[Stock]:
    """The same in SQLite alone, for what a database has no part in."""
    with stocked(sqlite) as made:
        yield made
