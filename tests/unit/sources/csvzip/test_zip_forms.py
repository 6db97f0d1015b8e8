"""Zips as other programs write them: streamed, with 64-bit sizes, behind a program; and in oddly named folders."""

import io
import zipfile
from pathlib import Path

import pytest

from tests.unit.sources.csvzip.zips import ROWS, Reading, manifest, package, read


class _Pipe(io.RawIOBase):
    """A target that cannot be sought in, so that sizes follow the content (data descriptors)."""

    def __init__(self) -> None:
        self.content = b""

    def writable(self) -> bool:
        return True

    def write(self, block: object) -> int:
        assert isinstance(block, bytes | bytearray | memoryview)
        self.content += bytes(block)
        return len(bytes(block))


def _orgs(reading: Reading) -> list[object]:
    reading.whole()
    return [row["name"] for row in reading.rows["orgs"]]


@pytest.mark.covers("N05")
def test_a_zip_that_was_written_as_a_stream_is_read(tmp_path: Path) -> None:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("manifest.csv", manifest(orgs="bulk"))
        made.writestr("orgs.csv", ROWS["orgs"])
    (tmp_path / "roster.zip").write_bytes(pipe.content)
    assert _orgs(read(tmp_path / "roster.zip", tmp_path)) == ["North"]


def test_a_zip_with_64_bit_sizes_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "roster.zip", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("manifest.csv", manifest(orgs="bulk"))
        with made.open("orgs.csv", "w", force_zip64=True) as entry:
            entry.write(ROWS["orgs"].encode())
    assert _orgs(read(tmp_path / "roster.zip", tmp_path)) == ["North"]


def test_a_zip_behind_a_program_and_with_a_comment_is_read(tmp_path: Path) -> None:
    path = package(tmp_path / "roster.zip", orgs=ROWS["orgs"])
    with zipfile.ZipFile(path, "a") as made:
        made.comment = b"made by a program"
    path.write_bytes(b"#!/bin/sh\n" + path.read_bytes())
    assert _orgs(read(path, tmp_path)) == ["North"]


@pytest.mark.parametrize("name", ["a [b] c", "star*", "it's", "{curly}"])
def test_a_scratch_folder_may_have_any_name(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    assert _orgs(read(package(folder / "roster.zip", orgs=ROWS["orgs"]), folder)) == ["North"]
