"""A sample is whole, conforms to the standard, and is the same bytes each time."""

import hashlib
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest

from rosterkeeper.oneroster.errors import RosterkeeperError, SettingsError
from rosterkeeper.oneroster.fields import BY_NAME, Kind
from rosterkeeper.oneroster.vocabulary import ROLE_TO_V1P1
from rosterkeeper.sample import Extra, write_sample
from rosterkeeper.sample.district import PARTS, build, rows, text
from rosterkeeper.sample.shape import school_year_of, shape_of
from rosterkeeper.scratch import Scratch
from tests.districts.tables import Tables, read

USERS = 700


Sampler = Callable[..., Tables]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sampler:
    """A district's tables on a day, each written once."""
    folder = tmp_path_factory.mktemp("samples")

    @cache
    def made(version: str, day: int = 1) -> Tables:
        out = folder / f"{version}-{day}.zip"
        write_sample(out, users=USERS, seed=5, day=day, version=version)
        return read(out)

    return made


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        write_sample(tmp_path / name, users=USERS, seed=5, day=3, version="1.2")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


@pytest.mark.parametrize(
    ("day", "year"),
    [("2026-08-01", 2027), ("2027-02-28", 2027), ("2027-07-31", 2027), ("2027-08-01", 2028), ("2028-02-29", 2028)],
)
def test_on_every_day_a_school_year_is_on(day: str, year: int) -> None:
    today = date.fromisoformat(day)
    assert school_year_of(today) == year
    sessions = shape_of(USERS, 5, Extra(school_year=year)).sessions()
    for kind in ("schoolYear", "semester", "term"):
        assert sum(each.start <= today < each.end for each in sessions if each.kind == kind) == 1


def test_a_sample_is_of_the_present_school_year_unless_another_is_asked_for(sample: Sampler, tmp_path: Path) -> None:
    year = f"as-{school_year_of(datetime.now(UTC).date())}"
    assert year in sample("1.2")["academicSessions"].records()
    write_sample(tmp_path / "past.zip", users=USERS, seed=5, extra=Extra(school_year=2019))
    past = read(tmp_path / "past.zip")["academicSessions"].records()["as-2019"]
    assert (past["startDate"], past["endDate"], past["schoolYear"]) == ("2018-08-01", "2019-08-01", "2019")


def test_the_rows_do_not_depend_on_how_many_threads_wrote_them(tmp_path: Path) -> None:
    shape = shape_of(30_000, 5, Extra(loads=3))
    sums = set()
    for threads in (1, 4):
        with Scratch(tmp_path / str(threads), threads=threads) as scratch:
            build(scratch, shape, 2)
            told = hashlib.md5()
            for part in PARTS:
                for piece in text(scratch, f"SELECT concat(id, rest, chr(10)) FROM ({rows(part, '1.2', 2)})"):
                    told.update(piece)
            sums.add(told.hexdigest())
    assert len(sums) == 1


def test_the_content_of_a_seed_does_not_change_over_time(tmp_path: Path) -> None:
    """Whoever has to change this sum changes every sample district, and says so in the changelog."""
    write_sample(tmp_path / "sample.zip", users=100, seed=1, day=9, version="1.2", extra=Extra(school_year=2027))
    content = hashlib.md5()
    with zipfile.ZipFile(tmp_path / "sample.zip") as package:
        for name in package.namelist():
            content.update(name.encode() + package.read(name))
    assert content.hexdigest() == "55f34c5584fed0bcc5d4df0e1dd1b397"


def test_another_seed_gives_another_district(tmp_path: Path) -> None:
    write_sample(tmp_path / "one.zip", users=USERS, seed=5)
    write_sample(tmp_path / "two.zip", users=USERS, seed=6)
    assert (tmp_path / "one.zip").read_bytes() != (tmp_path / "two.zip").read_bytes()


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_headers_and_blank_bulk_columns_are_the_standards(sample: Sampler, version: str) -> None:
    tables = sample(version, 2)
    assert ("roles" in tables.held) == (version == "1.2")
    for name, table in tables.held.items():
        if name != "manifest":
            assert tuple(table.header) == BY_NAME[name].header(version)
            assert all(row[1] == row[2] == "" for row in table.rows)
            assert len({row[0] for row in table.rows}) == len(table.rows)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("day", [2, 40])
def test_every_reference_leads_to_a_record_and_every_word_is_known(sample: Sampler, version: str, day: int) -> None:
    tables = sample(version, day)
    ids = {name: {row[0] for row in table.rows} for name, table in tables.held.items()}
    for name, table in tables.held.items():
        for field in BY_NAME[name].fields if name != "manifest" else ():
            if version not in field.versions:
                continue
            cells = {row[table.column(field.csv)] for row in table.rows} - {""}
            if field.kind in (Kind.REF, Kind.REFS):
                assert {each for cell in cells for each in cell.split(",")} <= ids[field.target], field.csv
            elif field.vocabulary is not None:
                assert cells <= set(field.vocabulary.words), field.csv


