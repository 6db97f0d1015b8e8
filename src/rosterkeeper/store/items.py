"""The records of a kept change set, a page at a time: of one that waits, or of a comparison of two snapshots.

A comparison is kept in the form of a change set, and also keeps what its records were before (`before_`); for a change
set that waits, that stands in the live roster.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from rosterkeeper.engine.belonging import PERSON_COLUMN, SCHOOL_COLUMN
from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.oneroster.fields import BY_NAME, CLASSES, COURSES, ENROLLMENTS, ENTITIES, ROLES, Entity
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.store.artifacts import Artifacts
from rosterkeeper.store.chains import snapshot_relation
from rosterkeeper.store.live import StoredRoster
from rosterkeeper.store.parquet import parquet, part, write_parquet
from rosterkeeper.store.schema import NUMBERS, live_columns

# In a district with more schools than this the rest is summed up by nobody: the page shows the hardest hit.
_MOST_TALLIES: Final = 400
_TALLIED: Final = (ROLES, CLASSES, COURSES, ENROLLMENTS)

Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records: see `job.words.Pick`."""

    entity: str
    ops: Sequence[str]
    school: str
    after: str
    limit: int


@dataclass(frozen=True, slots=True)
class Found:
    """One record of a change set, with its columns before and after."""

    op: str
    sourced_id: str
    before: Cells
    after: Cells


class Kept:
    """One kept change set; RunRefused ``run.changes_lost`` where it is not there any more."""

    def __init__(self, scratch: Scratch, artifacts: Artifacts, name: str, live: StoredRoster) -> None:
        self._folder = artifacts.folder(name)
        if not name or not self._folder.is_dir():
            raise RunRefused(
                "run.changes_lost",
                "The change set that was held is no longer kept.",
                todo="Run the sync again; it works the change out anew.",
            )
        self._scratch = scratch
        self._live = live

    def counts(self) -> dict[str, dict[str, int]]:
        """How many records each operation touches, by entity."""
        found: dict[str, dict[str, int]] = {}
        for entity in ENTITIES:
            keys = self._keys(entity)
            rows = self._scratch.rows(f"SELECT op, count(*) FROM ({keys}) GROUP BY op") if keys else []
            found[entity.name] = {str(op): int(number or 0) for op, number in rows}
        return found

    def page(self, wanted: Wanted) -> tuple[list[Found], bool]:
        """The records asked for, in the order of their ids, and whether more follow."""
        entity, scratch = BY_NAME[wanted.entity], self._scratch
        keys = self._keys(entity)
        if not keys:
            return [], False
        tests = ["sourced_id > ?"]
        values: list[str] = [wanted.after]
        if wanted.ops:
            tests.append(f"op IN ({', '.join('?' for _ in wanted.ops)})")
            values += wanted.ops
        if wanted.school:
            tests.append(self._in_school(entity, wanted.school))
        scratch.run(
            f"CREATE OR REPLACE TEMP TABLE picked AS SELECT op, sourced_id FROM ({keys}) WHERE {' AND '.join(tests)}"
            f" ORDER BY sourced_id LIMIT {wanted.limit + 1}",
            values,
        )
        ops = {str(key): str(op) for op, key in scratch.rows("SELECT op, sourced_id FROM picked ORDER BY sourced_id")}
        after, gone, before = (self._cells(entity, kind) for kind in ("change_", "gone_", "before_"))
        known = before if self._path(entity, "before_").exists() else self._live_cells(entity, ops)
        found = [Found(op, key, {**known, **gone}.get(key, {}), after.get(key, {})) for key, op in ops.items()]
        return found[: wanted.limit], len(found) > wanted.limit

    def tallies(self) -> list[tuple[str, str, str, int]]:
        """How many records are touched in each school: (entity, school, operation, number), most first."""
        parts = []
        for entity in _TALLIED:
            keys = self._keys(entity, also=SCHOOL_COLUMN[entity.name])
            if keys:
                parts.append(
                    f"SELECT '{entity.name}' AS entity, school, op, count(*) AS number FROM ({keys}) GROUP BY ALL"
                )
        if not parts:
            return []
        rows = self._scratch.rows(
            f"SELECT entity, school, op, number FROM ({' UNION ALL '.join(parts)})"
            f" ORDER BY number DESC, school, entity, op LIMIT {_MOST_TALLIES}"
        )
        return [(str(name), str(school), str(op), int(number or 0)) for name, school, op, number in rows]

    def _keys(self, entity: Entity, *, also: str = "") -> str:
        """A query of op and sourced_id, and of ``also`` as ``school``; '' where the entity is not touched."""
        more = f", {quoted(also)} AS school" if also else ""
        parts = []
        for kind, op in (("change_", "op"), ("gone_", "'remove'")):
            path = self._path(entity, kind)
            if path.exists():
                parts.append(f"SELECT {op} AS op, sourced_id{more} FROM {parquet(path)}")
        return " UNION ALL ".join(parts)

    def _in_school(self, entity: Entity, school: str) -> str:
        """The test that a record belongs to the school, or to somebody who has a role there."""
        escaped = school.replace("'", "''")
        if entity.name in SCHOOL_COLUMN:
            keys = self._keys(entity, also=SCHOOL_COLUMN[entity.name])
            return f"sourced_id IN (SELECT sourced_id FROM ({keys}) WHERE school = '{escaped}')"
        if entity.name not in PERSON_COLUMN:
            return "true"
        self._scratch.land("CREATE OR REPLACE TEMP TABLE member AS SELECT * FROM incoming", self._live.members(school))
        people = ["SELECT user_sourced_id FROM member"]
        for kind in ("change_", "gone_"):
            if self._path(ROLES, kind).exists():
                people.append(
                    f"SELECT user_sourced_id FROM {parquet(self._path(ROLES, kind))} WHERE org_sourced_id = '{escaped}'"
                )
        owner = PERSON_COLUMN[entity.name]
        mine = " UNION ".join(people)
        owned = [
            f"SELECT sourced_id FROM {parquet(path)} WHERE {quoted(owner)} IN ({mine})"
            for kind in ("change_", "gone_")
            if (path := self._path(entity, kind)).exists()
        ]
        return f"sourced_id IN ({' UNION ALL '.join(owned)})"

    def _cells(self, entity: Entity, kind: str) -> dict[str, Cells]:
        """The picked records as one of the files has them, by id."""
        path = self._path(entity, kind)
        if not path.exists():
            return {}
        columns = _shown(entity)
        picked = f"{parquet(path)} SEMI JOIN picked USING (sourced_id)"
        rows = self._scratch.rows(f"SELECT sourced_id, {', '.join(map(quoted, columns))} FROM {picked}")
        return {str(key): _filled(columns, cells) for key, *cells in rows}

    def _live_cells(self, entity: Entity, ops: dict[str, str]) -> dict[str, Cells]:
        ids = [key for key, op in ops.items() if op in ("update", "restore")]
        if not ids:
            return {}
        self._scratch.land(
            "CREATE OR REPLACE TEMP TABLE live_picked AS SELECT * FROM incoming",
            self._live.rows(entity, pa.table({"sourced_id": ids})),
        )
        columns = _shown(entity)
        rows = self._scratch.rows(f"SELECT sourced_id, {', '.join(map(quoted, columns))} FROM live_picked")
        return {str(key): _filled(columns, cells) for key, *cells in rows}

    def _path(self, entity: Entity, kind: str) -> Path:
        return part(self._folder, entity, kind)


