"""What a readable file lands as: every row under its own number, every cell as it was written."""

import json
from pathlib import Path

import pytest

from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.csvzip.source import CsvZip
from tests.unit.sources.csvzip.zips import (
    ORGS_HEADER,
    ROWS,
    Content,
    QuietWatch,
    Reading,
    entity_columns,
    orgs,
    package,
    read,
)

_S1 = "s1,,,North,school,,"
_S3 = "s3,,,South,school,,"


def _read_orgs(tmp_path: Path, content: Content) -> Reading:
    return read(package(tmp_path / "roster.zip", orgs=content), tmp_path)


def _names(reading: Reading) -> list[tuple[object, object, object]]:
    reading.whole()
    return [(row["row"], row["sourced_id"], row["name"]) for row in reading.rows["orgs"]]


READABLE: dict[str, tuple[set[str], list[tuple[int, str, str]], Content]] = {
    "plain": (set(), [(2, "s1", "North"), (3, "s3", "South")], orgs(_S1, _S3)),
    "no last line end": (set(), [(2, "s1", "North"), (3, "s3", "South")], orgs(_S1, _S3).rstrip()),
    "CR LF": (set(), [(2, "s1", "North"), (3, "s3", "South")], orgs(_S1, _S3).replace("\n", "\r\n")),
    "CR": (set(), [(2, "s1", "North"), (3, "s3", "South")], orgs(_S1, _S3).replace("\n", "\r")),
    "mixed line ends": (set(), [(2, "s1", "North"), (3, "s3", "South")], orgs(_S1, _S3).replace("\n", "\r\n", 1)),
    "a byte order mark": (set(), [(2, "s1", "North")], b"\xef\xbb\xbf" + orgs(_S1).encode()),
    "UTF-16": ({"table.utf16"}, [(2, "s1", "École")], orgs("s1,,,École,school,,").encode("utf-16")),
    "UTF-16, the other end first": (
        {"table.utf16"},
        [(2, "s1", "École")],
        b"\xfe\xff" + orgs("s1,,,École,school,,").encode("utf-16-be"),
    ),
    "every cell in quotes": (
        set(),
        [(2, "s1", "North")],
        '"' + ORGS_HEADER.replace(",", '","') + '"\n"s1","","","North","school","",""\n',
    ),
    "quotes that are doubled": (set(), [(2, "s1", 'The "North"')], orgs('s1,,,"The ""North""",school,,')),
    "a comma in quotes": (set(), [(2, "s1", "North, Upper")], orgs('s1,,,"North, Upper",school,,')),
    "a short row": (
        {"table.too_few_columns"},
        [(2, "s1", "North"), (3, "s2", "West"), (4, "s3", "South")],
        orgs(_S1, "s2,,,West,school", _S3),
    ),
    "a long row": ({"table.too_many_columns"}, [(2, "s1", "North"), (4, "s3", "South")], orgs(_S1, f"s2{_S1},x", _S3)),
    "a blank line": ({"table.blank_line"}, [(2, "s1", "North"), (4, "s3", "South")], orgs(_S1, "", _S3)),
    "blank lines at the end": (set(), [(2, "s1", "North")], orgs(_S1, "")),
    "a line break in a cell": (
        {"table.line_break"},
        [(2, "s1", "North Upper"), (3, "s3", "South")],
        orgs('s1,,,"North\r\nUpper",school,,', _S3),
    ),
    "blank cells too many beside a short row": (
        {"table.extra_blanks", "table.too_few_columns"},
        [(2, "s1", "North"), (3, "s3", "South"), (4, "s4", "East")],
        orgs(f"{_S1},,", _S3, "s4,,,East,school"),
    ),
    "a blank cell too many in every row": (
        {"table.extra_blanks"},
        [(2, "s1", "North"), (3, "s3", "South")],
        orgs(f"{_S1},", f"{_S3},"),
    ),
    "a bare comma that pushes a blank cell out": (
        {"table.too_many_columns"},
        [(2, "s1", "North")],
        orgs(_S1, "s3,,,South, Lower,school,,"),
    ),
    "words that look like nothing": (
        set(),
        [(2, "NULL", "NaN"), (3, "#2", "\\N")],
        orgs("NULL,,,NaN,school,,", "#2,,,\\N,school,,"),
    ),
    "ids that differ in case": (set(), [(2, "s1", "A"), (3, "S1", "B")], orgs("s1,,,A,school,,", "S1,,,B,school,,")),
    "only a header": ({"table.no_rows"}, [], orgs()),
    "only a header without its line end": ({"table.no_rows"}, [], ORGS_HEADER),
}


