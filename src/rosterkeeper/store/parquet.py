"""The Parquet files inside an artifact, written and read by DuckDB."""

from pathlib import Path

from rosterkeeper.oneroster.fields import Entity, snake
from rosterkeeper.scratch import Scratch


def part(folder: Path, entity: Entity, kind: str = "") -> Path:
    """One entity's Parquet file in an artifact."""
    return folder / f"{kind}{snake(entity.name)}.parquet"


def write_parquet(scratch: Scratch, select: str, path: Path) -> None:
    """Write a query's rows as a Parquet file, readable by its owner only: it holds people."""
    escaped = str(path).replace("'", "''")
    scratch.run(f"COPY ({select}) TO '{escaped}' (FORMAT parquet, COMPRESSION lz4_raw)")
    path.chmod(0o600)


def parquet(path: Path) -> str:
    """The Parquet file as an SQL relation."""
    escaped = str(path).replace("'", "''")
    return f"read_parquet('{escaped}')"
