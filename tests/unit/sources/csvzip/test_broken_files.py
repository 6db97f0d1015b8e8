"""Files that cannot be read whole: the zip is refused, and the refusal names the file and the row."""

import random
import zipfile
from pathlib import Path

import pytest

from rosterkeeper.oneroster.errors import SourceFailed
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.csvzip.source import CsvZip
from tests.unit.sources.csvzip.zips import (
    ORGS_HEADER,
    ROWS,
    Content,
    QuietWatch,
    Reading,
    manifest,
    orgs,
    package,
    read,
    zipped,
)

_GOOD = "s1,,,North,school,,"
_NAME = "Secretname"


def _read_orgs(tmp_path: Path, content: Content) -> Reading:
    return read(package(tmp_path / "roster.zip", orgs=content), tmp_path)


BROKEN: dict[str, tuple[str, int, Content]] = {
    "Latin-1": ("table.encoding", 3, orgs(_GOOD, "s2,,,École,school,,").encode("latin-1")),
    "a cut UTF-8 letter at the end": ("table.encoding", 2, orgs("s1,,,É,school,,").encode()[:-11]),
    "UTF-16 cut in the middle of a letter": ("table.encoding", 3, orgs(_GOOD).encode("utf-16")[:-1]),
    "UTF-16 without its mark": ("table.nul_byte", 1, orgs(_GOOD).encode("utf-16-le")),
    "a NUL byte": ("table.nul_byte", 3, orgs(_GOOD, "s2,,,No\0rth,school,,")),
    "an unclosed quote": ("table.unclosed_quote", 3, orgs(_GOOD, f's2,,,"{_NAME},school,,', "s3,,,South,school,,")),
    "an unclosed quote in the last row": ("table.unclosed_quote", 3, orgs(_GOOD, f's2,,,"{_NAME}')),
    "an unclosed quote in the header": ("table.unclosed_quote", 1, orgs(_GOOD, header=f'"{ORGS_HEADER}')),
    "a quote inside a bare cell": ("table.unescaped_quote", 3, orgs(_GOOD, f's2,,,{_NAME}"x,school,,')),
    "two quotes inside a bare cell": ("table.unescaped_quote", 3, orgs(_GOOD, f's2,,,{_NAME} "x" y,school,,')),
    "a bare quote beside a quoted one": (
        "table.unescaped_quote",
        4,
        orgs(_GOOD, 's2,,,"A ""B""",school,,', f's3,,,{_NAME} ""B"",school,,'),
    ),
    "text after a closing quote": ("table.unescaped_quote", 3, orgs(_GOOD, f's2,,,"{_NAME}"x,school,,')),
    "a quote that swallows the next rows": (
        "table.unclosed_quote",
        2,
        orgs(f's1,,,"{_NAME}"",school,,', 's2,,,"B",school,,'),
    ),
    "a field of 5 MB": ("table.field_too_long", 3, orgs(_GOOD, f"s2,,,{'x' * 5_000_000},school,,")),
    "a quoted field of 5 MB in many lines": (
        "table.unclosed_quote",
        2,
        orgs('s1,,,"' + "x\n" * 2_500_000 + '",school,,'),
    ),
    "a file of one endless line": ("table.field_too_long", 1, b"x" * 3_000_000),
    "an empty file": ("table.no_header", 1, ""),
    "only a byte order mark": ("table.no_header", 1, b"\xef\xbb\xbf"),
    "a blank line first": ("table.no_header", 1, "\n" + ROWS["orgs"]),
    "semicolons": ("table.other_separator", 1, ROWS["orgs"].replace(",", ";")),
    "tabs": ("table.other_separator", 1, ROWS["orgs"].replace(",", "\t")),
    "no header": ("table.no_header", 1, f"s1,,,{_NAME},school,,\n"),
    "a missing column": ("schema.missing_column", 1, orgs("s1,school", header="sourcedId,type")),
    "no sourcedId": ("schema.missing_column", 1, orgs("North,school", header="name,type")),
    "a column twice": ("schema.duplicate_column", 1, orgs(f"{_GOOD},x", header=f"{ORGS_HEADER},name")),
    "a column twice in two cases": ("schema.duplicate_column", 1, orgs(f"{_GOOD},x", header=f"{ORGS_HEADER},Name")),
    "a metadata column twice": (
        "schema.duplicate_column",
        1,
        orgs(f"{_GOOD},x,y", header=f"{ORGS_HEADER},metadata.a,metadata.a"),
    ),
    "a row cut short at the end": ("table.cut_short", 3, orgs(_GOOD, f"s2,,,{_NAME}").removesuffix("\n")),
    "a short row whose id is unknown": ("table.unreadable_row", 3, orgs(_GOOD, f",,,{_NAME}")),
    "a long row whose id is unknown": ("table.unreadable_row", 3, orgs(_GOOD, f",,,{_NAME},school,,,more")),
    "a long row where the id is not first": (
        "table.unreadable_row",
        2,
        orgs(f"{_NAME},s1,school,more", header="name,sourcedId,type"),
    ),
    "a thousand columns": ("table.too_many_columns", 1, orgs(header=ORGS_HEADER + ",x" * 1000)),
}


