"""The REST source against real servers: what it lands, what it proves, what it refuses, and what it never says."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from rosterkeeper.engine.normalize import norm_table, normalize
from rosterkeeper.oneroster.errors import RosterkeeperError, SettingsError
from rosterkeeper.oneroster.fields import BY_NAME, ENTITIES, ROLES
from rosterkeeper.scratch import Cell, Scratch
from rosterkeeper.sources.contract import Collection, Fetched, Mode, raw_table
from rosterkeeper.sources.http.retry import Patience
from rosterkeeper.sources.oneroster.service import Setup
from rosterkeeper.sources.oneroster.source import OneRosterServer
from rosterkeeper.sources.spec import OneRosterSpec
from tests.unit.sources.http.servers import HERE, Asked, HeldClock, Reply, reply, serving
from tests.unit.sources.oneroster.services import BASES, OneRoster, district, running

_PLAIN = tuple(entity.name for entity in ENTITIES if not entity.nested)


class _Watch:
    """Follows a fetch."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str, int, int | None]] = []

    def progress(self, step: str, what: str, done: int, total: int | None) -> None:
        self.steps.append((step, what, done, total))

    def check(self) -> None:
        """Never stops."""


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    with Scratch(tmp_path / "scratch") as made:
        yield made


def _spec(url: str, **more: str) -> OneRosterSpec:
    settings = {"url": url, "auth": "bearer", "secret": "static-bearer"} | more
    return msgspec.convert({"kind": "oneroster", "page_size": 2} | settings, OneRosterSpec)


def _source(spec: OneRosterSpec) -> OneRosterServer:
    """A source that never really waits."""
    return OneRosterServer(spec, Setup(patience=Patience(), pace=HeldClock().pace(), reach=HERE))


def _fetched(service: OneRoster, scratch: Scratch, **more: str) -> Fetched:
    with running(service) as server:
        return _source(_spec(server.url, **more)).fetch(scratch, _Watch())


def _refused(service: OneRoster, scratch: Scratch, **more: str) -> RosterkeeperError:
    with pytest.raises(RosterkeeperError) as caught:
        _fetched(service, scratch, **more)
    fault = caught.value
    for secret in ("static-bearer", "words of the server", "O'Neil", "example.org"):
        assert secret not in f"{fault} {fault.what} {fault.todo} {fault.code}"
    return fault


def _findings(scratch: Scratch) -> list[tuple[Cell, ...]]:
    return scratch.rows("SELECT code, file, entity FROM finding ORDER BY ALL")


# What is landed.


@pytest.mark.parametrize("proof", ["total", "link", "empty"])
@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.covers("R01", "M07")
def test_a_whole_district_is_landed_and_proven(version: str, proof: str, scratch: Scratch) -> None:
    fetched = _fetched(OneRoster(version, district(version), proof=proof), scratch)
    ends = {"total": "X-Total-Count", "link": "the end of its Link chain", "empty": "an empty page"}
    assert (fetched.version, fetched.form, fetched.nested_roles) == (version, "rest", True)
    assert fetched.proof == f"every collection ended on {ends[proof]}"
    for name in _PLAIN:
        rows = len(district(version)[name])
        assert fetched.collections[name] == Collection(name, Mode.BULK, rows, f"{BASES[version]}/{name}")
        assert scratch.count(f"SELECT count(*) FROM {raw_table(BY_NAME[name])}") == rows
    assert ("roles" in fetched.collections) == (version == "1.2")
    assert _findings(scratch) == []


def test_cells_are_text_and_lists_are_json(scratch: Scratch) -> None:
    _fetched(OneRoster("1.1", district("1.1")), scratch)
    assert scratch.rows(
        "SELECT row, sourced_id, role, org_sourced_ids, user_ids, agent_sourced_ids, grades FROM raw_users ORDER BY row"
    ) == [
        (2, "u1", "teacher", '["s1","s2"]', None, None, None),
        (3, "u2", "student", '["s1"]', None, '["u3"]', '["09"]'),
        (4, "u3", "parent", '["s1"]', '["{F:1}"]', '["u2"]', None),
    ]
    assert scratch.rows("SELECT term_sourced_ids, periods, subjects FROM raw_classes") == [
        ('["t1"]', '["1","2"]', '["Math"]')
    ]
    assert scratch.rows("SELECT metadata FROM raw_orgs ORDER BY row") == [(None,), (None,), ('{"a":"1","b":"2"}',)]


