"""The removals that the guard counts: all but those of a change of options, which somebody has to confirm anyway."""

from rosterkeeper.engine.changes import gone_table
from rosterkeeper.oneroster.fields import Entity, snake
from rosterkeeper.scratch import Scratch


def pardoned_table(entity: Entity) -> str:
    """The scratch table of the pardoned removals' sourced_ids; it is there only where there are some."""
    return f"pardoned_{snake(entity.name)}"


def counted_gone(scratch: Scratch, entity: Entity) -> str:
    """The relation of the entity's removals that count."""
    if not scratch.has_relation(pardoned_table(entity)):
        return gone_table(entity)
    return f"(SELECT * FROM {gone_table(entity)} ANTI JOIN {pardoned_table(entity)} USING (sourced_id))"


def count_pardoned(scratch: Scratch, entity: Entity) -> int:
    """How many removals do not count."""
    if not scratch.has_relation(pardoned_table(entity)):
        return 0
    return scratch.count(f"SELECT count(*) FROM {pardoned_table(entity)}")
