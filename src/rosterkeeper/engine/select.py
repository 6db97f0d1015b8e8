"""select: the options of the connection are applied to the canonical rows, between validate and diff.

What is left out keeps its row with the status `left_out`, so that diff removes the live one; what is frozen leaves the
canonical tables and stands among the ids that diff does not touch. Why a record is out is a finding of the family
`option`, at the person, class or course that is out; what hangs on it follows without one.
"""

from dataclasses import replace
from typing import Final

from rosterkeeper.engine.fates import FROZEN, fate_table, make_fates
from rosterkeeper.engine.forgiven import forgive_excluded
from rosterkeeper.engine.live import LiveRoster
from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.engine.options import Selection
from rosterkeeper.engine.people import PERSON_OF, judge_people
from rosterkeeper.engine.references import drop_links, links, live_table, rejected_table, target_table
from rosterkeeper.engine.teaching import judge_teaching
from rosterkeeper.oneroster.fields import BY_NAME, CLASSES, COURSES, ENROLLMENTS, ROLES, USERS, Entity
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Fetched, Mode, drop_raw

_OWNED: Final = tuple((entity, column) for entity, column in PERSON_OF if entity is not USERS)


def narrow(scratch: Scratch, pulled: Fetched, selection: Selection | None) -> Fetched:
    """Forget the raw collections that the run neither takes over nor judges by."""
    if selection is None:
        return pulled
    kept = {name: each for name, each in pulled.collections.items() if selection.needs(name)}
    for name in pulled.collections.keys() - kept.keys():
        unlanded = pulled.collections[name].unlanded
        if unlanded:
            unlanded.drop(scratch)
        else:
            drop_raw(scratch, BY_NAME[name])
    return replace(pulled, collections=kept)


def select(scratch: Scratch, live: LiveRoster, fetched: Fetched, selection: Selection | None, *, today: str) -> Fetched:
    """Apply the options to validated rows; returns the collections that diff may compare.

    ``today`` is the district's date (YYYY-MM-DD).
    """
    if selection is None:
        return fetched
    make_fates(scratch)
    forgive_excluded(scratch, selection.options)
    judge_teaching(scratch, live, fetched, selection.options, today=today)
    judge_people(scratch, live, fetched, selection.options, today=today)
    _tell(scratch, fetched)
    _part(scratch, fetched)
    _make_nobody(scratch)
    if selection.options.hides:
        _leave_out_strays(scratch, fetched)
    _prune_agents(scratch, fetched, hides=selection.options.hides)
    taken = {name: each for name, each in fetched.collections.items() if selection.takes(name)}
    return replace(fetched, collections=taken)


def _tell(scratch: Scratch, fetched: Fetched) -> None:
    """Say of each class, course and person that is left out why."""
    for entity in (COURSES, CLASSES, USERS):
        collection = fetched.collections.get(entity.name)
        if collection is not None:
            scratch.run(
                f"INSERT INTO finding SELECT f.fate, ?, n.row, ?, n.sourced_id, '' FROM {norm_table(entity)} n"
                f" JOIN {fate_table(entity)} f ON f.sourced_id = n.sourced_id"
                f" WHERE n.status = 'active' AND f.fate <> '{FROZEN}'",
                [collection.place, entity.name],
            )


def _part(scratch: Scratch, fetched: Fetched) -> None:
    """Take what has a fate out, with what hangs on it."""
    for entity in (COURSES, CLASSES, USERS, ROLES):
        _follow(scratch, fetched, entity, "sourced_id", entity)
    for entity, owner in _OWNED:
        _follow(scratch, fetched, entity, owner, USERS)
    _follow(scratch, fetched, ENROLLMENTS, "class_sourced_id", CLASSES)


