"""What a run decided about people whom it did not simply take over: kept until a later run decides otherwise.

A finding tells of a row and is listed up to a bound; a decision tells of a person and is there for each of them, so
that "why is this student missing?" always has its answer. Ids and codes only; of whom an option left out also the
schools that the source names, as a JSON array: a school finds its own by them. Whoever is of a kind that is switched
off has none: by default these are all the parents of a district, and the option alone says as much.
"""

from enum import StrEnum
from typing import Final

from rosterkeeper.engine.changes import change_table, gone_table
from rosterkeeper.engine.fates import FROZEN, fate_table
from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.engine.withhold import held_change_table, held_gone_table
from rosterkeeper.oneroster.fields import ROLES, USERS
from rosterkeeper.oneroster.findings import ERROR_CODES
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.sources.contract import Fetched, Mode
from rosterkeeper.store.database import Database
from rosterkeeper.store.schema import DECISIONS


class Fate(StrEnum):
    """What became of a person in a run that did not take them over as the source says them."""

    LEFT_OUT = "left_out"
    REJECTED = "rejected"
    WITHHELD = "withheld"
    WAITING = "waiting"


# These are about one run's change set, and mean nothing once it is approved or dropped.
OF_A_RUN: Final = (Fate.WITHHELD, Fate.WAITING)


def write_decisions(
    database: Database, scratch: Scratch, fetched: Fetched, *, run: int, connection: int, whole_waits: bool
) -> None:
    """Keep what the run decided about people, as far as it differs from what is kept; call inside a transaction."""
    users = fetched.collections.get(USERS.name)
    if users is None:
        return
    decided = f"SELECT d.*, {_schools(scratch)} AS schools FROM ({_decided(scratch, whole_waits=whole_waits)}) d"
    scratch.run(f"CREATE OR REPLACE TEMP TABLE decision AS {decided}")
    with database.reader(
        f"SELECT sourced_id, fate, code, field, schools FROM {DECISIONS} WHERE connection_id = {connection}"
    ) as known:
        scratch.land("CREATE OR REPLACE TEMP TABLE known_decision AS SELECT * FROM incoming", known)
    lasting = f"fate NOT IN {tuple(map(str, OF_A_RUN))}"
    spoken = f"SELECT sourced_id FROM {norm_table(USERS)} UNION SELECT sourced_id FROM decision"
    touched = f"sourced_id IN ({spoken})" if users.mode is Mode.DELTA else "true"
    same = f"SELECT * FROM decision WHERE {lasting} INTERSECT SELECT * FROM known_decision"
    stale = f"SELECT * FROM known_decision WHERE {touched} OR NOT {lasting} EXCEPT ({same})"
    if scratch.count(f"SELECT count(*) FROM ({stale})"):
        ids = database.temporary(scratch.reader(f"SELECT sourced_id FROM ({stale})"))
        mine = f"connection_id = {connection} AND sourced_id IN (SELECT sourced_id FROM {quoted(ids)})"
        database.run(f"DELETE FROM {DECISIONS} WHERE {mine}")
        database.drop(ids)
    fresh = f"SELECT * FROM decision EXCEPT ({same})"
    if scratch.count(f"SELECT count(*) FROM ({fresh})"):
        made = f"{connection}::BIGINT AS connection_id, {run}::BIGINT AS run_id"
        database.append(DECISIONS, scratch.reader(f"SELECT {made}, * FROM ({fresh}) ORDER BY sourced_id"))


def _schools(scratch: Scratch) -> str:
    """The orgs in which this pull gives roles to the person ``d`` that an option left out; '' for none."""
    if not scratch.has_relation(norm_table(ROLES)):
        return "''"
    orgs = (
        f"SELECT to_json(list_sort(list(DISTINCT r.org_sourced_id)))::VARCHAR FROM {norm_table(ROLES)} r"
        f" WHERE r.user_sourced_id = d.sourced_id AND r.org_sourced_id <> '' AND d.fate = '{Fate.LEFT_OUT}'"
    )
    return f"coalesce(({orgs}), '')"


def _decided(scratch: Scratch, *, whole_waits: bool) -> str:
    """A query of sourced_id, fate, code, field: one row a person, the reason that comes first in a run."""
    wrong = f"entity = '{USERS.name}' AND sourced_id <> '' AND code IN ({ERROR_CODES})"
    columns = f"sourced_id, 1 AS place, '{Fate.REJECTED}' AS fate, code, coalesce(field, '') AS field"
    parts = [f"SELECT {columns} FROM finding WHERE {wrong}"]
    if scratch.has_relation(fate_table(USERS)):
        parts.append(
            f"SELECT sourced_id, 2, '{Fate.LEFT_OUT}', fate, '' FROM {fate_table(USERS)} WHERE fate <> '{FROZEN}'"
        )
    held = [(Fate.WITHHELD, held_change_table(USERS), "change"), (Fate.WITHHELD, held_gone_table(USERS), "remove")]
    waiting = [(Fate.WAITING, change_table(USERS), "change"), (Fate.WAITING, gone_table(USERS), "remove")]
    parts += [
        f"SELECT sourced_id, 3, '{fate}', '{what}', '' FROM {table}"
        for fate, table, what in (*held, *(waiting if whole_waits else ()))
        if scratch.has_relation(table)
    ]
    return (
        f"SELECT sourced_id, fate, code, field FROM ({' UNION ALL '.join(parts)})"
        " QUALIFY row_number() OVER (PARTITION BY sourced_id ORDER BY place, code, field) = 1"
    )
