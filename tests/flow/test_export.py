"""An export of a roster, read again, is the same roster."""

from pathlib import Path

import pytest

from rosterkeeper.features.roster.models import LIVE
from tests.districts.tables import Table, Tables, repack
from tests.flow.conftest import District, take_all

# Legal, and each of them something that a careless writer of CSV spoils.
NAMES = (
    "O’Neill, Mary",
    'Anna "Nan" Lee',
    "Łukasz Żółć",
    "山田 太郎",
    "محمد",
    "Νίκη",
    "D'Arcy; |\tB",
    "=SUM(A1)",
    "e\u0301clair 👩‍🏫",
    "null",
    "\\N \\ backslash",
    "'single'",
)
METADATA = ('{"a": "b"}', "plain", 'He said "no", twice', "日本, 語", "", "0012", "true")


def _make_odd(tables: Tables) -> None:
    users, orgs, classes = tables["users"], tables["orgs"], tables["classes"]
    for number, row in enumerate(users.rows):
        for name in ("givenName", "familyName"):
            row[users.column(name)] = NAMES[(number + len(name)) % len(NAMES)]
        row[users.column("userIds")] = "{LDAP:" + row[0] + "},{Other:ä}"
        row[users.column("middleName")] = NAMES[number % len(NAMES)] if number % 3 else ""
    for number, row in enumerate(orgs.rows):
        row[orgs.column("name")] = f"{NAMES[number % len(NAMES)]} School"
    for number, row in enumerate(classes.rows):
        row[classes.column("title")] = NAMES[number % len(NAMES)]
        row[classes.column("periods")] = "1,3" if number % 2 else "α"
    for table in (users, orgs, classes, tables["enrollments"]):
        _add_column(table, "metadata.local note", 0)
        _add_column(table, "metadata.x/y~z.1", 3)


def _add_column(table: Table, name: str, begin: int) -> None:
    table.header.append(name)
    for number, row in enumerate(table.rows):
        row.append(METADATA[(number + begin) % len(METADATA)])


@pytest.fixture
def odd(lone: District, small_clean: Path, tmp_path: Path) -> District:
    """A legal district of odd texts, pulled."""
    lone.gets(repack(small_clean, tmp_path / "odd.zip", _make_odd))
    assert lone.sync()["outcome"] == "applied"
    return lone


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_an_odd_but_legal_district_survives_its_export(odd: District, tmp_path: Path, version: str) -> None:
    out = tmp_path / "out.zip"
    told = odd.run("export", "north", "--version", version, out, "--json").ok().object
    assert told["version"] == version
    judged = odd.run("validate", out, "--strict", "--json")
    assert (judged.code, judged.object["findings"]) == (0, {})
    odd.run("connection", "add", "again", "--kind", "csv", "--path", out, "--district", "again").ok()
    take_all(odd.installation, "again")
    assert odd.run("sync", "again", "--json").ok().object["outcome"] == "applied"
    assert odd.run("roster", "hash", "again").ok().out.split()[-1] == odd.hash()
    first, second = (_texts(odd, connection) for connection in (1, 2))
    assert first == second
    assert {name for each in first for name in each} >= set(NAMES)


def test_an_export_in_the_roster_own_version_keeps_every_record_to_the_byte(odd: District, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    odd.run("export", "north", "--version", "1.2", out).ok()
    odd.run("connection", "add", "again", "--kind", "csv", "--path", out, "--district", "again").ok()
    take_all(odd.installation, "again")
    odd.run("sync", "again").ok()
    with odd.installation.in_process():
        for name, model in LIVE.items():
            rows = model._default_manager.values_list("connection_id", "sourced_id", "row_hash")
            first, second = ({row[1:] for row in rows if row[0] == connection} for connection in (1, 2))
            assert first == second, name


def test_an_export_can_be_read_by_its_owner_only_and_is_never_half_written(odd: District, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    odd.run("export", "north", "--version", "1.2", out).ok()
    assert out.stat().st_mode & 0o777 == 0o600
    missing = odd.run("export", "north", "--version", "1.2", tmp_path / "nowhere" / "out.zip", "--json")
    assert missing.code in (1, 2)
    assert missing.object["error"]["todo"]
    assert [each.name for each in tmp_path.glob("*out*")] == ["out.zip"]


def _texts(north: District, connection: int) -> set[tuple[str, ...]]:
    """Each user's texts and metadata, by id."""
    with north.installation.in_process():
        users = LIVE["users"]._default_manager.filter(connection_id=connection)
        return set(users.values_list("sourced_id", "given_name", "family_name", "middle_name", "metadata"))