@pytest.mark.covers("N06", "N39")
@pytest.mark.parametrize("name", READABLE)
def test_rows_land_under_their_own_numbers(name: str, tmp_path: Path) -> None:
    codes, rows, content = READABLE[name]
    reading = _read_orgs(tmp_path, content)
    assert _names(reading) == rows
    assert reading.codes == codes
    assert reading.whole().collections["orgs"].rows == len(rows)
    assert reading.left_behind == []


def test_raw_tables_have_the_columns_of_the_contract(tmp_path: Path) -> None:
    reading = read(package(tmp_path / "roster.zip", **ROWS), tmp_path)
    reading.whole()
    assert {name: list(rows[0]) for name, rows in reading.rows.items() if rows} == {
        name: entity_columns(name) for name in ROWS
    }


def test_a_row_that_is_kept_out_is_told_with_its_id(tmp_path: Path) -> None:
    reading = _read_orgs(tmp_path, orgs(_S1, "s2,,,North,school,,,Upper", _S3))
    (finding,) = reading.of("table.too_many_columns")
    assert (finding.file, finding.row, finding.entity, finding.sourced_id) == ("orgs.csv", 3, "orgs", "s2")


def test_lists_land_as_json_arrays_of_trimmed_items(tmp_path: Path) -> None:
    users = (
        ROWS["users"]
        .replace("true,s1,teacher", 'true,"s1, s2,,s ""3"" ",teacher')
        .replace("u2,,,true,s1", "u2,,,true,")
    )
    rows = read(package(tmp_path / "roster.zip", users=users), tmp_path).rows["users"]
    assert [json.loads(str(rows[0]["org_sourced_ids"])), rows[1]["org_sourced_ids"]] == [["s1", "s2", 's "3"'], ""]


def test_metadata_lands_as_an_object_of_the_filled_keys_in_order(tmp_path: Path) -> None:
    header = "sourcedId,metadata.zone,status,dateLastModified,name,type,identifier,parentSourcedId,metadata.o'clock"
    reading = _read_orgs(tmp_path, orgs('s1," ""a"" ",,,North,school,,,8', "s2,,,,South,school,,,", header=header))
    assert [row["metadata"] for row in reading.rows["orgs"]] == ['{"o\'clock":"8","zone":"\\"a\\""}', None]
    assert reading.codes == {"schema.column_order"}


@pytest.mark.parametrize("filled", [True, False])
def test_passwords_are_never_landed(filled: bool, tmp_path: Path) -> None:
    users = ROWS["users"].replace(",,,,,,,,\nu2", ",,,,,,,,hunter2\nu2") if filled else ROWS["users"]
    reading = read(package(tmp_path / "roster.zip", users=users), tmp_path)
    assert "hunter2" not in str(reading.rows)
    assert ("vendor.password_dropped" in reading.codes) is filled


def test_a_quoted_file_of_many_rows_is_read_whole(tmp_path: Path) -> None:
    lines = [f'"s{number}","","","School ""{number}""","school","",""' for number in range(20_000)]
    reading = _read_orgs(tmp_path, orgs(*lines))
    assert [len(reading.rows["orgs"]), reading.rows["orgs"][-1]["row"], reading.rows["orgs"][-1]["name"]] == [
        20_000,
        20_001,
        'School "19999"',
    ]


def test_one_bad_row_in_many_leaves_every_other_its_number(tmp_path: Path) -> None:
    lines = [f"s{number},,,School,school,," for number in range(2, 50_000)]
    lines[40_000] += "x,y"
    reading = _read_orgs(tmp_path, orgs(*lines))
    reading.whole()
    assert all(row["sourced_id"] == f"s{row['row']}" for row in reading.rows["orgs"])
    assert [finding.row for finding in reading.of("table.too_many_columns")] == [40_002]


def test_a_harmless_fault_in_every_row_is_told_a_thousand_times(tmp_path: Path) -> None:
    reading = _read_orgs(tmp_path, orgs(*(f"s{number},,,School,school" for number in range(2_000))))
    assert (len(reading.rows["orgs"]), len(reading.of("table.too_few_columns"))) == (2_000, 1_000)


def test_numbers_follow_the_file_when_it_is_parsed_in_parallel(tmp_path: Path) -> None:
    lines = (f"s{number},,,School of some longer name {number},school,," for number in range(2, 600_000))
    path = package(tmp_path / "roster.zip", orgs=orgs(*lines))
    with Scratch(tmp_path / "scratch") as scratch:
        fetched = CsvZip(path).fetch(scratch, QuietWatch())
        misplaced = scratch.count("SELECT count(*) FROM raw_orgs WHERE sourced_id <> 's' || row")
    assert (fetched.collections["orgs"].rows, misplaced) == (599_998, 0)