def test_both_versions_land_the_same_roster(tmp_path: Path) -> None:
    landed: list[dict[str, list[tuple[object, ...]]]] = []
    for version in ("1.1", "1.2"):
        with Scratch(tmp_path / version) as scratch:
            fetched = normalize(scratch, _fetched(OneRoster(version, district(version)), scratch))
            assert "roles" in fetched.collections
            columns = {name: "* EXCLUDE (role, org_sourced_ids)" if name == "users" else "*" for name in _PLAIN}
            tables = {
                name: scratch.rows(f"SELECT {cells} FROM {norm_table(BY_NAME[name])} ORDER BY row")
                for name, cells in columns.items()
            }
            tables["roles"] = scratch.rows(
                f"SELECT user_sourced_id, role, role_type, org_sourced_id FROM {norm_table(ROLES)} ORDER BY ALL"
            )
            landed.append({name: [*rows] for name, rows in tables.items()})
    assert landed[0] == landed[1]
    assert len(landed[0]["roles"]) == 4


def test_a_nested_role_has_the_same_id_on_every_pull(tmp_path: Path) -> None:
    pulls = []
    for number in range(2):
        with Scratch(tmp_path / str(number)) as scratch:
            _fetched(OneRoster("1.2", district("1.2")), scratch)
            pulls.append(scratch.rows("SELECT sourced_id FROM raw_roles ORDER BY ALL"))
    assert pulls[0] == pulls[1]
    assert len({sourced_id for (sourced_id,) in pulls[0]}) == 4


def test_roles_on_a_1_1_server_are_taken_too(scratch: Scratch) -> None:
    held = district("1.1")
    held["users"][0]["roles"] = [{"role": "aide", "roleType": "primary", "org": {"sourcedId": "s1"}}]
    fetched = _fetched(OneRoster("1.1", held), scratch)
    assert (fetched.version, fetched.collections["roles"].rows) == ("1.1", 1)


def test_profiles_are_landed_by_credential(scratch: Scratch) -> None:
    held = district("1.2")
    held["users"][0]["userProfiles"] = [
        {
            "profileId": "p1",
            "profileType": "Email",
            "vendorId": "v",
            "credentials": [
                {"type": "basic", "username": "one", "password": "never-land-this"},
                {"type": "sso", "username": "two"},
            ],
        },
        {"profileId": "p2", "vendorId": "v"},
    ]
    fetched = _fetched(OneRoster("1.2", held), scratch)
    assert fetched.collections["userProfiles"].rows == 3
    columns = "user_sourced_id, vendor_id, credential_type, username"
    rows = scratch.rows(f"SELECT sourced_id, {columns} FROM raw_user_profiles ORDER BY username")
    assert rows[:2] == [("p2", "u1", "v", "", ""), ("p1", "u1", "v", "basic", "one")]
    assert rows[2][1:] == ("u1", "v", "sso", "two")
    assert len(str(rows[2][0])) == 32


def test_no_password_is_landed(scratch: Scratch) -> None:
    _fetched(OneRoster("1.2", district("1.2")), scratch)
    names = [name for (name,) in scratch.rows("SELECT table_name FROM duckdb_tables()")]
    assert names
    for name in names:
        held = scratch.rows(f"SELECT count(*) FROM {name} AS t WHERE t::VARCHAR LIKE '%never-land-this%'")
        assert held == [(0,)]


def test_progress_is_told_page_by_page(scratch: Scratch) -> None:
    watch = _Watch()
    with running(OneRoster("1.1", district("1.1"))) as server:
        _source(_spec(server.url)).fetch(scratch, watch)
    assert [step for step in watch.steps if step[1] == "users"] == [
        ("fetch", "users", 0, 3),
        ("fetch", "users", 2, 3),
        ("fetch", "users", 3, 3),
    ]


