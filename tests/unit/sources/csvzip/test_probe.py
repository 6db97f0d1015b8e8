"""A connection test of a zip says what it announces, or why it cannot be read."""

from pathlib import Path

import pytest

from rosterkeeper.sources.csvzip.source import CsvZip
from tests.unit.sources.csvzip.zips import ROWS, package


@pytest.mark.covers("N05")
def test_a_good_zip_is_told_with_its_version_and_files(tmp_path: Path) -> None:
    (probe,) = CsvZip(package(tmp_path / "roster.zip", orgs=ROWS["orgs"])).test()
    assert (probe.ok, probe.says) == (True, "OneRoster 1.1: orgs.csv")


@pytest.mark.covers("N38")
def test_a_bad_zip_is_told_with_its_code_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "roster.zip").write_text("no zip")
    (probe,) = CsvZip(tmp_path / "roster.zip").test()
    assert (probe.ok, probe.code) == (False, "package.not_a_zip")
    assert "invalid zip" in probe.todo


def test_a_missing_file_is_told_without_an_exception(tmp_path: Path) -> None:
    (probe,) = CsvZip(tmp_path / "nowhere.zip").test()
    assert (probe.ok, probe.code) == (False, "source.file_unreadable")
