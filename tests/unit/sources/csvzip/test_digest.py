"""The digest of a zip: the same bytes give the same word, and what was unpacked for it is what is fetched."""

import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rosterkeeper.oneroster.errors import SourceRefused
from rosterkeeper.oneroster.fields import ORGS, USERS
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Fetched, raw_table
from rosterkeeper.sources.csvzip.source import CsvZip
from tests.unit.sources.csvzip.zips import ROWS, Forged, QuietWatch, deflated, forged, honest, manifest, package, zipped

_BOTH = {"orgs": ROWS["orgs"], "users": ROWS["users"]}


class Stopped(Exception):
    """The run was told to stop."""


class StoppingWatch(QuietWatch):
    """A run that is told to stop while it waits for the file ``what``."""

    def __init__(self, what: str) -> None:
        self._what = what

    def progress(self, step: str, what: str, done: int, total: int | None) -> None:
        if what == self._what:
            raise Stopped


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    with Scratch(tmp_path / "scratch") as opened:
        yield opened


def _digest(path: Path, scratch: Scratch) -> str:
    return CsvZip(path).digest(scratch, QuietWatch())


def _findings(scratch: Scratch) -> list[tuple[object, ...]]:
    return list(scratch.rows("SELECT * FROM finding"))


def _unpacked(scratch: Scratch) -> list[str]:
    return sorted(each.name for each in scratch.folder.iterdir() if each.suffix == ".unpacked")


def _landed(path: Path, folder: Path, *, asked: bool) -> tuple[Fetched, list[object], list[tuple[object, ...]]]:
    """What a fetch comes to: the pull, the raw rows, the findings; with the digest asked before it or not."""
    with Scratch(folder) as scratch:
        source = CsvZip(path)
        assert not asked or source.digest(scratch, QuietWatch())
        fetched = source.fetch(scratch, QuietWatch())
        rows: list[object] = [scratch.rows(f"SELECT * FROM {raw_table(each)} ORDER BY row") for each in (ORGS, USERS)]
        assert _unpacked(scratch) == []
        return fetched, rows, _findings(scratch)


def test_the_digest_is_that_of_the_files_and_not_of_their_packing(tmp_path: Path, scratch: Scratch) -> None:
    one = package(tmp_path / "one.zip", **_BOTH)
    files = {
        "manifest.csv": manifest(orgs="bulk", users="bulk"),
        "users.csv": _BOTH["users"],
        "orgs.csv": _BOTH["orgs"],
    }
    other = zipped(tmp_path / "other.zip", files, zipfile.ZIP_STORED)
    digest = _digest(one, scratch)
    assert [len(part) for part in digest.split(":")] == [64, 64]
    assert _digest(other, scratch) == digest


def test_a_zip_whose_directory_tells_other_bytes_is_not_unpacked_for_the_digest(
    tmp_path: Path, scratch: Scratch
) -> None:
    path = package(tmp_path / "roster.zip", **_BOTH)
    known = _digest(package(tmp_path / "before.zip", orgs=ROWS["orgs"]), scratch)
    for unpacked in scratch.folder.glob("*.unpacked"):
        unpacked.unlink()
    source = CsvZip(path)
    assert source.digest(scratch, QuietWatch(), known) == ""
    assert _unpacked(scratch) == []
    assert source.digest(scratch, QuietWatch(), own := _digest(path, scratch)) == own


def test_after_a_fetch_the_digest_is_that_of_what_was_fetched(tmp_path: Path, scratch: Scratch) -> None:
    path = package(tmp_path / "roster.zip", **_BOTH)
    asked = _digest(path, scratch)
    source = CsvZip(path)
    source.fetch(scratch, QuietWatch())
    path.unlink()
    assert source.digest(scratch, QuietWatch()) == asked


