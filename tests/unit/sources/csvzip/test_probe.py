"""A connection test of a zip says what it announces, or why it cannot be read."""

from pathlib import Path

import pytest

from rosterkeeper.sources.csvzip.source import CsvZip
from tests.unit.sources.csvzip.zips import ROWS, package


@pytest.mark.covers("N05", "M11")
def test_a_good_zip_is_told_with_its_version_and_files(tmp_path: Path) -> None:
    probe, orgs = CsvZip(package(tmp_path / "roster.zip", orgs=ROWS["orgs"])).test()
    assert (probe.ok, probe.says) == (True, "OneRoster 1.1: orgs.csv")
    assert (orgs.what, orgs.ok) == ("orgs.csv", True)
    assert orgs.says == "bulk, rows: 1, columns of the standard: 7 of 7"


@pytest.mark.covers("N38")
def test_a_bad_zip_is_told_with_its_code_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "roster.zip").write_text("no zip")
    (probe,) = CsvZip(tmp_path / "roster.zip").test()
    assert (probe.ok, probe.code) == (False, "package.not_a_zip")
    assert "invalid zip" in probe.todo


def test_a_missing_file_is_told_without_an_exception(tmp_path: Path) -> None:
    (probe,) = CsvZip(tmp_path / "nowhere.zip").test()
    assert (probe.ok, probe.code) == (False, "source.file_unreadable")


@pytest.mark.covers("N38", "M13")
def test_a_file_whose_header_cannot_be_right_is_told_by_itself(tmp_path: Path) -> None:
    files = {"orgs": "sourcedId,status,dateLastModified,type\ns1,,,school\n", "users": ROWS["users"]}
    probes = {probe.what: probe for probe in CsvZip(package(tmp_path / "roster.zip", **files)).test()}
    assert (probes["orgs.csv"].ok, probes["orgs.csv"].code) == (False, "schema.missing_column")
    assert "invalid zip" in probes["orgs.csv"].todo
    assert probes["users.csv"].ok


@pytest.mark.covers("N38")
def test_a_zip_damaged_in_its_middle_is_told(tmp_path: Path) -> None:
    rows = "".join(f"u{n},,,true,s1,student,n{n},,G{n * 7919 % 997},F,,,,,,,,\n" for n in range(4000))
    path = package(tmp_path / "roster.zip", users=ROWS["users"] + rows)
    content = bytearray(path.read_bytes())
    middle = content.index(b"users.csv") + 20_000
    content[middle : middle + 40] = bytes(40)
    path.write_bytes(content)
    (users,) = [probe for probe in CsvZip(path).test() if not probe.ok]
    assert (users.what, users.code.split(".")[0]) == ("users.csv", "package")
