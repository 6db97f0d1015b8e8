"""The snapshot of the present state as a second reading of the live roster, many times faster than the database.

What a run compares with must never be misled by a file. So the snapshot is believed only where the very run that made
the present state wrote it, and where every file of it, and of the snapshots that it stands on, is byte for byte what
the run that wrote it has committed the digest of. After an undo, a purge or a change of ids, and of snapshots of older
versions, nothing is believed, and the database is read.
"""

import hashlib
from pathlib import Path

import msgspec

from rosterkeeper.oneroster.fields import ENTITIES
from rosterkeeper.store.artifacts import Artifacts, snapshot_name
from rosterkeeper.store.chains import chain, snapshot_relation
from rosterkeeper.store.database import Database
from rosterkeeper.store.schema import APPLIED


def digest_of(folder: Path) -> str:
    """The SHA-256 over a snapshot's files and their names; which snapshot it stands on is one of them."""
    made = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        with path.open("rb") as stream:
            made.update(f"{path.name}\n{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return made.hexdigest()


def present_relations(database: Database, artifacts: Artifacts, connection: int, version: int) -> dict[str, str] | None:
    """The rows of the snapshot of the state ``version`` as SQL relations, by the names of the entities that have any.

    None where there is no snapshot that can be believed. One that is put away afterwards makes its relations fail.
    """
    rows = database.rows(
        f"SELECT run_id, snapshot FROM {APPLIED} WHERE connection_id = $1 AND state_version = $2", [connection, version]
    )
    if not rows or rows[0][1] != snapshot_name(connection, int(rows[0][0] or 0)):
        return None
    name = str(rows[0][1])
    try:
        names = chain(artifacts, name)
        # Before the digests: a file that is missing here must be missed there.
        found = {entity.name: snapshot_relation(artifacts, name, entity) for entity in ENTITIES}
        told = _told(database, connection, [int(each.rpartition("/")[2]) for each in names])
        whole = all(told.get(each) == digest_of(artifacts.folder(each)) for each in names)
    except (OSError, ValueError):
        return None  # somebody has put the folders away, or put something else there
    return {entity: relation for entity, relation in found.items() if relation is not None} if whole else None


class _Told(msgspec.Struct):
    """What of a run's committed result is asked for here; '' where it told none."""

    snapshot_digest: str = ""


def _told(database: Database, connection: int, runs: list[int]) -> dict[str, str]:
    """The digests that runs have committed, by the names of their snapshots."""
    rows = database.rows(
        f"SELECT run_id, result FROM {APPLIED} WHERE connection_id = $1"
        f" AND run_id IN ({', '.join(str(run) for run in runs)})",
        [connection],
    )
    return {
        snapshot_name(connection, int(run or 0)): msgspec.json.decode(str(result), type=_Told).snapshot_digest
        for run, result in rows
    }
