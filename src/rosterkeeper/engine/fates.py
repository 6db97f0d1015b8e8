"""What the options have in store for a record: left out for a reason, which is a finding's code, or frozen.

For each entity that options judge, `fate_<entity>` holds sourced_id and fate; what is not in it is taken over.
"""

from typing import Final

from rosterkeeper.oneroster.fields import CLASSES, COURSES, ROLES, USERS, Entity, snake
from rosterkeeper.scratch import Scratch

FROZEN: Final = "frozen"
_JUDGED: Final = (COURSES, CLASSES, USERS, ROLES)


def fate_table(entity: Entity) -> str:
    """The scratch table of the entity's fates."""
    return f"fate_{snake(entity.name)}"


def make_fates(scratch: Scratch) -> None:
    """Make the empty tables."""
    for entity in _JUDGED:
        scratch.run(f"CREATE TEMP TABLE {fate_table(entity)} (sourced_id VARCHAR, fate VARCHAR)")


def set_fate(scratch: Scratch, entity: Entity, code: str, ids: str) -> None:
    """Give ``code`` as its fate to each id of the query ``ids`` that has none yet."""
    table = fate_table(entity)
    scratch.run(
        f"INSERT INTO {table} SELECT DISTINCT sourced_id, '{code}' FROM ({ids})"
        f" WHERE sourced_id NOT IN (SELECT sourced_id FROM {table})"
    )