def write_comparison(scratch: Scratch, artifacts: Artifacts, *, older: str, newer: str, name: str) -> None:
    """Keep what differs between two snapshots in the form of a change set that leads from one to the other."""
    for each in (older, newer):
        if not each or not artifacts.folder(each).is_dir():
            raise RunRefused(
                "compare.no_snapshot",
                "One of the two runs has no snapshot any more; the last thirty are kept.",
                todo="Choose two of the snapshots that are listed.",
            )
    folder = artifacts.begin(name)
    for entity in ENTITIES:
        one, other = (_active(artifacts, each, entity) for each in (older, newer))
        columns = ", ".join(f"n.{quoted(column)}" for column in live_columns(entity))
        known = f"(SELECT sourced_id, row_hash FROM {one})"
        op = "CASE WHEN o.sourced_id IS NULL THEN 'add' ELSE 'update' END"
        different = "o.sourced_id IS NULL OR o.row_hash <> n.row_hash"
        write_parquet(
            scratch,
            f"SELECT {op} AS op, {columns} FROM {other} n LEFT JOIN {known} o USING (sourced_id) WHERE {different}",
            part(folder, entity, "change_"),
        )
        write_parquet(
            scratch,
            f"SELECT * FROM {one} ANTI JOIN (SELECT sourced_id FROM {other}) USING (sourced_id)",
            part(folder, entity, "gone_"),
        )
        touched = f"SELECT sourced_id FROM {parquet(part(folder, entity, 'change_'))} WHERE op = 'update'"
        write_parquet(
            scratch,
            f"SELECT * FROM {one} SEMI JOIN ({touched}) USING (sourced_id)",
            part(folder, entity, "before_"),
        )


def _active(artifacts: Artifacts, name: str, entity: Entity) -> str:
    relation = snapshot_relation(artifacts, name, entity)
    if relation is None:
        zero, blank = "0::BIGINT", "''::VARCHAR"
        cells = ", ".join(
            f"{zero if column in NUMBERS else blank} AS {quoted(column)}" for column in live_columns(entity)
        )
        return f"(SELECT {cells} WHERE false)"
    return f"(SELECT * FROM {relation} WHERE status = 'active')"


def _shown(entity: Entity) -> list[str]:
    return [*(field.column for field in entity.content_fields), "metadata"]


def _filled(columns: Sequence[str], cells: Sequence[object]) -> Cells:
    return {column: str(cell) for column, cell in zip(columns, cells, strict=True) if cell not in (None, "")}