# Which service.


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_the_version_is_found_by_asking(version: str, scratch: Scratch) -> None:
    assert _fetched(OneRoster(version, district(version)), scratch, version="auto").version == version


def test_a_path_that_names_its_version_is_believed(scratch: Scratch) -> None:
    with running(OneRoster("1.1", district("1.1"))) as server:
        fetched = _source(_spec(server.url + BASES["1.1"] + "/")).fetch(scratch, _Watch())
        assert fetched.version == "1.1"
        assert not [asked for asked in server.asked if "v1p2" in asked.path]


def test_every_page_is_asked_for_in_a_stable_order(scratch: Scratch) -> None:
    with running(OneRoster("1.1", district("1.1"))) as server:
        _source(_spec(server.url)).fetch(scratch, _Watch())
        assert all("&sort=sourcedId&orderBy=asc" in asked.target for asked in server.asked)
        assert {asked.headers["Accept-Encoding"] for asked in server.asked} == {"gzip"}


@pytest.mark.covers("N37")
def test_no_service_at_the_address_is_told(scratch: Scratch) -> None:
    fault = _refused(OneRoster("1.1", {}), scratch)
    assert fault.code == "source.not_found"


# What is refused or left out.


@pytest.mark.covers("N37")
def test_wrong_credentials_are_told_in_the_words_of_the_console(scratch: Scratch) -> None:
    fault = _refused(OneRoster("1.1", district("1.1"), bearer="another"), scratch)
    assert (fault.code, "invalid Tenant ID or Key" in fault.what) == ("source.refused_credentials", True)


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.covers("N37")
def test_a_server_that_shares_nothing_is_told(status: int, scratch: Scratch) -> None:
    held = district("1.1")
    fault = _refused(OneRoster("1.1", held, statuses=dict.fromkeys(held, status)), scratch, version="1.1")
    assert fault.code == {403: "source.forbidden", 404: "source.not_found"}[status]
    assert "invalid Tenant ID or Key" in fault.what


@pytest.mark.parametrize(
    ("name", "status"), [("demographics", 403), ("demographics", 404), ("demographics", 501), ("courses", 403)]
)
def test_a_collection_that_is_not_shared_is_left_out_with_a_finding(name: str, status: int, scratch: Scratch) -> None:
    fetched = _fetched(OneRoster("1.1", district("1.1"), statuses={name: status}), scratch)
    assert name not in fetched.collections
    assert len(fetched.collections) == 6
    assert _findings(scratch) == [("table.not_shared", f"{BASES['1.1']}/{name}", name)]
    assert not scratch.has_table(raw_table(BY_NAME[name]))


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "source.not_oneroster"),
        (500, "source.server_error"),
        (501, "source.server_error"),
        (429, "source.rate_limited"),
    ],
)
def test_a_collection_that_fails_fails_the_pull(status: int, code: str, scratch: Scratch) -> None:
    assert _refused(OneRoster("1.1", district("1.1"), statuses={"courses": status}), scratch).code == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html>words of the server</html>", "source.not_json"),
        (b'{"error": "words of the server"}', "source.not_oneroster"),
        (b'{"users": null}', "source.not_oneroster"),
        (b'{"users": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "source.not_oneroster"),
        (b'{"users": [{"sourcedId": "u1", "givenName": "O\'Neil \\u0000"}]}', "table.nul_byte"),
    ],
)
def test_a_collection_that_is_none_refuses_the_pull(body: bytes, code: str, scratch: Scratch) -> None:
    assert _refused(OneRoster("1.1", district("1.1"), bodies={"users": body}), scratch).code == code


def test_a_nul_is_a_finding_with_its_place(scratch: Scratch) -> None:
    body = b'{"users": [{"sourcedId": "u1"}, {"sourcedId": "u2", "givenName": "\\u0000"}]}'
    _refused(OneRoster("1.1", district("1.1"), bodies={"users": body}), scratch)
    assert scratch.rows("SELECT code, file, row FROM finding") == [("table.nul_byte", f"{BASES['1.1']}/users", 3)]


