"""Inflates one entry of a zip as a stream, and proves that what came out is what the zip promised."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from types import ModuleType
from typing import BinaryIO, Final, Protocol

from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.sources.csvzip.report import Report

deflate: ModuleType
try:  # faster, but not built for every machine
    from isal import isal_zlib as deflate
except ImportError:
    deflate = zlib

STORED: Final = 0
DEFLATED: Final = 8
METHODS: Final = (STORED, DEFLATED)

_PACKED_BLOCK: Final = 1 << 17
_BLOCK: Final = 1 << 22
_RAW_DEFLATE: Final = -15
_FAULTS: Final[tuple[type[Exception], ...]] = (zlib.error, deflate.error)


class _Inflater(Protocol):
    """The part of zlib's decompression object that is used here."""

    @property
    def eof(self) -> bool: ...

    @property
    def unconsumed_tail(self) -> bytes: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the zip: ``name`` without folders, where its packed bytes are, and what the zip says of it."""

    name: str
    start: int
    packed: int
    size: int
    crc: int
    method: int


class SharedFile:
    """An open file that several threads read, each at places of its own."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self._lock = Lock()

    def read_at(self, start: int, length: int) -> bytes:
        """At most ``length`` bytes from ``start`` on."""
        with self._lock:
            self._handle.seek(start)
            return self._handle.read(length)


def inflated(handle: SharedFile, entry: Entry, report: Report) -> Iterator[bytes]:
    """Yield the entry's content in blocks of at most 4 MiB.

    SourceRefused with ``package.damaged`` (cut or altered) or ``package.lying_size``; the last is raised before
    more than one block beyond the stated size was made.
    """
    made = crc = 0
    for block in _blocks(handle, entry, report):
        made += len(block)
        if made > entry.size:
            raise _lying(entry, report)
        crc = deflate.crc32(block, crc)
        yield block
    if made != entry.size:
        raise _lying(entry, report)
    if crc != entry.crc:
        raise _damaged(entry, report)


def _blocks(handle: SharedFile, entry: Entry, report: Report) -> Iterator[bytes]:
    if entry.method == STORED:
        yield from _packed(handle, entry, report)
        return
    inflater: _Inflater = deflate.decompressobj(_RAW_DEFLATE)
    try:
        for packed in _packed(handle, entry, report):
            if inflater.eof:
                raise _damaged(entry, report)
            while block := inflater.decompress(packed, _BLOCK):
                yield block
                packed = inflater.unconsumed_tail  # noqa: PLW2901
    except _FAULTS:
        raise _damaged(entry, report) from None
    if not inflater.eof or inflater.unused_data:
        raise _damaged(entry, report)


def _packed(handle: SharedFile, entry: Entry, report: Report) -> Iterator[bytes]:
    at, end = entry.start, entry.start + entry.packed
    while at < end:
        block = handle.read_at(at, min(end - at, _PACKED_BLOCK))
        if not block:
            raise _damaged(entry, report)
        at += len(block)
        yield block


def _damaged(entry: Entry, report: Report) -> Exception:
    return report.refusal(
        Finding("package.damaged", entry.name),
        f"{entry.name} cannot be unpacked: the zip is damaged or was cut short",
        todo="This is an invalid zip. Copy or upload it again; if that does not help, have it exported again.",
    )


def _lying(entry: Entry, report: Report) -> Exception:
    return report.refusal(
        Finding("package.lying_size", entry.name), f"{entry.name} does not unpack to the size that the zip states"
    )