CHANGES: dict[str, Callable[[Path], Path]] = {
    "a cell": lambda path: package(path, **{**_BOTH, "orgs": ROWS["orgs"].replace("North", "South")}),
    "the byte order mark": lambda path: package(
        path, orgs=b"\xef\xbb\xbf" + ROWS["orgs"].encode(), users=ROWS["users"]
    ),
    "a file less": lambda path: package(path, orgs=ROWS["orgs"]),
    "a file that is not imported": lambda path: package(path, **_BOTH, lineItems="sourcedId\nl1\n"),
    "the manifest": lambda path: zipped(
        path,
        {
            "manifest.csv": manifest(orgs="bulk", users="bulk") + "source.systemName,SIS\n",
            "orgs.csv": ROWS["orgs"],
            "users.csv": ROWS["users"],
        },
    ),
    "a file's name": lambda path: zipped(
        path,
        {"manifest.csv": manifest(orgs="bulk", users="bulk"), "Orgs.csv": ROWS["orgs"], "users.csv": ROWS["users"]},
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_fetch_would_read_changes_the_digest(change: str, tmp_path: Path, scratch: Scratch) -> None:
    before = _digest(package(tmp_path / "before.zip", **_BOTH), scratch)
    after = _digest(CHANGES[change](tmp_path / "after.zip"), scratch)
    assert after
    assert after != before


def test_a_delta_has_no_digest_and_is_fetched_all_the_same(tmp_path: Path, scratch: Scratch) -> None:
    source = CsvZip(package(tmp_path / "roster.zip", mode="delta", orgs=ROWS["orgs"]))
    assert source.digest(scratch, QuietWatch()) == ""
    assert _unpacked(scratch) == []
    assert source.fetch(scratch, QuietWatch()).collections["orgs"].rows == 1


@pytest.mark.covers("N05")
@pytest.mark.parametrize("orgs", [ROWS["orgs"], ROWS["orgs"].encode("utf-16"), ROWS["orgs"] + "s2,,,South\n"])
def test_a_fetch_is_the_same_whether_the_digest_was_asked_or_not(orgs: str | bytes, tmp_path: Path) -> None:
    path = package(tmp_path / "roster.zip", orgs=orgs, users=ROWS["users"], lineItems="sourcedId\nl1\n")
    alone = _landed(path, tmp_path / "alone", asked=False)
    assert _landed(path, tmp_path / "asked", asked=True) == alone
    assert alone[0].not_imported == {"lineItems": 1}


def test_what_is_fetched_is_what_was_hashed(tmp_path: Path, scratch: Scratch) -> None:
    path = package(tmp_path / "roster.zip", orgs=ROWS["orgs"])
    source = CsvZip(path)
    source.digest(scratch, QuietWatch())
    path.unlink()
    source.fetch(scratch, QuietWatch())
    assert scratch.rows("SELECT name FROM raw_orgs") == [("North",)]


def test_a_fetch_into_another_scratch_database_reads_the_zip_again(tmp_path: Path, scratch: Scratch) -> None:
    source = CsvZip(package(tmp_path / "roster.zip", orgs=ROWS["orgs"]))
    source.digest(scratch, QuietWatch())
    with Scratch(tmp_path / "other") as other:
        assert source.fetch(other, QuietWatch()).collections["orgs"].rows == 1


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


_ORGS = ROWS["orgs"].encode()
_ANNOUNCED = honest("manifest.csv", manifest(orgs="bulk", users="bulk").encode())
REFUSED: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "no zip": ("package.not_a_zip", lambda path: _written(path, b"x")),
    "a file that is not announced": (
        "manifest.file_unexpected",
        lambda path: zipped(path, {"manifest.csv": manifest(), "orgs.csv": ROWS["orgs"]}),
    ),
    "a file that is not text": (
        "table.encoding",
        lambda path: package(path, users=ROWS["users"], orgs=b"a,\xff\xff\n"),
    ),
    "a file larger than stated": (
        "package.lying_size",
        lambda path: forged(
            path, [_ANNOUNCED, honest("orgs.csv", _ORGS), Forged("users.csv", deflated(_ORGS), size=10)]
        ),
    ),
    "two broken files": (
        "table.encoding",
        lambda path: package(path, orgs=b"a,\xff\xff\n", users=b"a\n" * 4_000_000 + b"\0"),
    ),
}


@pytest.mark.covers("N38")
@pytest.mark.parametrize("name", REFUSED)
def test_the_digest_is_refused_as_a_fetch_is(name: str, tmp_path: Path) -> None:
    code, make = REFUSED[name]
    path = make(tmp_path / "roster.zip")
    told = []
    for act in (CsvZip.digest, CsvZip.fetch):
        with Scratch(tmp_path / act.__name__) as scratch:
            with pytest.raises(SourceRefused) as refusal:
                act(CsvZip(path), scratch, QuietWatch())
            assert _unpacked(scratch) == []
            told.append((refusal.value.code, refusal.value.what, _findings(scratch)))
    assert told[0] == told[1]
    assert told[0][0] == code


@pytest.mark.parametrize("act", [CsvZip.digest, CsvZip.fetch])
def test_a_run_that_is_stopped_ends_its_threads_and_leaves_no_file(
    act: Callable[[CsvZip, Scratch, QuietWatch], object], tmp_path: Path, scratch: Scratch
) -> None:
    path = package(tmp_path / "roster.zip", **_BOTH, classes="a\n" * 5_000_000)
    with pytest.raises(Stopped):
        act(CsvZip(path), scratch, StoppingWatch("orgs.csv"))
    assert _unpacked(scratch) == []
    assert [each.name for each in threading.enumerate() if each.name.startswith("unpack")] == []
