"""history: what each applied run did to one person, read from the kept snapshots.

A snapshot holds the rows that its run touched, and stands on the one before it; laid over one another they are the
person's records at each state version, and two neighbours differ by what the run between them did.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rosterkeeper.oneroster.fields import BASE_FIELDS, DEMOGRAPHICS, ENROLLMENTS, ROLES, USER_PROFILES, USERS, Entity
from rosterkeeper.scratch import Cell, Scratch, quoted
from rosterkeeper.store.artifacts import Artifacts
from rosterkeeper.store.chains import parents_of
from rosterkeeper.store.database import Database
from rosterkeeper.store.parquet import part
from rosterkeeper.store.schema import APPLIED
from rosterkeeper.store.snapshots import KEPT

# What belongs to a person, and the column that says to whom.
OWNED: Final = (
    (USERS, "sourced_id"),
    (ROLES, "user_sourced_id"),
    (ENROLLMENTS, "user_sourced_id"),
    (DEMOGRAPHICS, "sourced_id"),
    (USER_PROFILES, "user_sourced_id"),
)

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """What one applied run did to one record: (field, before, after) for each field that changed."""

    run: int
    applied_at: str
    action: str
    entity: str
    sourced_id: str
    op: str
    fields: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class _Version:
    run: int
    applied_at: str
    action: str
    snapshot: str


def history_of(
    database: Database, scratch: Scratch, artifacts: Artifacts, *, connection: int, person: str
) -> list[Step]:
    """The steps of one person's records through the kept snapshots, the newest first."""
    versions = _versions(database, artifacts, connection)
    chains = {each.snapshot: _chain(artifacts, each.snapshot) for each in versions}
    folders = sorted({name for chain in chains.values() for name in chain})
    steps: list[Step] = []
    for entity, owner in OWNED:
        held = _rows(scratch, artifacts, folders, entity, owner, person)
        before: dict[str, Row] | None = None
        for version in versions:
            after: dict[str, Row] = {}
            for name in reversed(chains[version.snapshot]):
                after |= held.get(name, {})
            if before is not None:
                steps += _steps(version, entity, before, after)
            before = after
    order = {version.run: place for place, version in enumerate(versions)}
    return sorted(steps, key=lambda step: -order[step.run])


def _versions(database: Database, artifacts: Artifacts, connection: int) -> list[_Version]:
    """The state versions whose snapshot is kept, the oldest first."""
    rows = database.rows(
        f"SELECT run_id, applied_at, action, snapshot FROM {APPLIED} WHERE connection_id = $1 AND snapshot <> ''"
        f" ORDER BY state_version DESC LIMIT {KEPT}",
        [connection],
    )
    found = [_Version(int(run or 0), str(at), str(action), str(name)) for run, at, action, name in rows]
    return [each for each in reversed(found) if artifacts.folder(each.snapshot).is_dir()]


def _chain(artifacts: Artifacts, name: str) -> list[str]:
    """The snapshot and those that it stands on, the whole one last."""
    chain = []
    while name:
        chain.append(name)
        name = parents_of(artifacts.folder(name))
    return chain


def _rows(
    scratch: Scratch, artifacts: Artifacts, folders: list[str], entity: Entity, owner: str, person: str
) -> dict[str, dict[str, Row]]:
    """The person's rows of the entity in each snapshot's own files, by snapshot and id."""
    names = [field.column for field in entity.content_fields]
    columns = ", ".join(quoted(each) for each in ("sourced_id", "status", *names, "metadata"))
    found: dict[str, dict[str, Row]] = {}
    files = {str(path): name for name in folders if (path := part(artifacts.folder(name), entity)).exists()}
    if not files:
        return found
    listed = ", ".join(f"'{_escaped(path)}'" for path in files)
    rows = scratch.rows(
        f"SELECT filename, {columns} FROM read_parquet([{listed}], filename = true) WHERE {quoted(owner)} = ?", [person]
    )
    for file, sourced_id, *cells in rows:
        row = dict(zip(("status", *names, "metadata"), map(_text, cells), strict=True))
        found.setdefault(files[str(file)], {})[str(sourced_id)] = row
    return found


def _steps(version: _Version, entity: Entity, before: dict[str, Row], after: dict[str, Row]) -> Iterator[Step]:
    for sourced_id in sorted(before.keys() | after.keys()):
        old, new = before.get(sourced_id), after.get(sourced_id)
        op = _op(old, new)
        if op:
            fields = [
                (field, (old or {}).get(column, ""), (new or {}).get(column, ""))
                for column, field in _labels(entity)
                if (old or {}).get(column, "") != (new or {}).get(column, "")
            ]
            shown = fields if op == "update" else []
            yield Step(version.run, version.applied_at, version.action, entity.name, sourced_id, op, shown)


def _op(old: Row | None, new: Row | None) -> str:
    if old == new:
        return ""
    was, is_now = (bool(row) and row["status"] == "active" if row else False for row in (old, new))
    if was and is_now:
        return "update"
    if is_now:
        return "restore" if old else "add"
    return "remove" if was else ""


def _labels(entity: Entity) -> Iterator[tuple[str, str]]:
    for field in entity.content_fields:
        if field.csv not in BASE_FIELDS:
            yield field.column, field.csv
    yield "metadata", "metadata"


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _escaped(text: str) -> str:
    return text.replace("'", "''")
