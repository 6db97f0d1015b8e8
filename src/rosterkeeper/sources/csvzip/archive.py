"""Opens the zip and checks everything that can be checked before a byte is unpacked.

An attack (a bomb, overlapping entries, a path that leads out) is refused from the directory alone, so that it costs
neither memory nor disk. Nothing is ever written under a name that the zip gives.
"""

import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from rosterkeeper.oneroster.errors import SourceFailed
from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.sources.csvzip import directory
from rosterkeeper.sources.csvzip.inflate import METHODS, Entry, SharedFile
from rosterkeeper.sources.csvzip.report import Problem, Report, shown

_ARCHIVE_SUFFIXES: Final = (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst", ".7z", ".rar", ".jar")
# What macOS adds to every zip it makes.
_IGNORED_FOLDER: Final = ("__MACOSX",)
_ENCRYPTED: Final = 0x1
_LOCAL_HEADER: Final = struct.Struct("<4s22xHH")
_LOCAL_SIGNATURE: Final = b"PK\x03\x04"
# What zipfile raises on bytes that are no zip; its own error does not cover them all.
_ZIP_FAULTS: Final = (
    zipfile.BadZipFile,
    NotImplementedError,
    ValueError,
    OverflowError,
    EOFError,
    IndexError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a roster's zip may be: entries, bytes unpacked, and (beyond ``ratio_floor`` bytes) unpacked to packed."""

    entries: int = 200
    unpacked: int = 8 << 30
    ratio: int = 200
    ratio_floor: int = 10 << 20


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip that passed every check: its CSV files by lower-case name."""

    handle: SharedFile
    files: dict[str, Entry]


@contextmanager
def opened(path: Path, limits: Limits, report: Report) -> Iterator[Archive]:
    """Open the zip at ``path``; SourceFailed where it cannot be read, SourceRefused where it must not be unpacked."""
    try:
        handle = path.open("rb")
    except OSError as fault:
        raise SourceFailed(
            "source.file_unreadable",
            f"The file of this connection cannot be opened ({fault.strerror})",
            todo="Check that the path is right and that Rosterkeeper may read the file.",
        ) from None
    with handle:
        yield Archive(SharedFile(handle), _csv_files(_directory(handle, limits, report), report))


def _directory(handle: BinaryIO, limits: Limits, report: Report) -> list[tuple[str, Entry]]:
    """Every file of the zip with its full path, checked."""
    size = directory.size(handle)
    if size is None:
        raise _not_a_zip(report)
    if size.entries > limits.entries or size.length > limits.entries * directory.ENTRY_LENGTH:
        raise _too_many(size.entries, limits, report)
    try:
        with zipfile.ZipFile(handle) as unchecked:
            infos, end = unchecked.infolist(), unchecked.start_dir
    except _ZIP_FAULTS:
        raise _not_a_zip(report) from None
    if len(infos) > limits.entries:
        raise _too_many(len(infos), limits, report)
    problems = [problem for info in infos if (problem := _danger(info, limits))]
    problems += _duplicates(infos)
    total = sum(info.file_size for info in infos)
    if total > limits.unpacked:
        problems.append(Problem(Finding("package.too_large"), f"The zip unpacks to {total:,} bytes"))
    if problems:
        raise report.refusal_of(problems)
    return _located(handle, infos, end, report)


def _danger(info: zipfile.ZipInfo, limits: Limits) -> Problem | None:
    name = shown(info.orig_filename)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if _leads_out(info.orig_filename) or kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return Problem(Finding("package.unsafe_path", name), f"{name} leads outside the zip, or is a link")
    if info.flag_bits & _ENCRYPTED:
        return Problem(Finding("package.encrypted", name), f"{name} is protected with a password")
    if info.compress_type not in METHODS:
        return Problem(
            Finding("package.unsupported_compression", name),
            f"{name} is packed with method {info.compress_type}, and OneRoster uses deflate only",
        )
    if info.file_size > limits.ratio_floor and info.file_size > limits.ratio * info.compress_size:
        return Problem(
            Finding("package.bad_ratio", name), f"{name} unpacks to more than {limits.ratio} times its packed size"
        )
    if name.lower().endswith(_ARCHIVE_SUFFIXES):
        return Problem(
            Finding("package.nested_archive", name),
            f"{name} is an archive inside the zip",
            "Unpack it, and zip the CSV files themselves.",
        )
    return None


def _leads_out(name: str) -> bool:
    has_drive = name[1:2] == ":" and name[:1].isalpha()
    return (
        not name
        or name.startswith("/")
        or "\\" in name
        or "\0" in name
        or has_drive
        or ".." in PurePosixPath(name).parts
    )


def _duplicates(infos: list[zipfile.ZipInfo]) -> list[Problem]:
    seen: set[str] = set()
    problems = []
    for info in infos:
        name = shown(info.filename)
        if info.filename.lower() in seen:
            problems.append(Problem(Finding("package.duplicate_entry", name), f"{name} is in the zip twice"))
        seen.add(info.filename.lower())
    return problems


def _located(handle: BinaryIO, infos: list[zipfile.ZipInfo], end: int, report: Report) -> list[tuple[str, Entry]]:
    """Find where each entry's bytes are; entries that share bytes are refused (CVE-2024-0450)."""
    found = []
    free = 0
    for info in sorted(infos, key=lambda each: each.header_offset):
        name = shown(info.filename)
        try:
            handle.seek(info.header_offset)
            header = handle.read(_LOCAL_HEADER.size)
        except (OSError, ValueError):
            header = b""
        if len(header) < _LOCAL_HEADER.size or not header.startswith(_LOCAL_SIGNATURE):
            raise report.refusal(Finding("package.damaged", name), f"{name} is not where the zip says; it is damaged")
        _, name_length, extra_length = _LOCAL_HEADER.unpack(header)
        start = info.header_offset + _LOCAL_HEADER.size + name_length + extra_length
        if info.header_offset < free or start + info.compress_size > end:
            raise report.refusal(Finding("package.overlapping_entries", name), f"{name} overlaps another entry")
        free = start + info.compress_size
        if not info.is_dir():
            file = shown(PurePosixPath(info.filename).name)
            entry = Entry(file, start, info.compress_size, info.file_size, info.CRC, info.compress_type)
            found.append((info.filename, entry))
    return found


def _csv_files(located: list[tuple[str, Entry]], report: Report) -> dict[str, Entry]:
    """The CSV files by lower-case name, out of the one folder that may hold them all."""
    wanted: list[tuple[PurePosixPath, Entry]] = []
    for full, entry in located:
        path = PurePosixPath(full)
        if _is_csv(path):
            wanted.append((path, entry))
        else:
            report.note(Finding("package.ignored_entry", shown(full)))
    folders = {path.parent for path, _ in wanted}
    home = PurePosixPath()
    if len(folders) == 1 and folders != {home}:
        home = folders.pop()
        report.note(Finding("package.file_in_folder", shown(str(home))))
    strays = [
        Problem(Finding("package.unknown_file", shown(str(path))), f"{shown(str(path))} is not where the others are")
        for path, _ in wanted
        if path.parent != home
    ]
    if strays:
        raise report.refusal_of(strays)
    return {path.name.lower(): entry for path, entry in wanted}


def _is_csv(path: PurePosixPath) -> bool:
    is_extra = path.parts[:1] == _IGNORED_FOLDER or path.name.startswith(".")
    return path.suffix.lower() == ".csv" and not is_extra


def _not_a_zip(report: Report) -> Exception:
    return report.refusal(
        Finding("package.not_a_zip"),
        "The file is not a zip, or its end is missing",
        todo="This is an invalid zip. Choose the zip that holds the CSV files, or copy it again if it was cut short.",
    )


def _too_many(entries: int, limits: Limits, report: Report) -> Exception:
    return report.refusal(
        Finding("package.too_many_entries"), f"The zip holds {entries:,} entries; {limits.entries} are allowed"
    )
