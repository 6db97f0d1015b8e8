"""Every fixture set that others wrote: what reading it comes to, and why."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rosterkeeper.oneroster.findings import CODES
from tests.unit.sources.csvzip.zips import Reading, manifest, read, zipped


@dataclass(frozen=True)
class Expected:
    """The written-down result of one set: rows by entity or the refusal's code, the deviations told, and the reason."""

    why: str
    rows: dict[str, int] = field(default_factory=dict)
    version: str = ""
    refusal: str = ""
    deviations: frozenset[str] = frozenset()


_SMALL = {
    "orgs": 1,
    "academicSessions": 2,
    "courses": 42,
    "classes": 42,
    "users": 79,
    "demographics": 72,
    "enrollments": 546,
}
_ED_FI = {
    "orgs": 2,
    "academicSessions": 3,
    "courses": 2,
    "classes": 2,
    "users": 10,
    "demographics": 8,
    "enrollments": 24,
}
ZIPS = {
    "edfi-lms-or10/edfi-lms-or10.zip": Expected(
        "No manifest and the seven files of OneRoster 1.0 under 1.0's own column names: nothing in its form deviates.",
        rows=_ED_FI,
        version="1.0",
    ),
    "edfi-lms-or11/edfi-lms-or11.zip": Expected(
        "A clean 1.1 set, but manifest.version was turned from 1.0 into 1, and two users have one blank cell too many.",
        rows=_ED_FI,
        version="1.1",
        deviations=frozenset({"manifest.version_form", "table.extra_blanks"}),
    ),
    "gospelnerd-school-small/oneroster-school-small.zip": Expected(
        "A 1.1 set whose bulk files fill status and dateLastModified, which is for delta files; it is read as bulk.",
        rows=_SMALL,
        version="1.1",
        deviations=frozenset({"manifest.bulk_with_status"}),
    ),
    "gospelnerd-district-medium/oneroster-district-medium.zip": Expected(
        "As the small one, with nine schools.",
        rows={
            "orgs": 9,
            "academicSessions": 2,
            "courses": 91,
            "classes": 364,
            "users": 837,
            "demographics": 778,
            "enrollments": 5810,
        },
        version="1.1",
        deviations=frozenset({"manifest.bulk_with_status"}),
    ),
    "bergerb-dialect/bergerb-dialect.zip": Expected(
        "The small set in a dialect: termSourcedId, agentSourcedIds in another place, a course column in enrollments.",
        rows=_SMALL,
        version="1.1",
        deviations=frozenset(
            {
                "manifest.bulk_with_status",
                "schema.column_alias",
                "schema.column_order",
                "schema.unknown_column",
            }
        ),
    ),
    "nicelion-headers-only/nicelion-headers-only.zip": Expected(
        "Only headers, and demographics.csv is there although the manifest calls it absent: refused before any row.",
        refusal="manifest.file_unexpected",
        deviations=frozenset({"manifest.file_unexpected"}),
    ),
}
_V12_ROWS = {
    "orgs": 2,
    "academicSessions": 2,
    "courses": 1,
    "classes": 1,
    "users": 2,
    "userProfiles": 1,
    "roles": 2,
    "demographics": 1,
    "enrollments": 1,
}
_LONGSIGHT_ROWS = {
    "V01-manifest-only-package.zip": {},
    "V02-rostering-bulk-package.zip": _V12_ROWS,
    "V03-rostering-delta-package.zip": _V12_ROWS,
    "V08-full-bulk-package.zip": _V12_ROWS,
}
# The authors' code for a quote inside a bare cell, under our name.
_OUR_CODES = {"csv.unescaped_quote": "table.unescaped_quote"}


def _check(reading: Reading, expected: Expected) -> None:
    assert reading.deviations == expected.deviations, expected.why
    if expected.refusal:
        assert reading.refused().code == expected.refusal, expected.why
        return
    fetched = reading.whole()
    assert fetched.version == expected.version, expected.why
    assert {name: each.rows for name, each in fetched.collections.items()} == expected.rows, expected.why
    assert {name: len(rows) for name, rows in reading.rows.items() if rows} == expected.rows, expected.why


@pytest.mark.covers("N05", "N06")
@pytest.mark.parametrize("name", ZIPS)
def test_a_fixture_zip_comes_to_what_is_written_down(name: str, fixtures: Path, tmp_path: Path) -> None:
    expected = ZIPS[name]
    assert expected.why
    _check(read(fixtures / name, tmp_path), expected)


def _cases(fixtures: Path) -> list[dict[str, object]]:
    cases: list[dict[str, object]] = json.loads((fixtures / "longsight-csv12" / "expected.json").read_text())
    return cases


