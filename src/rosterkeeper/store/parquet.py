"""The Parquet files inside an artifact, written and read by DuckDB."""

from pathlib import Path

import pyarrow as pa

from rosterkeeper.oneroster.fields import Entity, snake
from rosterkeeper.scratch import Scratch


def part(folder: Path, entity: Entity, kind: str = "") -> Path:
    """One entity's Parquet file in an artifact."""
    return folder / f"{kind}{snake(entity.name)}.parquet"


def write_parquet(scratch: Scratch, select: str, path: Path, *, incoming: pa.RecordBatchReader | None = None) -> None:
    """Write a query's rows as a Parquet file, readable by its owner only: it holds people.

    Where ``incoming`` is given, the query may read it as a table of that name.
    """
    escaped = str(path).replace("'", "''")
    statement = f"COPY ({select}) TO '{escaped}' (FORMAT parquet, COMPRESSION lz4_raw)"
    if incoming is None:
        scratch.run(statement)
    else:
        scratch.land(statement, incoming)
    path.chmod(0o600)


def parquet(path: Path) -> str:
    """The Parquet file as an SQL relation."""
    escaped = str(path).replace("'", "''")
    return f"read_parquet('{escaped}')"
