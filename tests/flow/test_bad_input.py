"""Attacks and broken files against a live roster: each is refused by name and place, and nothing changes."""

from pathlib import Path

import pytest

from tests.flow.conftest import District
from tests.flow.processes import live_rows
from tests.unit.sources.csvzip.test_attacks import ATTACKS
from tests.unit.sources.csvzip.test_broken_files import BROKEN
from tests.unit.sources.csvzip.zips import ROWS, package

REFUSED_ZIPS = (
    "a bomb of 1 GB in 1 MB",
    "a bomb that states a small size",
    "overlapping entries",
    "an archive inside",
    "a path that climbs out",
    "a symbolic link",
    "the same name twice",
    "20,000 entries",
)
REFUSED_FILES = ("Latin-1", "a NUL byte", "an unclosed quote", "a field of 5 MB", "a row cut short at the end")


@pytest.fixture
def tiny(lone: District, tmp_path: Path) -> District:
    """A roster of one school, one class and two people."""
    lone.gets(package(tmp_path / "tiny.zip", **ROWS))
    assert lone.sync()["outcome"] == "applied"
    return lone


@pytest.mark.covers("N38", "N39")
def test_an_attack_is_refused_by_name_and_changes_nothing(tiny: District, tmp_path: Path) -> None:
    before = tiny.hash("--all")
    for name in REFUSED_ZIPS:
        code, make = ATTACKS[name]
        tiny.gets(make(tmp_path / "attack.zip"))
        told = tiny.sync(code=1)
        assert (told["outcome"], told["error"]["code"]) == ("failed", code), name
        assert code in told["findings"]
    assert tiny.hash("--all") == before
    assert {each.name for each in tmp_path.iterdir()} == {"attack.zip", "data", "north.zip", "tiny.zip"}


@pytest.mark.covers("N38", "N39")
def test_a_broken_file_is_refused_by_its_place_and_changes_nothing(tiny: District, tmp_path: Path) -> None:
    before = tiny.hash("--all")
    for name in REFUSED_FILES:
        code, row, content = BROKEN[name]
        tiny.gets(package(tmp_path / "broken.zip", "bulk", "1.1", **{**ROWS, "orgs": content}))
        told = tiny.sync(code=1)
        assert (told["outcome"], told["error"]["code"]) == ("failed", code), name
        listed = tiny.run("findings", told["run"], "--json").ok().object["findings"]
        assert [(each["file"], each["row"]) for each in listed if each["code"] == code] == [("orgs.csv", row)]
    assert tiny.hash("--all") == before


def test_odd_rows_are_findings_with_a_place_and_remove_nobody(tiny: District, tmp_path: Path) -> None:
    before = live_rows(tiny.installation)
    header, teacher, student = ROWS["users"].splitlines()
    twice = "\n".join((header, teacher, student, student.replace("Family", "Another"), ""))
    cases = {
        "row.duplicate_id": ({"users": twice}, "users.csv", 3, "partial"),
        "table.no_rows": ({"users": f"{header}\n"}, "users.csv", 0, "held"),
        "semantic.cycle": (
            {"orgs": ROWS["orgs"].replace("North,school,,", "North,school,,s1")},
            "orgs.csv",
            2,
            "unchanged",
        ),
    }
    for code, (contents, file, row, outcome) in cases.items():
        tiny.gets(package(tmp_path / "odd.zip", **{**ROWS, **contents}))
        told = tiny.sync(code=3 if outcome == "held" else 0)
        assert told["outcome"] == outcome, code
        listed = tiny.run("findings", told["run"], "--json").ok().object["findings"]
        assert (file, row) in [(each["file"], each["row"]) for each in listed if each["code"] == code], listed
        assert live_rows(tiny.installation) == before, code


def test_ids_that_differ_in_case_are_two_people(tiny: District, tmp_path: Path) -> None:
    other = ROWS["users"] + ROWS["users"].splitlines()[2].replace("u2", "U2").replace("two", "three") + "\n"
    tiny.gets(package(tmp_path / "case.zip", **{**ROWS, "users": other}))
    assert tiny.sync()["counts"]["users"]["add"] == 1
    assert tiny.run("roster", "counts", "north", "--json").ok().object["counts"]["users"] == 3