@pytest.mark.covers("N06", "N07", "N38")
def test_longsight_s_packages_come_to_what_their_authors_expect(fixtures: Path, tmp_path: Path) -> None:
    cases = _cases(fixtures)
    assert len(cases) == 10
    for case in cases:
        name = str(case["file"])
        folder = tmp_path / name
        folder.mkdir()
        reading = read(fixtures / "longsight-csv12" / name, folder)
        if case["expect"] == "ok":
            assert reading.deviations == set(), name
            assert {entity: each.rows for entity, each in reading.whole().collections.items()} == _LONGSIGHT_ROWS[name]
            assert {each.mode.value for each in reading.whole().collections.values()} <= {case.get("mode")}, name
        else:
            listed = case["codes"]
            assert isinstance(listed, list)
            codes = {_OUR_CODES.get(code, code) for code in listed}
            assert {reading.refused().code} == codes, name
            assert codes <= reading.codes <= set(CODES), name


def test_longsight_s_full_package_counts_what_it_does_not_import(fixtures: Path, tmp_path: Path) -> None:
    fetched = read(fixtures / "longsight-csv12" / "V08-full-bulk-package.zip", tmp_path).whole()
    assert len(fetched.not_imported) == 12
    assert set(fetched.not_imported.values()) == {1}


def _folder(folder: Path, path: Path) -> Path:
    """The files of a loose folder as a zip, as someone would make it to upload it."""
    files = sorted(each for each in folder.iterdir() if each.is_file() and not each.name.startswith("LICENSE"))
    return zipped(path, {each.name: each.read_bytes() for each in files})


LOOSE = {
    "sds-mit/SDS v2": Expected(
        "Microsoft's v2 uses OneRoster's file names; its enrollments have no sourcedId.",
        refusal="package.other_format",
        deviations=frozenset({"package.other_format"}),
    ),
    "sds-mit/SDS v2.1": Expected(
        "Microsoft's v2.1 uses OneRoster's file names and adds userFlags and relationships.",
        refusal="package.other_format",
        deviations=frozenset({"package.other_format"}),
    ),
    "japan-mit/roster-bridge": Expected(
        "Three samples under names that are not the standard's, without a manifest.",
        refusal="package.missing_manifest",
        deviations=frozenset({"package.missing_manifest", "package.unknown_file"}),
    ),
    "nicelion-outputs": Expected(
        "A generator's output: two of 1.0's six files and a test file, without a manifest.",
        refusal="package.missing_manifest",
        deviations=frozenset({"package.missing_manifest", "package.unknown_file"}),
    ),
    "edlink-fixtures-mit": Expected(
        "Another vendor's JSON; there is no CSV file in it.",
        refusal="package.missing_manifest",
        deviations=frozenset({"package.missing_manifest"}),
    ),
}


@pytest.mark.covers("N38")
@pytest.mark.parametrize("name", LOOSE)
def test_a_loose_folder_comes_to_what_is_written_down(name: str, fixtures: Path, tmp_path: Path) -> None:
    _check(read(_folder(fixtures / name, tmp_path / "roster.zip"), tmp_path), LOOSE[name])


@pytest.mark.covers("N38")
def test_microsoft_s_formats_are_refused_by_their_names(fixtures: Path, tmp_path: Path) -> None:
    for name in ("SDS v2", "SDS v2.1"):
        folder = tmp_path / name
        folder.mkdir()
        refusal = read(_folder(fixtures / "sds-mit" / name, folder / "roster.zip"), folder).refused()
        assert f"Microsoft School Data Sync {name.removeprefix('SDS ')}," in refusal.what


def test_the_japanese_samples_are_a_readable_dialect_under_the_standard_s_names(fixtures: Path, tmp_path: Path) -> None:
    folder = fixtures / "japan-mit" / "roster-bridge"
    names = ("academicSessions", "orgs", "users")
    files = {f"{name}.csv": (folder / f"sample_{name}.csv").read_bytes() for name in names}
    announced = manifest("1.1", **dict.fromkeys(names, "delta"))
    reading = read(zipped(tmp_path / "roster.zip", {"manifest.csv": announced, **files}), tmp_path)
    _check(
        reading,
        Expected(
            "Columns in another order, `orgs` for orgSourcedIds, and several optional columns left out.",
            rows={"orgs": 5, "academicSessions": 4, "users": 7},
            version="1.1",
            deviations=frozenset({"schema.column_order", "schema.column_alias", "schema.missing_optional_column"}),
        ),
    )
    assert reading.rows["users"][0]["grades"] == '["10","11"]'