def _follow(scratch: Scratch, fetched: Fetched, entity: Entity, column: str, leader: Entity) -> None:
    """Give the entity's rows the fate of what their ``column`` names among ``leader``."""
    if entity.name not in fetched.collections:
        return
    table, fates = norm_table(entity), fate_table(leader)
    kinds = {bool(row[0]) for row in scratch.rows(f"SELECT DISTINCT fate = '{FROZEN}' FROM {fates}")}
    if True in kinds:
        frozen = f"{column} IN (SELECT sourced_id FROM {fates} WHERE fate = '{FROZEN}')"
        scratch.run(f"INSERT INTO {rejected_table(entity)} SELECT sourced_id FROM {table} WHERE {frozen}")
        scratch.run(f"DELETE FROM {table} WHERE {frozen}")
    if False in kinds:
        out = f"{column} IN (SELECT sourced_id FROM {fates} WHERE fate <> '{FROZEN}')"
        scratch.run(f"UPDATE {table} SET status = 'left_out' WHERE status = 'active' AND {out}")


def _make_nobody(scratch: Scratch) -> None:
    """Make `nobody`: the people of this pull who are left out, or frozen and not live."""
    fates, stored = fate_table(USERS), live_table(USERS)
    scratch.run(
        f"CREATE TEMP TABLE nobody AS SELECT sourced_id FROM {fates} EXCEPT SELECT f.sourced_id FROM {fates} f"
        f" SEMI JOIN {stored} l ON l.sourced_id = f.sourced_id AND l.active = 1 WHERE f.fate = '{FROZEN}'"
    )


def _prune_agents(scratch: Scratch, fetched: Fetched, *, hides: bool) -> None:
    """Drop the links to people who are not there: nothing may point at nobody."""
    users = fetched.collections.get(USERS.name)
    if users is None:
        return
    everybody = hides and users.mode is Mode.DELTA
    if not everybody and not scratch.count("SELECT count(*) FROM nobody"):
        return
    (link,) = (each for each in links(USERS) if each.column == "agent_sourced_ids")
    lost = f"NOT IN ({_standing(scratch, USERS)})" if everybody else "IN (SELECT sourced_id FROM nobody)"
    lost += " AND pointed NOT IN (SELECT sourced_id FROM stranger)"
    scratch.run(
        "CREATE OR REPLACE TEMP TABLE dangling AS SELECT row, sourced_id, pointed FROM"
        f" (SELECT row, sourced_id, unnest({link.column}::JSON::VARCHAR[]) AS pointed FROM {norm_table(USERS)}"
        f" WHERE status = 'active' AND {link.column} <> '') WHERE pointed {lost}"
    )
    drop_links(scratch, norm_table(USERS), link)


def _leave_out_strays(scratch: Scratch, fetched: Fetched) -> None:
    """A delta may speak of what hangs on a record left out long ago: neither live nor in the delta."""
    for entity in (CLASSES, *(entity for entity, _ in _OWNED)):
        collection = fetched.collections.get(entity.name)
        if collection is None or collection.mode is Mode.BULK:
            continue
        for link in links(entity):
            if link.must:
                stray = (
                    f"status = 'active' AND {link.column} <> ''"
                    f" AND {link.column} NOT IN ({_standing(scratch, BY_NAME[link.target])})"
                )
                table = norm_table(entity)
                scratch.run(
                    "INSERT INTO finding SELECT 'option.not_taken', ?, row, ?, sourced_id, ?"
                    f" FROM {table} WHERE {stray}",
                    [collection.place, entity.name, link.csv],
                )
                scratch.run(f"UPDATE {table} SET status = 'left_out' WHERE {stray}")


def _standing(scratch: Scratch, entity: Entity) -> str:
    """The ids of the entity that are there after this run."""
    there = f"SELECT sourced_id FROM {target_table(entity.name)}"
    if scratch.has_table(norm_table(entity)):
        there += f" WHERE sourced_id NOT IN (SELECT sourced_id FROM {norm_table(entity)} WHERE status = 'left_out')"
    return f"{there} EXCEPT SELECT sourced_id FROM nobody" if entity is USERS else there
