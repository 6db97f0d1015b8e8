"""ClassLink from the command line, against the stand-in that plays its proxy and the district's own server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rosterkeeper.sample import SampleServer, Service
from tests.flow.conftest import Days
from tests.installation import Answer, Installation

KEY = "partner-key-0815"
WITH_KEY = {"ROSTERKEEPER_SECRET": KEY}


@pytest.fixture
def classlink(days: Days) -> Iterator[SampleServer]:
    with SampleServer(days.first, auth="classlink", service=Service(secret=KEY)) as server:
        yield server


def _through(server: SampleServer, **more: str) -> dict[str, str]:
    return {"ROSTERKEEPER_CLASSLINK_PROXY": server.url} | more


def _added(installation: Installation, server: SampleServer, *options: str, **env: str) -> Answer:
    tenant = str(server.tenant_id)
    add = ("connection", "add", "north", "--kind", "classlink", "--tenant-id", tenant, *options)
    return installation.run(*add, env=_through(server, **env))


@pytest.mark.covers("N01", "N02", "N03", "M09", "M11", "M12", "S11", "S12")
def test_a_district_is_added_tested_and_synced_by_tenant_and_key(sqlite: Installation, classlink: SampleServer) -> None:
    added = _added(sqlite, classlink, "--test", "--json", **WITH_KEY).ok()
    assert KEY not in added.out + added.err
    listed = sqlite.run("connection", "list", "--json").ok().object["connections"][0]
    assert (listed["kind"], bool(listed["verified_at"])) == ("classlink", True)
    synced = sqlite.run("sync", "north", "--json", env=_through(classlink)).ok().object
    assert (synced["outcome"], synced["counts"]["users"]["add"] > 100) == ("applied", True)
    again = sqlite.run("sync", "north", "--json", env=_through(classlink)).ok().object
    assert again["outcome"] == "unchanged"


@pytest.mark.covers("N02", "M10")
def test_the_installations_key_is_enough_where_the_connection_has_none(
    sqlite: Installation, classlink: SampleServer
) -> None:
    assert _added(sqlite, classlink).code == 2
    installed = {"ROSTERKEEPER_CLASSLINK_API_KEY": KEY}
    _added(sqlite, classlink, **installed).ok()
    assert sqlite.run("sync", "north", env=_through(classlink, **installed)).ok().out
    without = sqlite.run("sync", "north", "--json", env=_through(classlink))
    assert without.code != 0
    assert KEY not in without.out + without.err


@pytest.mark.covers("M12", "M13", "S13", "N37", "N44", "L41")
def test_what_fails_its_test_is_not_added(sqlite: Installation, classlink: SampleServer) -> None:
    wrong = _added(sqlite, classlink, "--test", "--json", ROSTERKEEPER_SECRET="mistyped")
    assert (wrong.code, wrong.object["ok"]) == (1, False)
    assert wrong.object["checks"][-1]["code"] == "classlink.wrong_key"
    assert "invalid Tenant ID or Key" in wrong.object["checks"][-1]["says"]
    other = ("--kind", "classlink", "--tenant-id", "99")
    unknown = sqlite.run("connection", "add", "north", *other, "--test", env=_through(classlink, **WITH_KEY))
    assert (unknown.code, "classlink.unknown_tenant" in unknown.err) == (1, True)
    assert sqlite.run("connection", "list", "--json").ok().object["connections"] == []


@pytest.mark.covers("N37", "M26")
def test_a_wrong_key_stands_in_last_updated_and_changes_nothing(sqlite: Installation, classlink: SampleServer) -> None:
    _added(sqlite, classlink, **WITH_KEY).ok()
    sqlite.run("sync", "north", env=_through(classlink)).ok()
    before = sqlite.run("roster", "hash", "north").ok().out
    sqlite.run("connection", "edit", "north", env={"ROSTERKEEPER_SECRET": "revoked"}).ok()
    failed = sqlite.run("sync", "north", "--json", env=_through(classlink))
    assert (failed.code, failed.object["outcome"]) == (1, "failed")
    status = sqlite.run("connection", "list", "--json").ok().object["connections"][0]["status"]
    assert "invalid Tenant ID or Key" in status
    assert sqlite.run("roster", "hash", "north").ok().out == before


@pytest.mark.covers("L10", "L14", "L15", "L16", "S10")
@pytest.mark.parametrize("auth", ["oauth1", "oauth1-sha1"])
def test_endpoint_key_and_secret_give_the_same_roster_as_the_proxy(
    auth: str, sqlite: Installation, classlink: SampleServer
) -> None:
    _added(sqlite, classlink, "--district", "a", **WITH_KEY).ok()
    direct = ("--kind", "classlink", "--url", classlink.url + "/ims/oneroster/v1p1/", "--client-id", "sample")
    sqlite.run("connection", "add", "south", "--district", "b", *direct, "--auth", auth, env=WITH_KEY).ok()
    hashes = []
    for name in ("north", "south"):
        sqlite.run("sync", name, env=_through(classlink)).ok()
        hashes.append(sqlite.run("roster", "hash", name).ok().out.split()[-1])
    assert hashes[0] == hashes[1]


@pytest.mark.covers("L36", "L37", "M29", "L16")
def test_a_connection_is_edited_field_by_field_and_keeps_its_secret(
    sqlite: Installation, classlink: SampleServer
) -> None:
    _added(sqlite, classlink, "--test", **WITH_KEY).ok()
    sqlite.run("connection", "edit", "north", "--page-size", "50").ok()
    listed = sqlite.run("connection", "list", "--json").ok().object["connections"][0]
    assert (listed["settings"]["page_size"], listed["verified_at"], listed["needs_sync"]) == (50, None, True)
    assert sqlite.run("connection", "test", "north", env=_through(classlink)).code == 0
    refused = sqlite.run("connection", "edit", "north", "--tenant-id", "12")
    assert (refused.code, "connection.other_district" in refused.err) == (2, True)
    sqlite.run("connection", "edit", "north", "--tenant-id", "12", "--other-district").ok()
    assert sqlite.run("connection", "test", "north", env=_through(classlink)).code == 1


@pytest.mark.covers("N01", "L14")
def test_each_kind_takes_its_own_settings_only(sqlite: Installation) -> None:
    for kind, option, value in (("csv", "--url", "x"), ("oneroster", "--tenant-id", "1"), ("classlink", "--path", "x")):
        refused = sqlite.run("connection", "add", "north", "--kind", kind, option, value, env=WITH_KEY)
        assert (refused.code, "connection.other_kind" in refused.err) == (2, True)
    bare = ("--kind", "oneroster", "--url", "sis.example.org/ims/oneroster/v1p1/orgs/", "--client-id", "me")
    made = sqlite.run("connection", "add", "north", *bare, "--json", env=WITH_KEY).ok()
    assert made.object["settings"]["url"] == "https://sis.example.org/ims/oneroster/v1p1"
    plain = sqlite.run("connection", "edit", "north", "--url", "http://sis.example.org").ok()
    assert "http" in plain.err


@pytest.mark.covers("L12", "R03", "M09")
def test_presets_are_listed_and_fill_in_what_was_not_said(sqlite: Installation) -> None:
    listed = {each["title"] for each in sqlite.run("connection", "presets", "--json").ok().object["presets"]}
    assert {"PowerSchool", "Ellucian", "eSchoolPlus", "Illuminate Education", "Unit4", "Other"} <= listed
    assert "aeries" in sqlite.run("connection", "presets").ok().out
    add = ("connection", "add", "north", "--kind", "oneroster", "--preset", "powerschool", "--client-id", "me")
    made = sqlite.run(*add, "--url", "sis.example.org", "--version", "1.2", "--json", env=WITH_KEY).ok()
    settings = made.object["settings"]
    assert (settings["preset"], settings["page_size"], settings["version"]) == ("powerschool", 1000, "1.2")


@pytest.mark.covers("N04", "S17", "S18", "N44", "M13")
def test_the_help_says_what_is_needed_and_where_it_is_found(sqlite: Installation) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "sources" / "classlink.md").read_text(encoding="utf-8")
    for place in (
        "ClassLink Management Console: Roster Server > Manage > Applications > API Key and Secret",
        "API > API Credentials",
        "Server Details",
        "DataGuard",
        "ask your ClassLink administrator",
    ):
        assert place in " ".join(page.replace("**", "").split())
    keyless = sqlite.run("connection", "add", "north", "--kind", "classlink", "--tenant-id", "1")
    assert (keyless.code, "Applications > API Key and Secret" in keyless.err) == (2, True)
