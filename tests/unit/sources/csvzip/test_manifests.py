"""The manifest against what the zip holds: one refusal tells every difference."""

from pathlib import Path

import pytest

from rosterkeeper.sources.contract import Mode
from tests.unit.sources.csvzip.zips import ROWS, Content, Reading, manifest, package, read, zipped

_BULK = manifest(orgs="bulk")


def _read(tmp_path: Path, text: Content, **contents: Content) -> Reading:
    files = {"manifest.csv": text, **{f"{name}.csv": content for name, content in contents.items()}}
    return read(zipped(tmp_path / "roster.zip", files), tmp_path)


ACCEPTED: dict[str, tuple[set[str], str, Content]] = {
    "as the standard writes it": (set(), "1.1", _BULK),
    "1.2": (set(), "1.2", manifest("1.2", orgs="bulk")),
    "1.2.1": ({"manifest.version_form"}, "1.2", manifest("1.2", orgs="bulk").replace("n,1.2", "n,1.2.1")),
    "the Japan Profile": ({"manifest.version_form"}, "1.2", manifest("1.2", orgs="bulk").replace("n,1.2", "n,1.2_JP")),
    "manifest.version 1": ({"manifest.version_form"}, "1.1", _BULK.replace("1.0", "1")),
    "no manifest.version": ({"manifest.missing_property"}, "1.1", _BULK.replace("manifest.version,1.0\n", "")),
    "a footnote star": ({"manifest.property_form"}, "1.1", _BULK.replace("file.orgs", "file.orgs*")),
    "a mode in another case": ({"manifest.property_form"}, "1.1", _BULK.replace("bulk", "Bulk")),
    "every cell in quotes": (
        set(),
        "1.1",
        "\r\n".join(f'"{line.replace(",", chr(34) + "," + chr(34))}"' for line in _BULK.split()),
    ),
    "a byte order mark": (set(), "1.1", b"\xef\xbb\xbf" + _BULK.encode()),
    "blank lines and the source's name": (set(), "1.1", f"{_BULK}\n\nsource.systemName,North\n"),
    "the same property twice, alike": (set(), "1.1", f"{_BULK}file.orgs,bulk\n"),
    "an absent file left out": ({"manifest.missing_property"}, "1.1", _BULK.replace("file.users,absent\n", "")),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_manifests_that_are_read(name: str, tmp_path: Path) -> None:
    codes, version, text = ACCEPTED[name]
    reading = _read(tmp_path, text, orgs=ROWS["orgs"])
    assert (reading.whole().version, reading.codes) == (version, codes)


REFUSED: dict[str, tuple[str, Content]] = {
    "another header": ("manifest.invalid_header", _BULK.replace("propertyName", "PropertyName")),
    "no header": ("manifest.invalid_header", _BULK.replace("propertyName,value\n", "")),
    "nothing": ("manifest.invalid_header", ""),
    "a third version": ("manifest.unknown_version", _BULK.replace("1.1", "2.0")),
    "no version": ("manifest.unknown_version", _BULK.replace("oneroster.version,1.1\n", "")),
    "an unknown mode": ("manifest.invalid_mode", _BULK.replace("bulk", "full")),
    "a blank mode": ("manifest.invalid_mode", _BULK.replace("bulk", "")),
    "two values": ("manifest.duplicate_property", f"{_BULK}file.orgs,delta\n"),
    "an open quote": ("manifest.unreadable", f'{_BULK}"file.orgs,delta\n'),
    "a picture": ("table.encoding", b"\x89PNG\r\n"),
    "a megabyte": ("manifest.unreadable", _BULK + "x" * (1 << 20)),
    "a file that is not there": ("manifest.file_missing", manifest(orgs="bulk", users="bulk")),
    "a file that nobody knows": ("manifest.file_missing", f"{_BULK}file.pupils,bulk\n"),
    "a file that it calls absent": ("manifest.file_unexpected", manifest()),
    "a file that it does not name": ("manifest.file_unexpected", _BULK.replace("file.orgs,bulk\n", "")),
}


@pytest.mark.covers("N38")
@pytest.mark.parametrize("name", REFUSED)
def test_manifests_that_are_refused(name: str, tmp_path: Path) -> None:
    code, text = REFUSED[name]
    reading = _read(tmp_path, text, orgs=ROWS["orgs"])
    assert reading.refused().code == code
    assert code in reading.codes


@pytest.mark.covers("N38")
def test_one_refusal_tells_all_differences(tmp_path: Path) -> None:
    announced = manifest(orgs="bulk", courses="delta")
    reading = _read(tmp_path, announced, orgs=ROWS["orgs"], users=ROWS["users"], teachers="id\n1\n", pupils="id\n1\n")
    assert sorted((finding.code, finding.file) for finding in reading.findings) == [
        ("manifest.file_missing", "courses.csv"),
        ("manifest.file_unexpected", "users.csv"),
        ("package.unknown_file", "pupils.csv"),
        ("package.unknown_file", "teachers.csv"),
    ]
    assert reading.refused().what.endswith("; and 1 more")


def test_a_file_of_1_2_is_unknown_to_1_1(tmp_path: Path) -> None:
    reading = _read(tmp_path, f"{_BULK}file.roles,bulk\n", orgs=ROWS["orgs"], roles="sourcedId\nr1\n")
    assert reading.refused().code == "package.unknown_file"


@pytest.mark.covers("N06", "N07")
def test_each_file_has_its_own_mode(tmp_path: Path) -> None:
    orgs = ROWS["orgs"].replace("s1,,,", "s1,active,2026-09-01T00:00:00.000Z,")
    reading = _read(tmp_path, manifest(orgs="delta", users="bulk"), orgs=orgs, users=ROWS["users"])
    modes = {name: collection.mode for name, collection in reading.whole().collections.items()}
    assert modes == {"orgs": Mode.DELTA, "users": Mode.BULK}
    assert reading.codes == set()


@pytest.mark.covers("N06")
def test_a_bulk_file_with_status_stays_bulk(tmp_path: Path) -> None:
    reading = read(package(tmp_path / "roster.zip", orgs=ROWS["orgs"].replace("s1,,,", "s1,tobedeleted,,")), tmp_path)
    assert reading.whole().collections["orgs"].mode is Mode.BULK
    assert [(finding.file, finding.row) for finding in reading.of("manifest.bulk_with_status")] == [("orgs.csv", 0)]


@pytest.mark.covers("N07")
def test_a_delta_file_without_status_is_told_once(tmp_path: Path) -> None:
    reading = read(package(tmp_path / "roster.zip", mode="delta", users=ROWS["users"]), tmp_path)
    assert reading.whole().collections["users"].mode is Mode.DELTA
    assert [finding.row for finding in reading.of("manifest.delta_without_status")] == [0]


def test_a_manifest_alone_changes_nothing(tmp_path: Path) -> None:
    reading = _read(tmp_path, manifest())
    assert (reading.whole().collections, reading.codes) == ({}, set())


def test_the_proof_says_what_was_compared(tmp_path: Path) -> None:
    proof = read(package(tmp_path / "roster.zip", **ROWS), tmp_path).whole().proof
    assert proof == "manifest.csv announces 6 files; all were there and read to their last byte"


def test_gradebook_files_are_counted_and_not_landed(tmp_path: Path) -> None:
    results = "sourcedId,status\n" + "".join(f"g{number},\n" for number in range(50))
    reading = read(package(tmp_path / "roster.zip", orgs=ROWS["orgs"], results=results.rstrip()), tmp_path)
    assert reading.whole().not_imported == {"results": 50}
    assert [finding.file for finding in reading.of("package.not_imported")] == ["results.csv"]
    assert set(reading.whole().collections) == {"orgs"}
