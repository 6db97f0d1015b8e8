"""Reading a snapshot: its own rows, and under them those of the snapshots that it stands on (see `snapshots`)."""

from pathlib import Path
from typing import Final

from rosterkeeper.oneroster.fields import Entity
from rosterkeeper.scratch import quoted
from rosterkeeper.store.artifacts import Artifacts
from rosterkeeper.store.parquet import parquet, part
from rosterkeeper.store.schema import live_columns

# The file in a snapshot's folder that names the one before.
PARENT: Final = "parent"


def snapshot_relation(artifacts: Artifacts, name: str, entity: Entity) -> str | None:
    """The entity's rows in a snapshot as an SQL relation; None where it holds none."""
    relation: str | None = None
    for each in reversed(chain(artifacts, name)):
        path = part(artifacts.folder(each), entity)
        if not path.exists():
            continue
        own = f"SELECT {columns_of(entity)} FROM {parquet(path)}"
        relation = (
            f"({own})"
            if relation is None
            else f"({own} UNION ALL SELECT * FROM {relation} ANTI JOIN {parquet(path)} USING (sourced_id))"
        )
    return relation


def chain(artifacts: Artifacts, name: str) -> list[str]:
    """The snapshot and those that it stands on, the whole one last."""
    chain = []
    while name:
        chain.append(name)
        name = parents_of(artifacts.folder(name))
    return chain


def parents_of(folder: Path) -> str:
    """The snapshot that the one in ``folder`` stands on; '' where it is whole."""
    path = folder / PARENT
    return path.read_text() if path.exists() else ""


def columns_of(entity: Entity) -> str:
    """The columns of the entity's snapshots, in order, for a query."""
    return ", ".join(quoted(column) for column in live_columns(entity))