def test_a_bare_list_is_taken_with_a_finding(scratch: Scratch) -> None:
    held = district("1.1")

    def bare(asked: Asked) -> Reply:
        name = asked.path.rpartition("/")[2]
        rows = held[name][asked.number("offset") :][: asked.number("limit")]
        return reply(rows if name == "courses" else {name: rows}, X_Total_Count=str(len(held[name])))

    with serving(bare) as server:
        fetched = _source(_spec(server.url, version="1.1")).fetch(scratch, _Watch())
    assert fetched.collections["courses"].rows == 1
    assert _findings(scratch) == [("vendor.bare_list", f"{BASES['1.1']}/courses", "courses")]


def test_smaller_pages_than_asked_are_told_once(scratch: Scratch) -> None:
    fetched = _fetched(OneRoster("1.1", district("1.1"), cap=1), scratch)
    assert fetched.collections["users"].rows == 3
    told = [entity for code, _, entity in _findings(scratch) if code == "vendor.clamped_page"]
    assert told == ["enrollments", "orgs", "users"]


def test_an_empty_collection_is_whole_and_empty(scratch: Scratch) -> None:
    fetched = _fetched(OneRoster("1.2", district("1.2") | {"users": []}), scratch)
    assert (fetched.collections["users"].rows, "roles" in fetched.collections) == (0, False)


# The connection test.


def _probes(service: OneRoster, **more: str) -> dict[str, tuple[bool, str]]:
    with running(service) as server:
        probes = _source(_spec(server.url, **more)).test()
        assert all(probe.says for probe in probes)
        assert all(probe.todo for probe in probes if not probe.ok and probe.code.startswith("source."))
        assert "words of the server" not in str(probes)
        assert all("limit=1&" in asked.target for asked in server.asked)
        return {probe.what: (probe.ok, probe.code) for probe in probes}


def test_a_good_connection_passes_every_probe() -> None:
    probes = _probes(OneRoster("1.2", district("1.2")))
    assert probes.pop("encryption") == (True, "source.not_encrypted")
    assert set(probes) == {"server", "credentials", "service", *_PLAIN}
    assert set(probes.values()) == {(True, "")}


def test_a_probe_tells_each_collection_by_its_code() -> None:
    statuses = {"demographics": 403, "courses": 403, "classes": 503}
    probes = _probes(OneRoster("1.1", district("1.1"), statuses=statuses))
    assert probes["demographics"] == (True, "table.not_shared")
    assert probes["courses"] == (False, "source.forbidden")
    assert probes["classes"] == (False, "source.server_error")
    assert probes["users"] == (True, "")


@pytest.mark.parametrize("version", ["auto", "1.1"])
@pytest.mark.covers("N37")
def test_a_probe_of_wrong_credentials_ends_there(version: str) -> None:
    probes = _probes(OneRoster("1.1", district("1.1"), bearer="another"), version=version)
    assert probes == {
        "server": (True, ""),
        "encryption": (True, "source.not_encrypted"),
        "credentials": (False, "source.refused_credentials"),
    }


@pytest.mark.covers("N37")
def test_a_probe_with_a_wrong_secret_makes_at_most_three_token_calls() -> None:
    with serving(lambda _: Reply(401)) as server:
        probes = _source(_spec(server.url, auth="oauth2", client_id="district")).test()
        assert [probe.what for probe in probes if not probe.ok] == ["credentials"]
        assert len(server.asked) <= 3


@pytest.mark.covers("N36")
def test_a_probe_of_a_server_that_is_not_there_says_so() -> None:
    with serving(lambda _: Reply()) as server:
        url = server.url
    probes = _source(_spec(url)).test()
    assert [(probe.what, probe.ok, probe.code) for probe in probes] == [("server", False, "source.unreachable")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://h.example"},
        {"auth": "magic"},
        {"version": "9"},
        {"auth": "oauth1"},
        {"secret": "schlüssel"},
    ],
)
def test_a_wrong_setting_is_told_before_anything_is_sent(wrong: dict[str, str], scratch: Scratch) -> None:
    spec = _spec(**({"url": "https://h.example"} | wrong))
    with pytest.raises(SettingsError):
        _source(spec).fetch(scratch, _Watch())
    assert [probe.ok for probe in _source(spec).test()] == [False]
