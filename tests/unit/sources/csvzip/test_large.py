"""A file too large to lie in memory twice comes to the same rows, findings and refusals as any other.

So does one in which no blank is looked for, because there is none.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from rosterkeeper.engine.normalize import norm_table, normalize
from rosterkeeper.engine.options import Options, Selection
from rosterkeeper.engine.select import narrow
from rosterkeeper.oneroster.errors import SourceRefused
from rosterkeeper.oneroster.fields import BY_NAME, ENROLLMENTS, USERS
from rosterkeeper.scratch import Cell, Scratch
from rosterkeeper.sources.contract import raw_table
from rosterkeeper.sources.csvzip.archive import DEFAULT_LIMITS
from rosterkeeper.sources.csvzip.source import MOST_BYTES, CsvZip
from tests.unit.sources.csvzip.zips import ROWS, QuietWatch, manifest, zipped

HEADER, FIRST, SECOND, _ = ROWS["users"].split("\n")
USUAL = dict.fromkeys(ROWS, "bulk")
# Each is what users.csv holds.
FILES = {
    "plain": ROWS["users"],
    "windows line ends": ROWS["users"].replace("\n", "\r\n"),
    "last line not ended": ROWS["users"].rstrip("\n"),
    "byte order mark": "\ufeff" + ROWS["users"],
    "quoted": "\n".join(['"' + line.replace(",", '","') + '"' for line in (HEADER, FIRST, SECOND)]) + "\n",
    "doubled quotes": ROWS["users"].replace(",Given,", ',"Gi""v""en",', 1),
    "list of several": ROWS["users"].replace(",s1,", ',"s1, s2",', 1),
    "stray quote": ROWS["users"].replace(",Given,", ',Gi"ven,', 1),
    "unclosed quote": ROWS["users"].replace(",Given,", ',"Given,', 1),
    "line break in a cell": ROWS["users"].replace(",Given,", ',"Gi\nven",', 1),
    "short row": "\n".join([HEADER, FIRST.removesuffix(",,"), SECOND, ""]),
    "blank cells too many": "\n".join([HEADER, FIRST + ",,", SECOND, ""]),
    "filled cells too many": "\n".join([HEADER, FIRST + ",more", SECOND, ""]),
    "blank line": "\n".join([HEADER, FIRST, "", SECOND, ""]),
    "cut short": "\n".join([HEADER, FIRST, SECOND.partition("Given")[0]]),
    "passwords": "\n".join([HEADER, FIRST + "secret", SECOND, ""]),
    "status in bulk": ROWS["users"].replace("u1,,", "u1,active,"),
    "blanks around": ROWS["users"].replace(",Given,", ", Given\t,"),
    "other columns": "\n".join([HEADER + ",metadata.home,else", FIRST + ",a,x", SECOND + ',"b ""c""",y"', ""]),
    "no rows": HEADER + "\n",
    "blank lines alone": HEADER + "\n\n\n",
    "no such letter": ROWS["users"].encode().replace(b"Given", b"Giv\xffn"),
}


@dataclass(frozen=True)
class Read:
    rows: list[tuple[Cell, ...]]
    findings: list[tuple[Cell, ...]]
    refusal: tuple[str, str]
    counted: dict[str, int]


def read(package: Path, folder: Path, most_bytes: int, *, is_looked_through: bool = False) -> Read:
    rows: list[tuple[Cell, ...]] = []
    counted, refusal = {}, ("", "")
    with Scratch(folder / "scratch") as scratch:
        try:
            fetched = CsvZip(package, DEFAULT_LIMITS, most_bytes).fetch(scratch, QuietWatch())
            found = fetched.collections[USERS.name]
            assert bool(found.unlanded) is (most_bytes == 0 and found.rows > 0)
            if is_looked_through:
                looked = {name: replace(each, unpadded=False) for name, each in fetched.collections.items()}
                fetched = replace(fetched, collections=looked)
            made = normalize(scratch, fetched)
            counted = {name: each.rows for name, each in made.collections.items()}
            assert not any(each.unlanded for each in made.collections.values())
            rows = scratch.rows(f"SELECT * FROM {norm_table(USERS)} ORDER BY row")
            assert list(scratch.folder.glob("*.unpacked")) == []
        except SourceRefused as fault:
            refusal = fault.code, fault.what
        findings = sorted(scratch.rows("SELECT * FROM finding"), key=repr)
    return Read(rows, findings, refusal, counted)


@pytest.mark.covers("N05")
@pytest.mark.parametrize("users", FILES.values(), ids=FILES)
def test_a_large_file_is_read_as_any_other(users: str | bytes, tmp_path: Path) -> None:
    files = {f"{name}.csv": users if name == "users" else text for name, text in ROWS.items()}
    package = zipped(tmp_path / "in.zip", {"manifest.csv": manifest(**USUAL), **files})
    usual, large = (read(package, tmp_path / str(most), most) for most in (MOST_BYTES, 0))
    assert large == usual
    assert read(package, tmp_path / "looked", MOST_BYTES, is_looked_through=True) == usual
    assert usual.rows or usual.refusal[0] or users in (FILES["no rows"], FILES["blank lines alone"])


def test_a_delta_without_status_is_told_of_a_large_file_too(tmp_path: Path) -> None:
    files = {f"{name}.csv": text for name, text in ROWS.items()}
    package = zipped(tmp_path / "in.zip", {"manifest.csv": manifest(**dict.fromkeys(ROWS, "delta")), **files})
    usual, large = (read(package, tmp_path / str(most), most) for most in (MOST_BYTES, 0))
    assert large == usual
    assert "manifest.delta_without_status" in {row[0] for row in large.findings}


def test_a_large_file_that_nobody_wants_is_not_read(tmp_path: Path) -> None:
    files = {f"{name}.csv": text for name, text in ROWS.items()}
    package = zipped(tmp_path / "in.zip", {"manifest.csv": manifest(**USUAL), **files})
    with Scratch(tmp_path / "scratch") as scratch:
        fetched = CsvZip(package, DEFAULT_LIMITS, 0).fetch(scratch, QuietWatch())
        wanted = narrow(scratch, fetched, Selection(options=Options(classrooms=False)))
        assert ENROLLMENTS.name in fetched.collections
        assert ENROLLMENTS.name not in wanted.collections
        assert not scratch.has_relation(raw_table(BY_NAME[ENROLLMENTS.name]))
        assert not (scratch.folder / "enrollments.unpacked").exists()
