"""validate: every record is judged; what has an error stays out of the change set, and its live row stays as it is."""

from rosterkeeper.engine.known import keep_known
from rosterkeeper.engine.live import LiveRoster
from rosterkeeper.engine.normalize import norm_table, tests_of
from rosterkeeper.engine.references import (
    TARGETS,
    check_own_links,
    check_references,
    make_target,
    reject,
)
from rosterkeeper.engine.semantics import check_meaning
from rosterkeeper.oneroster.fields import ENTITIES, Entity
from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.sources.contract import Collection, Fetched, Mode, Watch


def validate(scratch: Scratch, live: LiveRoster, fetched: Fetched, watch: Watch, *, complete: bool) -> None:
    """Judge every collection, in load order: what is pointed at comes before what points at it.

    The live hashes must have been landed (`land_live`). Not ``complete``: what a delta points at cannot be judged.
    """
    for done, entity in enumerate(ENTITIES):
        watch.check()
        watch.progress("validate", entity.name, done, len(ENTITIES))
        collection = fetched.collections.get(entity.name)
        if collection is not None:
            if not collection.rows:
                scratch.find([Finding("table.empty_collection", collection.place, 0, entity.name)])
            _tell_faults(scratch, fetched, entity, collection)
            _check_ids(scratch, entity, collection)
            if complete or collection.mode is Mode.BULK:
                check_references(scratch, entity, collection)
        reject(scratch, entity)
        if entity.name in TARGETS:
            make_target(scratch, live, fetched, entity)
        if collection is not None:
            if complete or collection.mode is Mode.BULK:
                check_own_links(scratch, entity, collection)
            keep_known(scratch, live, entity)
            check_meaning(scratch, fetched, entity, collection)


def _tell_faults(scratch: Scratch, fetched: Fetched, entity: Entity, collection: Collection) -> None:
    """Write a finding for each fault that normalize saw in a cell."""
    table = norm_table(entity)
    seen = scratch.count(f"SELECT coalesce(bit_or(faults), 0) FROM {table}")
    for place, test in enumerate(tests_of(fetched, entity)):
        if seen >> place & 1:
            scratch.run(
                f"INSERT INTO finding SELECT ?, ?, row, ?, sourced_id, ? FROM {table} WHERE faults >> {place} & 1 = 1",
                [test.code, collection.place, entity.name, test.field],
            )


def _check_ids(scratch: Scratch, entity: Entity, collection: Collection) -> None:
    """A sourcedId stands for one record (unique within its file, by its exact bytes)."""
    table = norm_table(entity)
    # Many sources give their records in the order of their ids, and then there is nothing to group.
    if scratch.ascends(table, "sourced_id"):
        return
    scratch.run(
        # Grouping by a number first: eight million ids as text would not fit into memory.
        f"CREATE OR REPLACE TEMP TABLE twice AS SELECT sourced_id FROM {table} WHERE sourced_id <> ''"
        f" AND hash(sourced_id) IN (SELECT hash(sourced_id) FROM {table} GROUP BY 1 HAVING count(*) > 1)"
        " GROUP BY sourced_id HAVING count(*) > 1"
    )
    if not scratch.count("SELECT count(*) FROM twice"):
        return
    columns = ", ".join(quoted(field.column) for field in entity.content_fields)
    scratch.run(
        f"CREATE OR REPLACE TEMP TABLE alike AS SELECT sourced_id, min(row) AS row FROM (SELECT * FROM {table}"
        f" SEMI JOIN twice USING (sourced_id)) GROUP BY sourced_id"
        f" HAVING count(DISTINCT md5(concat_ws(chr(31), status, {columns}, metadata))) = 1"
    )
    alike = "SELECT sourced_id FROM alike"
    spare = f"(sourced_id, row) NOT IN (SELECT (sourced_id, row) FROM alike) AND sourced_id IN ({alike})"
    for code, where in (("row.duplicate_id", f"sourced_id NOT IN ({alike})"), ("row.repeated", spare)):
        scratch.run(
            f"INSERT INTO finding SELECT ?, ?, row, ?, sourced_id, 'sourcedId' FROM {table}"
            f" SEMI JOIN twice USING (sourced_id) WHERE {where}",
            [code, collection.place, entity.name],
        )
    scratch.run(
        f"DELETE FROM {table} WHERE sourced_id IN (SELECT sourced_id FROM alike)"
        " AND (sourced_id, row) NOT IN (SELECT (sourced_id, row) FROM alike)"
    )
