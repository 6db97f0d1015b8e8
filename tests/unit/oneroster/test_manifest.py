"""manifest.csv is written as the standard's table has it."""

import csv
import io

import pytest

from rosterkeeper.oneroster.fields import FILES_V1P1, FILES_V1P2
from rosterkeeper.oneroster.manifest import manifest_files, manifest_text


@pytest.mark.parametrize(("version", "files"), [("1.1", FILES_V1P1), ("1.2", FILES_V1P2)])
def test_a_manifest_accounts_for_every_file_of_its_version(version: str, files: tuple[str, ...]) -> None:
    assert sorted(manifest_files(version)) == sorted(files)
    rows = list(csv.reader(io.StringIO(manifest_text(version, {"users": "bulk", "orgs": "delta"}))))
    assert rows[:3] == [["propertyName", "value"], ["manifest.version", "1.0"], ["oneroster.version", version]]
    assert [name for name, _ in rows[3:]] == [f"file.{name}" for name in manifest_files(version)]
    told = {row[0]: row[1] for row in rows}
    assert (told["file.users"], told["file.orgs"], told["file.results"]) == ("bulk", "delta", "absent")


def test_the_source_stands_last_and_is_quoted_where_it_must_be() -> None:
    text = manifest_text("1.2", {}, system_name='Keeper, the "real" one', system_code="keeper")
    assert text.splitlines()[-2:] == ['source.systemName,"Keeper, the ""real"" one"', "source.systemCode,keeper"]


def test_a_file_or_a_mode_that_is_not_the_standards_is_refused() -> None:
    with pytest.raises(ValueError, match="roles"):
        manifest_text("1.1", {"roles": "bulk"})
    with pytest.raises(ValueError, match="users"):
        manifest_text("1.1", {"users": "whole"})
    with pytest.raises(KeyError):
        manifest_text("1.0", {})
