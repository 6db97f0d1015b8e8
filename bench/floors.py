"""The floors: the least that a first load has to do, measured by itself with the same libraries.

`inflate` unpacks every entry; `parse` reads the same files as CSV and hashes each row; `ingest` writes the same
columns, sorted by the same primary key, through ADBC, in one transaction, and nothing else. Each runs in a process of
its own.
"""

import argparse
import contextlib
import json
import shutil
import struct
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import duckdb
from isal import isal_zlib

from rosterkeeper.oneroster.fields import BY_NAME, ENTITIES, Entity, Field
from rosterkeeper.store.database import SQLITE_PREFIX, Database
from rosterkeeper.store.schema import NUMBERS, live_columns

_CHUNK = 1 << 20
_LOCAL_HEADER = 30
BATCH_ROWS = 65_536


def inflate(package: Path, out: Path | None) -> float:
    """Seconds to unpack every entry; kept in ``out`` where given, else dropped."""
    began = time.perf_counter()
    with zipfile.ZipFile(package) as archive, package.open("rb") as raw:
        for entry in archive.infolist():
            raw.seek(entry.header_offset + 26)
            name_length, extra_length = struct.unpack("<HH", raw.read(4))
            raw.seek(entry.header_offset + _LOCAL_HEADER + name_length + extra_length)
            with (out / entry.filename).open("wb") if out else contextlib.nullcontext() as target:
                for data in _unpacked(raw, entry):
                    if target:
                        target.write(data)
    return time.perf_counter() - began


def _unpacked(raw: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    unpack = isal_zlib.decompressobj(-15) if entry.compress_type else None
    left = entry.compress_size
    while left:
        packed = raw.read(min(_CHUNK, left))
        left -= len(packed)
        yield unpack.decompress(packed) if unpack else packed


def _database(folder: Path) -> duckdb.DuckDBPyConnection:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": "1500MB",
        "threads": 2,
        "temp_directory": str(folder / "spill"),
    }
    return duckdb.connect(str(folder / "floor.duckdb"), config=settings)


def _csv(path: Path) -> str:
    # A list of names cannot be bound as a parameter here; the paths are the bench's own.
    return f"read_csv('{path}', header=true, all_varchar=true, delim=',', quote='\"', escape='\"')"


def parse(folder: Path) -> float:
    """Seconds to read every CSV file with all its cells as text and hash each row with md5."""
    database = _database(folder)
    began = time.perf_counter()
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in BY_NAME:
            continue
        database.execute(
            # The fastest md5 that we know of in DuckDB; md5_number is five times slower.
            f"SELECT max(md5(concat_ws(chr(31), *COLUMNS(*)))) FROM {_csv(path)}"
        ).fetchall()
    took = time.perf_counter() - began
    database.close()
    return took


def _expression(name: str, present: set[str], fields: dict[str, Field]) -> str:
    """The SQL that makes one live column: numbers of the size ours have, text that is never null."""
    if name == "row_hash":
        return "(md5_number_lower(sourcedId) % (1::UBIGINT << 60))::BIGINT AS row_hash"
    if name in NUMBERS:
        return f"1::BIGINT AS {name}"
    field = fields.get(name)
    if field is None or field.csv not in present:
        return f"'{'active' if name == 'status' else ''}' AS \"{name}\""
    cell = f"coalesce(\"{field.csv}\", '')"
    if field.is_list:
        cell = f"CASE {cell} WHEN '' THEN '' ELSE '[\"' || replace({cell}, ',', '\",\"') || '\"]' END"
    return f'{cell} AS "{name}"'


def _prepare(database: duckdb.DuckDBPyConnection, folder: Path) -> list[Entity]:
    """Every live row as it will stand, sorted by its key; not timed."""
    made = []
    for entity in ENTITIES:
        path = folder / entity.file
        fields = {field.column: field for field in entity.fields}
        source = _csv(path)
        if entity.name == "roles" and not path.exists():
            source = (
                "(SELECT sourcedId || '-' || org AS sourcedId, sourcedId AS userSourcedId, role, 'primary' AS roleType,"
                f" org AS orgSourcedId FROM (SELECT *, unnest(string_split(orgSourcedIds, ',')) AS org"
                f" FROM {_csv(folder / 'users.csv')}))"
            )
        elif not path.exists():
            continue
        present = {row[0] for row in database.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
        columns = ", ".join(_expression(name, present, fields) for name in live_columns(entity))
        database.execute(f"CREATE TABLE {entity.table} AS SELECT {columns} FROM {source} ORDER BY sourced_id")
        made.append(entity)
    return made


def _table(entity: Entity) -> str:
    columns = ", ".join(f'"{name}" {"bigint" if name in NUMBERS else "text"} NOT NULL' for name in live_columns(entity))
    return f"CREATE TABLE floor_{entity.table} ({columns}, PRIMARY KEY (connection_id, sourced_id))"


def ingest(folder: Path, target: str) -> tuple[float, int]:
    """Seconds to write all live rows into an empty database, and how many they are."""
    prepared = _database(folder)
    entities = _prepare(prepared, folder)
    rows = sum(prepared.execute(f"SELECT count(*) FROM {entity.table}").fetchall()[0][0] for entity in entities)
    with Database(target or f"{SQLITE_PREFIX}{folder / 'floor.sqlite3'}") as database:
        if database.is_sqlite:
            database.rows("PRAGMA journal_mode = WAL")
        for entity in entities:
            database.run(_table(entity))
        began = time.perf_counter()
        with database.transaction():
            for entity in entities:
                reader = prepared.sql(f"SELECT * FROM {entity.table}").to_arrow_reader(BATCH_ROWS)
                database.append(f"floor_{entity.table}", reader)
        took = time.perf_counter() - began
    prepared.close()
    return took, rows


def main() -> None:
    """Measure one floor and print it as a JSON object."""
    asked = argparse.ArgumentParser()
    asked.add_argument("what", choices=("inflate", "parse", "ingest"))
    asked.add_argument("package", type=Path)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--target", default="", help="a PostgreSQL address; SQLite where none is given")
    given = asked.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(parents=True)
    try:
        if given.what == "inflate":
            print(json.dumps({"seconds": inflate(given.package, None)}))
            return
        inflate(given.package, given.folder)
        if given.what == "parse":
            print(json.dumps({"seconds": parse(given.folder)}))
        else:
            seconds, rows = ingest(given.folder, given.target)
            print(json.dumps({"seconds": seconds, "rows": rows}))
    finally:
        shutil.rmtree(given.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
