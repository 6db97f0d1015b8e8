"""Days that come as changes alone: delta after delta, before any whole roster, and what they leave unsaid."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from rosterkeeper.oneroster.manifest import manifest_text
from rosterkeeper.sample import Extra, write_sample
from tests.flow.conftest import SEED, USERS, District
from tests.unit.sources.csvzip.zips import zipped

_ROLE = (
    "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId"
)
_USER = (
    "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,"
    "phone,agentSourcedIds,grades,password,userMasterIdentifier,resourceSourcedIds,preferredGivenName,"
    "preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns"
)
_ORG = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId"
_WHEN = "2026-10-01T00:00:00.000Z"


def _user(sourced_id: str, status: str = "") -> str:
    when = _WHEN if status else ""
    return f"{sourced_id},{status},{when},true,{sourced_id},,Given,Family" + "," * 15


def _role(sourced_id: str, user: str, status: str = "") -> str:
    when = _WHEN if status else ""
    return f"{sourced_id},{status},{when},{user},primary,student,,,s1,"


def _package(path: Path, modes: Mapping[str, str], **files: tuple[str, ...]) -> Path:
    """A 1.2 set of the given files, each a header and rows."""
    contents = {"manifest.csv": manifest_text("1.2", modes)}
    contents |= {f"{name}.csv": "\n".join(rows) + "\n" for name, rows in files.items()}
    return zipped(path, contents)


@pytest.fixture
def pair(lone: District, tmp_path: Path) -> District:
    """A school with two pupils, taken over whole."""
    orgs = (_ORG, "s1,,,North,school,,")
    users = (_USER, _user("u1"), _user("u2"))
    roles = (_ROLE, _role("r1", "u1"), _role("r2", "u2"))
    modes = dict.fromkeys(("orgs", "users", "roles"), "bulk")
    lone.gets(_package(tmp_path / "whole.zip", modes, orgs=orgs, users=users, roles=roles))
    assert lone.sync()["outcome"] == "applied"
    return lone


def _delta(district: District, tmp_path: Path, **files: tuple[str, ...]) -> dict[str, dict[str, int]]:
    district.gets(_package(tmp_path / "delta.zip", dict.fromkeys(files, "delta"), **files))
    counts: dict[str, dict[str, int]] = district.sync()["counts"]
    return counts


@pytest.mark.covers("N07")
@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_day_after_day_of_deltas_comes_to_the_same_roster_as_the_whole_of_the_last_day(
    lone: District, tmp_path: Path, version: str
) -> None:
    for day in (1, 2, 3, 4):
        package = tmp_path / f"{day}.zip"
        lone.run(
            *("sample", package, "--users", USERS, "--seed", SEED, "--day", day, "--version", version),
            *(("--delta",) if day > 1 else ()),
        ).ok()
        lone.gets(package)
        assert lone.sync()["outcome"] == "applied"
    by_deltas = lone.hash()
    write_sample(tmp_path / "whole.zip", users=USERS, seed=SEED, day=4, version=version)
    lone.gets(tmp_path / "whole.zip")
    told = lone.sync("--full")
    assert told["outcome"] == "unchanged", told["counts"]
    assert lone.hash() == by_deltas


@pytest.mark.covers("N07")
def test_the_same_delta_twice_changes_nothing_the_second_time(north: District, tmp_path: Path) -> None:
    write_sample(tmp_path / "delta.zip", users=USERS, seed=SEED, day=2, version="1.2", extra=Extra(delta=True))
    assert north.sync()["outcome"] == "applied"
    north.gets(tmp_path / "delta.zip")
    assert north.sync()["outcome"] == "applied"
    assert north.sync()["outcome"] == "unchanged"


def test_a_delta_before_any_whole_roster_waits_and_can_be_approved(lone: District, tmp_path: Path) -> None:
    write_sample(tmp_path / "delta.zip", users=USERS, seed=SEED, day=2, version="1.2", extra=Extra(delta=True))
    lone.gets(tmp_path / "delta.zip")
    told = lone.sync(code=3)
    assert [reason["code"] for reason in told["reasons"]] == ["hold.delta_first"]
    assert lone.run("approve", told["run"], "--json").ok().object["outcome"] == "applied"


def test_validate_accepts_a_delta(lone: District, tmp_path: Path) -> None:
    write_sample(tmp_path / "delta.zip", users=USERS, seed=SEED, day=2, version="1.2", extra=Extra(delta=True))
    assert lone.run("validate", tmp_path / "delta.zip", "--json").ok().object["accepted"]


@pytest.mark.covers("N07")
def test_the_roles_of_a_removed_user_leave_with_it_and_return_with_it(pair: District, tmp_path: Path) -> None:
    before = pair.hash()
    gone = _delta(pair, tmp_path, users=(_USER, _user("u1", "tobedeleted")))
    assert (gone["users"]["remove"], gone["roles"]["remove"]) == (1, 1)
    back = _delta(pair, tmp_path, users=(_USER, _user("u1", "active")))
    assert (back["users"]["restore"], back["roles"]["restore"]) == (1, 1)
    assert pair.hash() == before


def test_a_returning_users_roles_are_those_that_the_delta_says(pair: District, tmp_path: Path) -> None:
    _delta(pair, tmp_path, users=(_USER, _user("u1", "tobedeleted")))
    back = _delta(pair, tmp_path, users=(_USER, _user("u1", "active")), roles=(_ROLE, _role("r9", "u1", "active")))
    assert (back["roles"]["add"], back["roles"]["restore"]) == (1, 0)


def test_a_role_that_had_left_before_its_user_does_not_return_with_it(pair: District, tmp_path: Path) -> None:
    _delta(pair, tmp_path, roles=(_ROLE, _role("r1", "u1", "tobedeleted")))
    _delta(pair, tmp_path, users=(_USER, _user("u1", "tobedeleted")))
    back = _delta(pair, tmp_path, users=(_USER, _user("u1", "active")))
    assert (back["users"]["restore"], back.get("roles", {}).get("restore", 0)) == (1, 0)


def test_undo_brings_back_a_user_with_its_roles(pair: District, tmp_path: Path) -> None:
    before = pair.hash()
    _delta(pair, tmp_path, users=(_USER, _user("u1", "tobedeleted")))
    pair.run("undo", "north").ok()
    assert pair.hash() == before


def test_a_set_of_bulk_and_delta_files_is_read_file_by_file(pair: District, tmp_path: Path) -> None:
    """roles.csv is whole, so what it leaves out is gone; users.csv is a delta, so what it leaves out stays."""
    modes = {"users": "delta", "roles": "bulk"}
    users = (_USER, _user("u3", "active"))
    roles = (_ROLE, _role("r1", "u1"), _role("r3", "u3"))
    pair.gets(_package(tmp_path / "mixed.zip", modes, users=users, roles=roles))
    counts = pair.sync()["counts"]
    assert (counts["users"]["add"], counts["users"]["remove"]) == (1, 0)
    assert (counts["roles"]["add"], counts["roles"]["remove"]) == (1, 1)
