"""Holding one school back: every change that touches it waits, the rest of the district's goes on.

What waits moves from `change_`/`gone_` to `held_change_`/`held_gone_`. People of a held school wait with all that is
theirs, in other schools too, so that nothing applied points at something that waits.
"""

from rosterkeeper.engine import lost
from rosterkeeper.engine.belonging import PERSON_COLUMN, SCHOOL_COLUMN
from rosterkeeper.engine.changes import change_table, counted, gone_table
from rosterkeeper.engine.diff import EntityDiff
from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.oneroster.fields import ENTITIES, ROLES, Entity
from rosterkeeper.scratch import Scratch


def withhold(scratch: Scratch, schools: list[str], numbers: dict[str, EntityDiff]) -> int:
    """Set aside every change that touches ``schools``; returns how many records wait.

    What waits is taken out of ``numbers`` by operation and told in ``held``.
    """
    scratch.run("CREATE OR REPLACE TEMP TABLE held_school (sourced_id VARCHAR)")
    for school in schools:
        scratch.run("INSERT INTO held_school VALUES (?)", [school])
    people = [f"SELECT user_sourced_id FROM {lost.LOST} WHERE org_sourced_id IN (SELECT * FROM held_school)"]
    if scratch.has_relation(norm_table(ROLES)):
        people.append(
            f"SELECT user_sourced_id FROM {norm_table(ROLES)} WHERE org_sourced_id IN (SELECT * FROM held_school)"
        )
    scratch.run(f"CREATE OR REPLACE TEMP TABLE held_person AS {' UNION '.join(people)}")
    return sum(_set_aside(scratch, entity, numbers[entity.name]) for entity in ENTITIES if entity.name in numbers)


def put_back(scratch: Scratch, numbers: dict[str, EntityDiff]) -> None:
    """Make the whole change set one again: all of it is to wait."""
    for entity in ENTITIES:
        for source, held in (
            (change_table(entity), held_change_table(entity)),
            (gone_table(entity), held_gone_table(entity)),
        ):
            if scratch.has_relation(held):
                scratch.run(f"INSERT INTO {source} SELECT * FROM {held}")
                scratch.run(f"DROP TABLE {held}")
        if entity.name in numbers:
            each, left = numbers[entity.name], counted(scratch, entity)
            each.add, each.update, each.restore, each.remove = _ops(left)
            each.held = 0


def _ops(left: dict[str, int]) -> tuple[int, int, int, int]:
    return left["add"], left["update"], left["restore"], left["remove"]


def held_change_table(entity: Entity) -> str:
    """Where the entity's waiting records to add, update or restore stand."""
    return f"held_{change_table(entity)}"


def held_gone_table(entity: Entity) -> str:
    """Where the entity's waiting removals stand."""
    return f"held_{gone_table(entity)}"


def _set_aside(scratch: Scratch, entity: Entity, numbers: EntityDiff) -> int:
    tests = []
    if entity.name in SCHOOL_COLUMN:
        tests.append(f"{SCHOOL_COLUMN[entity.name]} IN (SELECT sourced_id FROM held_school)")
    if entity.name in PERSON_COLUMN:
        tests.append(f"{PERSON_COLUMN[entity.name]} IN (SELECT user_sourced_id FROM held_person)")
    for source, held in (
        (change_table(entity), held_change_table(entity)),
        (gone_table(entity), held_gone_table(entity)),
    ):
        if tests and scratch.has_relation(source):
            _make_writable(scratch, source)
            touched = " OR ".join(tests)
            scratch.run(f"CREATE TABLE {held} AS SELECT * FROM {source} WHERE {touched}")
            scratch.run(f"DELETE FROM {source} WHERE {touched}")
    before = numbers.add + numbers.update + numbers.restore + numbers.remove
    left = counted(scratch, entity)
    numbers.add, numbers.update, numbers.restore, numbers.remove = _ops(left)
    numbers.held = before - sum(left.values())
    return numbers.held


def _make_writable(scratch: Scratch, relation: str) -> None:
    """A change relation of a kind that has no live rows is a view; its rows can only be set aside from a table."""
    if not scratch.has_table(relation):
        scratch.run(f"CREATE TABLE made_of_view AS SELECT * FROM {relation}")
        scratch.run(f"DROP VIEW {relation}")
        scratch.run(f"ALTER TABLE made_of_view RENAME TO {relation}")
