"""The cast is what its names say."""

from pathlib import Path

from tests.districts import cast
from tests.districts.tables import read
from tests.installation import Installation


def test_the_clean_districts_have_nothing_to_find(
    bare: Installation, small_clean: Path, small_clean_next_day: Path, half_missing: Path
) -> None:
    for district in (small_clean, small_clean_next_day, half_missing):
        answer = bare.run("validate", district, "--strict", "--json")
        assert (answer.code, answer.object["findings"]) == (0, {})


def test_the_messy_district_has_every_fault_it_should(bare: Installation, messy: Path) -> None:
    findings = bare.run("validate", messy, "--strict", "--json").object["findings"]
    assert set(cast.MESSY_CODES) - set(findings) == set()


def test_half_of_the_students_are_missing(small_clean: Path, half_missing: Path) -> None:
    whole, half = read(small_clean), read(half_missing)
    assert len(half["demographics"].rows) == len(whole["demographics"].rows) // 2
    assert len(half["enrollments"].rows) < 0.6 * len(whole["enrollments"].rows)
    assert half["classes"].rows == whole["classes"].rows


def test_the_large_district_is_large(large: Path) -> None:
    assert len(read(large)["users"].rows) == 20_000