def test_agents_are_linked_on_both_sides(sample: Sampler) -> None:
    users = sample("1.1", 40)["users"].records()
    pairs = {(key, agent) for key, row in users.items() for agent in row["agentSourcedIds"].split(",") if agent}
    assert pairs
    assert pairs == {(agent, key) for key, agent in pairs}
    assert {users[agent]["role"] for key, agent in pairs if users[key]["role"] == "student"} <= {
        "parent",
        "guardian",
        "relative",
    }


def test_each_class_has_one_primary_teacher_and_dates_stand_inside_its_terms(sample: Sampler) -> None:
    tables = sample("1.2", 40)
    sessions, classes = tables["academicSessions"].records(), tables["classes"].records()
    primary: Counter[str] = Counter()
    for row in tables["enrollments"].records().values():
        terms = [sessions[term] for term in classes[row["classSourcedId"]]["termSourcedIds"].split(",")]
        primary[row["classSourcedId"]] += row["primary"] == "true"
        if row["role"] == "student":
            assert min(term["startDate"] for term in terms) <= row["beginDate"] < row["endDate"]
            assert row["endDate"] <= max(term["endDate"] for term in terms)
            assert row["schoolSourcedId"] == classes[row["classSourcedId"]]["schoolSourcedId"]
    assert set(primary) == set(classes)
    assert set(primary.values()) == {1}


def test_both_versions_tell_the_same_roster(sample: Sampler) -> None:
    old, new = sample("1.1", 2), sample("1.2", 2)
    for name in old.held.keys() - {"manifest"}:
        shared = [each.csv for each in BY_NAME[name].fields if {"1.1", "1.2"} <= set(each.versions)]
        left, right = (
            {key: [row[column] for column in shared] for key, row in side[name].records().items()}
            for side in (old, new)
        )
        assert left == right
    held: dict[str, set[tuple[str, str]]] = {}
    for row in new["roles"].records().values():
        told = ROLE_TO_V1P1.get(row["role"], row["role"])
        held.setdefault(row["userSourcedId"], set()).add((told, row["orgSourcedId"]))
    assert held == {
        key: {(row["role"], org) for org in row["orgSourcedIds"].split(",")}
        for key, row in old["users"].records().items()
    }


def test_a_district_looks_like_one(sample: Sampler) -> None:
    tables = sample("1.1", 2)
    roles = Counter(row["role"] for row in tables["users"].records().values())
    assert roles.total() == USERS
    assert 0.8 < roles["student"] / USERS < 0.88
    assert set(roles) == {"student", "teacher", "aide", "administrator", "parent", "guardian", "relative"}
    seats = [row for row in tables["enrollments"].records().values() if row["role"] == "student"]
    assert 9 <= len(seats) / roles["student"] <= 10
    names = "".join(row["familyName"] for row in tables["users"].records().values())
    assert {"'", "-", "ñ"} <= set(names)
    assert any(ord(letter) > 0x4E00 for letter in names)
    mails = [row["email"] for row in tables["users"].records().values() if row["email"]]
    assert len(set(mails)) == len(mails)
    assert all(mail.isascii() for mail in mails)


def test_the_benchmarks_district_has_its_shape() -> None:
    shape = shape_of(1_000_000, 1, Extra())
    assert 48_000 <= shape.classes <= 52_000
    assert shape.students * shape.extra.loads + shape.classes == pytest.approx(8_000_000, rel=0.02)


@pytest.mark.parametrize(
    ("users", "day", "version", "extra", "code"),
    [
        (3, 1, "1.1", Extra(), "sample.users"),
        (100, 0, "1.1", Extra(), "sample.day"),
        (100, 1, "1.0", Extra(), "sample.version"),
        (100, 1, "1.1", Extra(delta=True), "sample.delta"),
        (100, 1, "1.1", Extra(loads=40), "sample.rate"),
    ],
)
def test_a_district_that_cannot_be_is_refused(
    tmp_path: Path, users: int, day: int, version: str, extra: Extra, code: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        write_sample(tmp_path / "out.zip", users=users, seed=1, day=day, version=version, extra=extra)
    assert refused.value.code == code
    assert refused.value.todo
    assert not (tmp_path / "out.zip").exists()


def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RosterkeeperError) as refused:
        write_sample(tmp_path / "file" / "out.zip", users=50, seed=1)
    assert refused.value.code == "sample.unwritable"
