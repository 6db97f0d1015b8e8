"""After diff: what is switched off is not removed by absence, and what the options remove is told apart.

`pardoned_<entity>` holds the sourced_ids whose removal is the doing of options that were changed since the roster was
made: it waits for somebody's word, and the guard does not count it.
"""

from rosterkeeper.engine.changes import gone_table
from rosterkeeper.engine.diff import EntityDiff
from rosterkeeper.engine.live import LiveRoster
from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.engine.options import ByOptions, Options, Selection
from rosterkeeper.engine.pardoned import pardoned_table
from rosterkeeper.engine.people import PERSON_OF, frozen_kinds, kind_of
from rosterkeeper.engine.reasons import Reason
from rosterkeeper.engine.teaching import listed
from rosterkeeper.oneroster.fields import BY_NAME, ROLES, USERS
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Fetched, Mode


def keep_frozen(scratch: Scratch, live: LiveRoster, numbers: dict[str, EntityDiff], options: Options) -> None:
    """Take out of the removals whoever is of a kind that is switched off, with what is theirs."""
    kinds = frozen_kinds(options)
    gone = [(entity, column) for entity, column in PERSON_OF if scratch.has_relation(gone_table(entity))]
    if not kinds or not gone:
        return
    people = [f"SELECT {column} AS sourced_id FROM {gone_table(entity)}" for entity, column in gone]
    ids = scratch.reader(" UNION ".join(people)).read_all()
    if not ids.num_rows:
        return
    scratch.land(
        "CREATE OR REPLACE TEMP TABLE frozen_person AS SELECT user_sourced_id AS sourced_id FROM incoming"
        f" GROUP BY user_sourced_id HAVING bool_and({kind_of('role')} IN ({listed(kinds)}))",
        live.roles_of(ids),
    )
    for entity, column in gone:
        scratch.run(f"DELETE FROM {gone_table(entity)} WHERE {column} IN (SELECT sourced_id FROM frozen_person)")
    if scratch.has_relation(gone_table(ROLES)):
        leaving = (
            f"SELECT sourced_id FROM {gone_table(USERS)}"
            if scratch.has_relation(gone_table(USERS))
            else "SELECT '' WHERE false"
        )
        scratch.run(
            f"DELETE FROM {gone_table(ROLES)} WHERE {kind_of('role')} IN ({listed(kinds)})"
            f" AND user_sourced_id NOT IN ({leaving})"
        )
    for entity, _ in gone:
        if entity.name in numbers:
            numbers[entity.name].remove = scratch.count(f"SELECT count(*) FROM {gone_table(entity)}")


def account(
    scratch: Scratch,
    fetched: Fetched,
    numbers: dict[str, EntityDiff],
    selection: Selection,
    put_off: dict[str, dict[str, int]],
) -> ByOptions:
    """Count what the options did, and pardon the removals of a change of options."""
    told = scratch.rows(
        "SELECT code, entity, count(*) FROM finding WHERE starts_with(code, 'option.') GROUP BY ALL ORDER BY ALL"
    )
    full = all(each.mode is Mode.BULK for each in fetched.collections.values())
    made = ByOptions(
        changed=selection.changed,
        settled=full and not put_off,
        additions_only=selection.additions_only,
        put_off=put_off,
    )
    for code, name, number in told:
        made.left_out.setdefault(str(code), {})[str(name)] = int(number or 0)
    for name, each in numbers.items():
        entity = BY_NAME[name]
        if each.remove and scratch.has_relation(norm_table(entity)):
            removed = (
                f"SELECT sourced_id FROM {gone_table(entity)} SEMI JOIN"
                f" (SELECT sourced_id FROM {norm_table(entity)} WHERE status = 'left_out') n USING (sourced_id)"
            )
            number = scratch.count(f"SELECT count(*) FROM ({removed})")
            if number:
                made.removed[name] = number
            if number and selection.changed:
                scratch.run(f"CREATE TABLE {pardoned_table(entity)} AS {removed}")
    return made


def unconfirmed(made: ByOptions, selection: Selection | None) -> list[Reason]:
    """Why a change of options waits: it removes live rows, and nobody has agreed to that yet."""
    if selection is None or selection.confirmed or not (made.changed and made.removed):
        return []
    whom = ", ".join(f"{number} {name}" for name, number in made.removed.items())
    says = f"The connection's changed options remove {whom}; the limits do not count them."
    return [Reason("hold.options", says, number=sum(made.removed.values()))]
