"""What really changed in a sample district between one day and the next, to judge a sync's counts by."""

import msgspec

from rosterkeeper.oneroster.fields import V1P2, VERSIONS
from rosterkeeper.sample.district import PARTS, entities, rows
from rosterkeeper.scratch import Scratch


class Change(msgspec.Struct):
    """How many records of one entity a day adds, changes and takes away, and how many it ends with."""

    add: int = 0
    update: int = 0
    remove: int = 0
    rows: int = 0


class Truth(msgspec.Struct):
    """Per entity, by its plural name, what changed from the day before; on day 1 every record is an addition.

    ``roles`` are counted in every version: one for each user and org, whichever file tells them.
    """

    users: int
    seed: int
    day: int
    version: str
    counts: dict[str, Change]


def find_changes(scratch: Scratch, version: str, day: int) -> dict[str, Change]:
    """Compare ``day`` with the day before and keep each entity's differences in the table ``changed_<entity>``.

    Its columns: ``id``, ``op`` (add, update or remove) and ``rest``, the cells of the new row, or the old one's
    where it is gone. Rows that no one astir has a part in are equal by construction and are not compared.
    """
    for entity in entities(V1P2):
        form = version if version in entity.versions else VERSIONS[-1]
        parts = [part for part in PARTS if part.entity == entity.name]
        now, before = (
            " UNION ALL ".join(f"({rows(part, form, each, astir_only=True)})" for part in parts)
            for each in (day, day - 1)
        )
        scratch.run(
            f"CREATE TABLE changed_{entity.name} AS"
            " SELECT id, CASE WHEN b.rest IS NULL THEN 'add' WHEN a.rest IS NULL THEN 'remove' ELSE 'update' END AS op,"
            " coalesce(a.rest, b.rest) AS rest"
            f" FROM ({now}) a FULL JOIN ({before}) b USING (id)"
            " WHERE a.rest IS DISTINCT FROM b.rest ORDER BY id"
        )
    return {entity.name: _change(scratch, entity.name) for entity in entities(V1P2)}


def count_rows(scratch: Scratch, day: int) -> dict[str, int]:
    """How many records each entity has on ``day``."""
    counted: dict[str, int] = {}
    for part in PARTS:
        number = scratch.count(f"SELECT count(*) FROM {part.call(day - 1, astir_only=False)}")
        counted[part.entity] = counted.get(part.entity, 0) + number
    return counted


def _change(scratch: Scratch, name: str) -> Change:
    found = {str(op): scratch.count(f"SELECT count(*) FROM changed_{name} WHERE op = ?", [op]) for op in _OPS}
    return Change(**found)


_OPS = ("add", "update", "remove")
