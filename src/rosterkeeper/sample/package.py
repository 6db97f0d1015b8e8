"""A sample district as a OneRoster CSV zip."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.oneroster.fields import Entity
from rosterkeeper.oneroster.manifest import manifest_text
from rosterkeeper.sample.district import PARTS, build, entities, rows, text
from rosterkeeper.sample.shape import Extra, Shape, check_order, shape_of
from rosterkeeper.sample.truth import Change, Truth, count_rows, find_changes
from rosterkeeper.scratch import Scratch, ScratchFault

# The fastest level: a sample is written to be read again soon.
_LEVEL: Final = 1
# A stream's size is not known before it is written; above this many users a file may pass 2 GiB.
_MAY_PASS_2_GIB: Final = 1_500_000


def write_sample(
    out: Path, *, users: int, seed: int, day: int = 1, version: str = "1.1", extra: Extra | None = None
) -> Truth:
    """Write a made-up district to ``out`` and tell what changed in it since the day before.

    The same arguments give the same bytes. 1.1 and 1.2 of the same district agree in everything both can say.
    ``extra`` holds the rarer wishes: a delta, another rate of change, another size of classes. Raises SettingsError
    for arguments that no district can have and RosterkeeperError where the file cannot be written.
    """
    extra = extra or Extra()
    shape = shape_of(users, seed, extra)
    check_order(day, version, extra)
    try:
        folder = Path(tempfile.mkdtemp(prefix="rosterkeeper-sample-"))
    except OSError as fault:
        raise _unwritable(fault.strerror) from None
    try:
        with Scratch(folder / "scratch", memory_limit=extra.memory_limit) as scratch:
            build(scratch, shape, day)
            counts = _count(scratch, version, day)
            _write(out, _files(scratch, shape, day, version, counts), large=users > _MAY_PASS_2_GIB)
    except OSError as fault:
        raise _unwritable(fault.strerror) from None
    except ScratchFault as fault:
        raise _unwritable(fault.kind) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Truth(users, seed, day, version, counts)


def _count(scratch: Scratch, version: str, day: int) -> dict[str, Change]:
    held = count_rows(scratch, day)
    if day == 1:
        return {name: Change(add=number, rows=number) for name, number in held.items()}
    counts = find_changes(scratch, version, day)
    for name, number in held.items():
        counts[name].rows = number
    return counts


def _files(
    scratch: Scratch, shape: Shape, day: int, version: str, counts: dict[str, Change]
) -> Iterator[tuple[str, Iterable[bytes | memoryview]]]:
    """The package's files in order: name, and content in pieces."""
    delta = shape.extra.delta
    changed = {name for name, each in counts.items() if each.add or each.update or each.remove}
    held = [entity for entity in entities(version) if not delta or entity.name in changed]
    modes = {entity.name: "delta" if delta else "bulk" for entity in held}
    manifest = manifest_text(version, modes, system_name="Rosterkeeper sample", system_code="sample")
    yield "manifest.csv", [manifest.encode()]
    for entity in held:
        queries = [_delta_lines(entity, shape, day)] if delta else _bulk_lines(entity, version, day)
        yield entity.file, _content(scratch, entity, version, queries)


def _content(scratch: Scratch, entity: Entity, version: str, queries: list[str]) -> Iterator[bytes | memoryview]:
    yield (",".join(entity.header(version)) + "\n").encode()
    for query in queries:
        yield from text(scratch, query)


def _bulk_lines(entity: Entity, version: str, day: int) -> list[str]:
    queries = [rows(part, version, day) for part in PARTS if part.entity == entity.name]
    return [f"SELECT concat(id, ',,,', rest, chr(10)) FROM ({query})" for query in queries]


def _delta_lines(entity: Entity, shape: Shape, day: int) -> str:
    return (
        "SELECT concat(id, CASE op WHEN 'remove' THEN ',tobedeleted,' ELSE ',active,' END,"
        f" '{shape.modified(day)}', ',', rest, chr(10)) FROM changed_{entity.name} ORDER BY id"
    )


def _write(out: Path, files: Iterator[tuple[str, Iterable[bytes | memoryview]]], *, large: bool) -> None:
    """Write beside ``out`` and move into place, so that a file of that name is always whole."""
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as package:
            for name, pieces in files:
                with package.open(name, "w", force_zip64=large and name != "manifest.csv") as entry:
                    for piece in pieces:
                        entry.write(piece)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _unwritable(reason: str | None) -> RosterkeeperError:
    return RosterkeeperError(
        "sample.unwritable",
        f"The sample could not be written ({reason or 'for no stated reason'}).",
        todo="Check that the folder exists, can be written to and has room.",
    )