@pytest.mark.covers("N38", "N39")
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_naming_file_and_row(name: str, tmp_path: Path) -> None:
    code, row, content = BROKEN[name]
    reading = _read_orgs(tmp_path, content)
    refusal = reading.refused()
    assert (refusal.code, {finding.row for finding in reading.of(code)}) == (code, {row})
    assert {finding.file for finding in reading.of(code)} == {"orgs.csv"}
    assert "orgs.csv" in refusal.what
    assert refusal.todo
    assert reading.left_behind == []


@pytest.mark.parametrize("name", BROKEN)
def test_a_refusal_never_tells_a_value(name: str, tmp_path: Path) -> None:
    reading = _read_orgs(tmp_path, BROKEN[name][2])
    told = f"{reading.refused().what} {reading.refused().todo} {reading.findings}"
    assert _NAME not in told


def _cut(path: Path, share: float) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


@pytest.mark.covers("N38")
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.99])
def test_a_zip_that_was_cut_is_refused(share: float, tmp_path: Path) -> None:
    path = _cut(package(tmp_path / "roster.zip", **ROWS), share)
    assert read(path, tmp_path).refused().code == "package.not_a_zip"


def test_a_file_that_was_cut_at_60_percent_is_refused(tmp_path: Path) -> None:
    rows = orgs(*(f"s{number},,,School {number},school,," for number in range(100)))
    reading = _read_orgs(tmp_path, rows[: int(len(rows) * 0.6)])
    assert reading.refused().code == "table.cut_short"


@pytest.mark.covers("N38")
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_altered_bytes_are_refused_naming_the_file(method: int, tmp_path: Path) -> None:
    noise = random.Random(7)  # so that deflate keeps the bytes apart
    rows = orgs(*(f"s{number},,,{noise.random()},school,," for number in range(500)))
    path = zipped(tmp_path / "roster.zip", {"manifest.csv": manifest(orgs="bulk"), "orgs.csv": rows}, method)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))
    refusal = read(path, tmp_path).refused()
    # Bytes that are no longer text are seen before the checksum at the file's end.
    assert refusal.code in ("package.damaged", "package.lying_size", "table.encoding")
    assert "orgs.csv" in refusal.what


@pytest.mark.parametrize("content", [b"", b"sourcedId,name\ns1,North\n", b"\x1f\x8b" + b"\0" * 100])
def test_what_is_not_a_zip_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "roster.zip"
    path.write_bytes(content)
    assert read(path, tmp_path).refused().code == "package.not_a_zip"


def test_a_missing_file_is_worth_another_try(tmp_path: Path) -> None:
    with Scratch(tmp_path / "scratch") as scratch, pytest.raises(SourceFailed) as failure:
        CsvZip(tmp_path / "nowhere.zip").fetch(scratch, QuietWatch())
    assert failure.value.code == "source.file_unreadable"


def test_a_file_of_which_most_rows_do_not_fit_the_header_is_refused(tmp_path: Path) -> None:
    rows = orgs(*(f"s{number},,,North, or South,school,," for number in range(10_001)))
    reading = _read_orgs(tmp_path, rows)
    assert reading.refused().code == "table.unreadable_row"
