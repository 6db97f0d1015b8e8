"""A backup's file is read as it was written, or refused: nothing in between."""

import random
import zipfile
from pathlib import Path

import msgspec
import pytest

from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.service.backup.archive import FORMAT, Manifest, Part, Reader, Writer

PARTS = {
    "database.sqlite3": random.Random(1).randbytes(3_000_000),
    "artifacts/snapshots/1/1/users.parquet": b"parquet " * 5000,
    "artifacts/changes/1/2/change_users.parquet": b"",
}


def _manifest() -> Manifest:
    return Manifest(program="1.0", made_at="2026-09-01T00:00:00Z", database="sqlite", whole=True)


def _written(path: Path) -> Path:
    with Writer(path) as writer:
        for name, content in PARTS.items():
            with writer.part(name) as part:
                part.write(content)
        writer.finish(_manifest())
    return path


def _read(path: Path) -> dict[str, bytes]:
    with Reader(path) as reader:
        return {name: b"".join(reader.blocks(name)) for name in reader.manifest.parts}


def _refusal(path: Path) -> str:
    with pytest.raises(RosterkeeperError) as caught:
        _read(path)
    return caught.value.code


def test_what_was_written_is_read(tmp_path: Path) -> None:
    assert _read(_written(tmp_path / "whole.backup")) == PARTS
    assert [path.name for path in tmp_path.iterdir()] == ["whole.backup"]


def test_a_flipped_byte_is_noticed_wherever_it_matters(tmp_path: Path) -> None:
    whole = _written(tmp_path / "whole.backup").read_bytes()
    chance = random.Random(7)
    for place in [*(chance.randrange(len(whole)) for _ in range(60)), *range(len(whole) - 40, len(whole))]:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << chance.randrange(8)
        path = tmp_path / "damaged.backup"
        path.write_bytes(damaged)
        # A bit of the zip's own that no content depends on, such as a time, may have gone unnoticed.
        assert _found(path) in (PARTS, "backup.damaged", "backup.not_one", "backup.newer"), place


def _found(path: Path) -> dict[str, bytes] | str:
    try:
        return _read(path)
    except RosterkeeperError as fault:
        return fault.code


@pytest.mark.parametrize("length", [0, 100, 1_000_000, -1])
def test_a_backup_that_was_cut_short_is_none(tmp_path: Path, length: int) -> None:
    whole = _written(tmp_path / "whole.backup").read_bytes()
    (tmp_path / "cut.backup").write_bytes(whole[:length])
    assert _refusal(tmp_path / "cut.backup") == "backup.not_one"


def test_another_file_is_none(tmp_path: Path) -> None:
    other = tmp_path / "roster.zip"
    with zipfile.ZipFile(other, "w") as made:
        made.writestr("users.csv", "sourcedId\n")
    assert _refusal(other) == "backup.not_one"
    assert _refusal(tmp_path / "missing.backup") == "backup.unreadable"


@pytest.mark.parametrize("name", ["../escape", "/etc/passwd", "artifacts/../../escape", "artifacts\\x", "else/where"])
def test_a_part_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    assert _refusal(_made_by_hand(tmp_path, {name: b"x"}, format_number=FORMAT)) == "backup.not_one"


def test_a_part_that_the_manifest_does_not_tell_of_is_refused(tmp_path: Path) -> None:
    path = _written(tmp_path / "more.backup")
    with zipfile.ZipFile(path, "a") as made:
        made.writestr("artifacts/more", "x")
    assert _refusal(path) == "backup.damaged"


def test_a_backup_of_a_later_form_asks_for_a_later_version(tmp_path: Path) -> None:
    assert _refusal(_made_by_hand(tmp_path, {}, format_number=FORMAT + 1)) == "backup.newer"


def test_a_part_that_unpacks_to_more_than_stated_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "bomb.backup"
    manifest = _manifest()
    manifest.parts = {"database.sqlite3": Part(10, "00")}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("database.sqlite3", bytes(50_000_000))
        made.writestr("manifest.json", msgspec.json.encode(manifest))
    assert _refusal(path) == "backup.damaged"


def test_a_backup_never_replaces_a_file(tmp_path: Path) -> None:
    path = _written(tmp_path / "first.backup")
    before = path.read_bytes()
    with pytest.raises(RosterkeeperError) as caught:
        _written(path)
    assert caught.value.code == "backup.exists"
    assert path.read_bytes() == before


def test_a_backup_that_fails_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _stopped(tmp_path / "stopped.backup")
    assert list(tmp_path.iterdir()) == []


def _stopped(path: Path) -> None:
    with Writer(path) as writer, writer.part("a") as part:
        part.write(b"some")
        raise KeyboardInterrupt


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RosterkeeperError) as caught:
        Writer(tmp_path / "missing" / "a.backup")
    assert caught.value.code == "backup.write"
    assert str(tmp_path) not in caught.value.what


def _made_by_hand(folder: Path, parts: dict[str, bytes], *, format_number: int) -> Path:
    path = folder / "hand.backup"
    stated = msgspec.to_builtins(_manifest())
    stated["format"] = format_number
    stated["parts"] = {name: {"size": len(content), "sha256": ""} for name, content in parts.items()}
    with zipfile.ZipFile(path, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content)
        made.writestr("manifest.json", msgspec.json.encode(stated))
    return path
