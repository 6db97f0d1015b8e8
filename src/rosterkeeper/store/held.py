"""A change set that waits: kept as Parquet beside the database, applied exactly as it was when someone approves it."""

from rosterkeeper.engine.changes import change_table, gone_table
from rosterkeeper.engine.withhold import held_change_table, held_gone_table
from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.oneroster.fields import ENTITIES
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.artifacts import Artifacts, changes_name
from rosterkeeper.store.parquet import parquet, part, write_parquet


def keep_changes(scratch: Scratch, artifacts: Artifacts, *, connection: int, run: int, part_only: bool) -> str:
    """Write the change set, or (``part_only``) the schools' part of it that waits; returns its name."""
    name = changes_name(connection, run)
    folder = artifacts.begin(name)
    for entity in ENTITIES:
        for kind, relation in (
            ("change_", held_change_table(entity) if part_only else change_table(entity)),
            ("gone_", held_gone_table(entity) if part_only else gone_table(entity)),
        ):
            if scratch.has_relation(relation):
                write_parquet(scratch, f"SELECT * FROM {relation}", part(folder, entity, kind))
    return name


def load_changes(scratch: Scratch, artifacts: Artifacts, name: str, *, without_removals: bool = False) -> None:
    """Bring a kept change set back into the scratch database as the one to apply, perhaps but for what it removes."""
    folder = artifacts.folder(name)
    if not name or not folder.is_dir():
        raise RunRefused(
            "run.changes_lost",
            "The change set that was held is no longer kept.",
            todo="Run the sync again; it works the change out anew.",
        )
    for entity in ENTITIES:
        parts = [("change_", change_table(entity)), ("gone_", gone_table(entity))]
        for kind, relation in parts[:1] if without_removals else parts:
            path = part(folder, entity, kind)
            if path.exists():
                scratch.run(f"CREATE VIEW {relation} AS SELECT * FROM {parquet(path)}")
