"""A table that is filled for the first time gets its indexes afterwards, and never goes without them."""

from collections.abc import Iterator

import pyarrow as pa
import pytest

from rosterkeeper.store.database import Database, DatabaseFault
from tests.installation import Installation

ROW = {"student_id": 1, "parent_id": 2, "district_id": 1, "relationship": "parent"}
TABLE = "people_family"


def indexes(database: Database) -> list[str]:
    told = (
        "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = $1"
        if database.is_sqlite
        else "SELECT indexname FROM pg_indexes WHERE tablename = $1"
    )
    return sorted(str(row[0]) for row in database.rows(told, [TABLE]))


def rows(**more: int) -> pa.Table:
    return pa.table({name: [value] for name, value in {**ROW, **more}.items()})


@pytest.fixture
def family(database: Installation) -> Iterator[Database]:
    """The database with its empty table of families."""
    with Database(database.configuration.database_url) as opened:
        yield opened


def test_a_filled_table_has_all_its_indexes_again(family: Database) -> None:
    before = indexes(family)
    assert "people_family_parent" in before
    for parent in (2, 3):
        with family.transaction(), family.filling(TABLE):
            family.append(TABLE, rows(parent_id=parent))
        assert indexes(family) == before
    assert family.rows(f"SELECT count(*) FROM {TABLE}")[0][0] == 2


def test_what_fails_meanwhile_leaves_the_table_as_it_was(family: Database) -> None:
    before = indexes(family)
    with pytest.raises(DatabaseFault), family.transaction(), family.filling(TABLE):
        family.append(TABLE, pa.concat_tables([rows(), rows()]))
    assert indexes(family) == before
    assert family.rows(f"SELECT count(*) FROM {TABLE}")[0][0] == 0


def _add_within(family: Database, inner: int, outer: int) -> None:
    with family.transaction():
        with family.transaction():
            family.append(TABLE, rows(parent_id=inner))
        family.append(TABLE, rows(parent_id=outer))


def test_a_transaction_within_another_stays_or_goes_with_that_one(family: Database) -> None:
    _add_within(family, 2, 3)
    with pytest.raises(DatabaseFault):
        _add_within(family, 4, 4)
    assert family.rows(f"SELECT parent_id FROM {TABLE} ORDER BY parent_id") == [(2,), (3,)]
    family.append(TABLE, rows(parent_id=5))
    with family.beside() as other:
        assert other.rows(f"SELECT count(*) FROM {TABLE}")[0][0] == 3


def test_columns_that_are_alike_in_every_row_may_be_told_once(family: Database) -> None:
    varying = pa.table({"student_id": [1, 2, 3], "parent_id": [7, 8, 9]})
    told: dict[str, str | int] = {"district_id": 1, "relationship": 'it\'s "one"'}
    for each in (varying, varying.slice(0, 0)):
        family.append(TABLE, each, told)
    read = family.rows(f"SELECT student_id, parent_id, district_id, relationship FROM {TABLE} ORDER BY student_id")
    assert read == [(student, student + 6, 1, 'it\'s "one"') for student in (1, 2, 3)]


def test_what_fails_with_such_columns_leaves_nothing(family: Database) -> None:
    with pytest.raises(DatabaseFault), family.transaction():
        family.append(TABLE, pa.concat_tables([rows(), rows()]).drop_columns(["relationship"]), {"relationship": "x"})
    assert family.rows(f"SELECT count(*) FROM {TABLE}")[0][0] == 0
