"""The file of a backup: a zip of what an installation consists of, and last a manifest with the hash of each part.

    database.sqlite3            the roster database, where it is SQLite
    tables/NAME.copy            a table each in PostgreSQL's text form of COPY, where it is PostgreSQL
    artifacts/…                 snapshots, held change sets, uploads
    secret.key                  the key of stored secrets, only where it was asked for
    manifest.json               what the rest is, and the size and SHA-256 of each part

Everything is streamed: no part is ever whole in memory.
"""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Final, Self

import msgspec

from rosterkeeper.oneroster.errors import RosterkeeperError, SettingsError

DATABASE: Final = "database.sqlite3"
TABLES: Final = "tables/"
ARTIFACTS: Final = "artifacts/"
KEY: Final = "secret.key"
_MANIFEST: Final = "manifest.json"

FORMAT: Final = 1
CHUNK: Final = 1 << 20
_LARGEST_MANIFEST: Final = 64 << 20
# A roster shrinks to a fifth at the fastest level already, and to little less at the others.
_LEVEL: Final = 1


class Part(msgspec.Struct, frozen=True):
    """A part's size in bytes and its SHA-256."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, kw_only=True, forbid_unknown_fields=False):
    """What a backup is of: times are RFC 3339 in UTC, ``migrations`` and ``columns`` are as the database had them."""

    format: int = FORMAT
    program: str
    made_at: str
    database: str
    whole: bool
    migrations: list[tuple[str, str]] = []
    columns: dict[str, list[str]] = {}
    sequences: dict[str, int] = {}
    settings: dict[str, str] = {}
    parts: dict[str, Part] = {}


class Writer:
    """A backup in the making, under another name until it is whole; readable by its owner only."""

    def __init__(self, path: Path) -> None:
        if path.exists():
            raise SettingsError(
                "backup.exists", f"There is a file {path.name} already.", todo="Name another file, or remove that one."
            )
        self._path = path
        self._partial = path.with_name(f".{path.name}.part")
        self._parts: dict[str, Part] = {}
        with written():
            self._partial.unlink(missing_ok=True)
            descriptor = os.open(self._partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if kind is not None:
            # What is left cannot be finished, and its own complaint would hide the first.
            with suppress(OSError, ValueError):
                self._zip.close()
            self._file.close()
            self._partial.unlink(missing_ok=True)

    @contextmanager
    def part(self, name: str) -> Iterator["PartWriter"]:
        """Write one part; it counts once the block has ended."""
        with written(), self._zip.open(name, "w", force_zip64=True) as stream:
            writer = PartWriter(stream)
            yield writer
        self._parts[name] = writer.told()

    def add(self, name: str, path: Path) -> None:
        """Add a file as a part."""
        with path.open("rb") as source, self.part(name) as writer:
            while block := source.read(CHUNK):
                writer.write(block)

    def finish(self, manifest: Manifest) -> int:
        """Write the manifest, see the file to the disk and give it its name; returns its size in bytes."""
        manifest.parts = self._parts
        with written():
            self._zip.writestr(_MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
            self._zip.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            size = self._file.tell()
            self._file.close()
            self._partial.rename(self._path)
        return size


class PartWriter:
    """One part as it is written: counted and hashed on the way."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, block: bytes | bytearray | memoryview) -> None:
        """Write the next bytes."""
        self._stream.write(block)
        self._hash.update(block)
        self._size += memoryview(block).nbytes

    def told(self) -> Part:
        """What was written."""
        return Part(self._size, self._hash.hexdigest())


class Reader:
    """A backup to be read; ``backup.…`` errors tell what is wrong with it, never what is in it."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except OSError as fault:
            raise RosterkeeperError(
                "backup.unreadable",
                f"The backup cannot be read ({fault.strerror or type(fault).__name__}).",
                todo="Correct the path, and see that this user may read the file.",
            ) from None
        except zipfile.BadZipFile:
            raise _not_one() from None
        self.manifest = self._read_manifest()
        self._check_names()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def blocks(self, name: str) -> Iterator[bytes]:
        """A part's bytes; raises ``backup.damaged`` at the latest after the last of them where they are not those."""
        stated = self.manifest.parts[name]
        found, size = hashlib.sha256(), 0
        try:
            with self._zip.open(name) as stream:
                while block := stream.read(CHUNK):
                    found.update(block)
                    size += len(block)
                    if size > stated.size:
                        raise _damaged()
                    yield block
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError):
            raise _damaged() from None
        if (size, found.hexdigest()) != (stated.size, stated.sha256):
            raise _damaged()

    def extract(self, name: str, path: Path) -> None:
        """Write a part to a file of its owner's alone."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with written(), os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for block in self.blocks(name):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())

    def _read_manifest(self) -> Manifest:
        try:
            entry = self._zip.getinfo(_MANIFEST)
            if entry.file_size > _LARGEST_MANIFEST:
                raise _not_one()
            text = self._zip.read(entry)
            stated = msgspec.json.decode(text)
            if isinstance(stated, dict) and isinstance(number := stated.get("format"), int) and number > FORMAT:
                raise too_new()
            return msgspec.convert(stated, Manifest)
        except (KeyError, msgspec.MsgspecError, zipfile.BadZipFile, zlib.error, OSError, NotImplementedError):
            raise _not_one() from None

    def _check_names(self) -> None:
        """The zip holds just the parts that the manifest tells of, each where a part may be."""
        parts = self.manifest.parts
        names = [entry.filename for entry in self._zip.infolist()]
        if len(set(names)) != len(names) or {*names} != {*parts, _MANIFEST}:
            raise _damaged()
        if not all(_is_place(name) for name in parts):
            raise _not_one()


def _is_place(name: str) -> bool:
    path = PurePosixPath(name)
    if ".." in path.parts or path.is_absolute() or "\\" in name or str(path) != name:
        return False
    return name in (DATABASE, KEY) or name.startswith((TABLES, ARTIFACTS))


@contextmanager
def written() -> Iterator[None]:
    """What the machine has against writing, told without a path: it is the administrator's own."""
    try:
        yield
    except OSError as fault:
        raise RosterkeeperError(
            "backup.write",
            f"A file of the backup cannot be written ({fault.strerror or type(fault).__name__}).",
            todo="See that the folder is there, that this user may write in it and that its disk has room.",
        ) from None


def too_new() -> SettingsError:
    """The backup knows what this program does not."""
    return SettingsError(
        "backup.newer",
        "The backup was made by a newer version of Rosterkeeper than this one.",
        todo="Install that version or a later one, then restore again.",
    )


def _not_one() -> RosterkeeperError:
    return RosterkeeperError(
        "backup.not_one", "The file is not a backup of Rosterkeeper.", todo="Name a file that rosterkeeper backup made."
    )


def _damaged() -> RosterkeeperError:
    return RosterkeeperError(
        "backup.damaged",
        "The backup is damaged: a part of it is not as it was written. Nothing was restored.",
        todo="Use another copy of the backup, or an earlier one.",
    )
