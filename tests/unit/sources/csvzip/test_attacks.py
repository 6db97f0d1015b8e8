"""Zips that were made to harm: each is refused by name, before it costs memory or disk, and nothing is landed."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rosterkeeper.sources.csvzip.archive import Limits
from tests.unit.sources.csvzip.zips import (
    ROWS,
    Forged,
    deflated,
    forged,
    gigabyte,
    honest,
    manifest,
    orgs,
    package,
    read,
    zipped,
)

_ORGS = orgs("s1,,,North,school,,").encode()
_MANIFEST = honest("manifest.csv", manifest(orgs="bulk").encode())
_LINK = 0o120777 << 16
_FIFO = 0o010644 << 16


def _with(path: Path, *entries: Forged) -> Path:
    return forged(path, [_MANIFEST, *entries])


def _overlapping(path: Path) -> Path:
    """Two entries that unpack the same bytes."""
    first = honest("orgs.csv", _ORGS)
    second = honest("users.csv", _ORGS)
    first.offset = second.offset = _length(_MANIFEST)
    return _with(path, first, second)


def _length(entry: Forged) -> int:
    """The bytes of one entry with its local header."""
    return 30 + len(entry.name) + len(entry.packed)


ATTACKS: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "a bomb of 1 GB in 1 MB": (
        "package.bad_ratio",
        lambda path: _with(path, Forged("orgs.csv", gigabyte(), size=1 << 30)),
    ),
    "a bomb that states a small size": (
        "package.lying_size",
        lambda path: _with(path, Forged("orgs.csv", gigabyte(), size=4 << 20)),
    ),
    "a bomb that nobody would read": (
        "package.bad_ratio",
        lambda path: _with(path, honest("orgs.csv", _ORGS), Forged("readme.txt", gigabyte(), size=1 << 30)),
    ),
    "a file larger than stated": (
        "package.lying_size",
        lambda path: _with(path, Forged("orgs.csv", deflated(_ORGS), size=10)),
    ),
    "a file smaller than stated": (
        "package.lying_size",
        lambda path: _with(path, Forged("orgs.csv", deflated(_ORGS), size=len(_ORGS) + 1)),
    ),
    "overlapping entries": ("package.overlapping_entries", _overlapping),
    "an entry that reaches into the directory": (
        "package.overlapping_entries",
        lambda path: _with(path, Forged("orgs.csv", deflated(_ORGS), size=len(_ORGS), packed_size=5000)),
    ),
    "an archive inside": (
        "package.nested_archive",
        lambda path: _with(path, honest("orgs.csv", _ORGS), honest("more.zip", b"PK")),
    ),
    "an archive under a CSV name": (
        "package.nested_archive",
        lambda path: _with(path, honest("orgs.csv", b"PK\x03\x04" + _ORGS)),
    ),
    "a path that climbs out": ("package.unsafe_path", lambda path: _with(path, honest("../orgs.csv", _ORGS))),
    "an absolute path": ("package.unsafe_path", lambda path: _with(path, honest("/orgs.csv", _ORGS))),
    "a path with backslashes": ("package.unsafe_path", lambda path: _with(path, honest("..\\orgs.csv", _ORGS))),
    "a path on a drive": ("package.unsafe_path", lambda path: _with(path, honest("C:orgs.csv", _ORGS))),
    "a name with a NUL": ("package.unsafe_path", lambda path: _with(path, honest("orgs.csv\0.txt", _ORGS))),
    "a symbolic link": (
        "package.unsafe_path",
        lambda path: _with(path, Forged("orgs.csv", b"/etc/passwd", size=11, method=0, attributes=_LINK)),
    ),
    "a pipe": ("package.unsafe_path", lambda path: _with(path, Forged("orgs.csv", b"", method=0, attributes=_FIFO))),
    "the same name twice": (
        "package.duplicate_entry",
        lambda path: _with(path, honest("orgs.csv", _ORGS), honest("orgs.csv", _ORGS)),
    ),
    "the same name in another case": (
        "package.duplicate_entry",
        lambda path: _with(path, honest("orgs.csv", _ORGS), honest("Orgs.csv", _ORGS)),
    ),
    "a password": ("package.encrypted", lambda path: _with(path, Forged("orgs.csv", b"x", size=1, flags=1))),
    "another compression": (
        "package.unsupported_compression",
        lambda path: zipped(path, {"manifest.csv": manifest(), "orgs.csv": ROWS["orgs"]}, zipfile.ZIP_LZMA),
    ),
    "20,000 entries": (
        "package.too_many_entries",
        lambda path: zipped(path, {f"{number}.csv": "" for number in range(20_000)}, zipfile.ZIP_STORED),
    ),
    "20,000 entries that are told as one": (
        "package.too_many_entries",
        lambda path: forged(path, [Forged(f"{number}.csv", b"", method=0) for number in range(20_000)], count=1),
    ),
    "201 entries that are told as one": (
        "package.too_many_entries",
        lambda path: forged(path, [Forged(f"{number}.csv", b"", method=0) for number in range(201)], count=1),
    ),
}


@pytest.mark.covers("N38")
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_by_name(name: str, tmp_path: Path) -> None:
    code, make = ATTACKS[name]
    reading = read(make(tmp_path / "attack.zip"), tmp_path)
    assert reading.refused().code == code
    assert code in reading.codes
    assert reading.left_behind == []


def test_more_than_the_allowed_bytes_are_refused_before_unpacking(tmp_path: Path) -> None:
    path = package(tmp_path / "large.zip", orgs=ROWS["orgs"], users=ROWS["users"])
    assert read(path, tmp_path, Limits(unpacked=300)).refused().code == "package.too_large"


def test_a_file_beside_the_zip_s_own_is_never_written(tmp_path: Path) -> None:
    inside = tmp_path / "deep" / "er"
    inside.mkdir(parents=True)
    read(_with(inside / "attack.zip", honest("../../climbed.csv", _ORGS)), inside)
    assert not (tmp_path / "climbed.csv").exists()


@pytest.mark.parametrize("stated", [1 << 30, 8 << 20])
def test_a_bomb_costs_little_memory(stated: int, tmp_path: Path) -> None:
    bomb = _with(tmp_path / "bomb.zip", Forged("orgs.csv", gigabyte(), size=stated))
    # Not ru_maxrss: a new process begins with the peak of the one that started it.
    program = (
        "import re, sys; from pathlib import Path; from tests.unit.sources.csvzip.zips import read;"
        "read(Path(sys.argv[1]), Path(sys.argv[2])).refused();"
        "print(re.search(r'VmHWM:\\s+(\\d+) kB', Path('/proc/self/status').read_text())[1])"
    )
    root = Path(__file__).parents[4]
    done = subprocess.run(
        [sys.executable, "-c", program, str(bomb), str(tmp_path)], cwd=root, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 300_000
