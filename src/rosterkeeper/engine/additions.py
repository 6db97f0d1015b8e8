"""After diff, in a run that only adds: what it would change or remove is taken out of the change set, and counted.

A record that was removed before and is back counts as added: to whoever reads the roster nothing of what was there
changes, and a pupil who returns on such a day is as new as any other. The rest stays due: the run leaves no mark, no
digest and no settled options behind, so that the next one that may do all of it finds all of it.
"""

from rosterkeeper.engine.changes import change_table, gone_table
from rosterkeeper.engine.diff import EntityDiff
from rosterkeeper.oneroster.errors import SourceRefused
from rosterkeeper.oneroster.fields import BY_NAME
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Fetched, Mode


def require_whole(fetched: Fetched) -> None:
    """SourceRefused where the source gave changes alone: what is not taken of them now would never be told again."""
    if any(each.mode is Mode.DELTA for each in fetched.collections.values()):
        raise SourceRefused(
            "source.delta_only_adds",
            "The source gave only what changed (a delta), and a run that only adds would lose the rest of it."
            " Nothing was changed.",
            todo="Sync it without --additions-only, or after the additions-only dates.",
        )


def keep_additions(scratch: Scratch, numbers: dict[str, EntityDiff]) -> dict[str, dict[str, int]]:
    """Take updates and removals out of the change set and out of ``numbers``; returns how many, by entity.

    ``emptied`` is how many live records there are of a kind of which the source gave none.
    """
    left: dict[str, dict[str, int]] = {}
    for name, each in numbers.items():
        entity = BY_NAME[name]
        put_off = {"update": each.update, "remove": each.remove, "emptied": each.live if each.emptied else 0}
        # A relation without updates may be a view, from which nothing can be deleted.
        if each.update:
            scratch.run(f"DELETE FROM {change_table(entity)} WHERE op = 'update'")
        if scratch.has_relation(gone_table(entity)):
            scratch.run(f"DROP TABLE {gone_table(entity)}")
        each.update, each.remove, each.emptied = 0, 0, False
        if any(put_off.values()):
            left[name] = {op: number for op, number in put_off.items() if number}
    return left
