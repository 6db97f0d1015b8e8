"""The sample server answers as the REST bindings of OneRoster 1.1 and 1.2 have it."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2 as httpx
import pytest

from rosterkeeper.oneroster.errors import SettingsError, SourceRefused
from rosterkeeper.sample import SampleServer, write_sample
from rosterkeeper.sample.answers import Answer, Asked
from tests.districts.tables import read

Serve = Callable[..., tuple[SampleServer, httpx.Client]]
VERSIONS = pytest.mark.parametrize("version", ["1.1", "1.2"])
# Path, wrapper of the list, wrapper of one, and the file whose rows it tells.
LISTS = [
    ("academicSessions", "academicSessions", "academicSession", "academicSessions"),
    ("terms", "academicSessions", "academicSession", ""),
    ("gradingPeriods", "academicSessions", "academicSession", ""),
    ("orgs", "orgs", "org", "orgs"),
    ("schools", "orgs", "org", ""),
    ("courses", "courses", "course", "courses"),
    ("classes", "classes", "class", "classes"),
    ("users", "users", "user", "users"),
    ("students", "users", "user", ""),
    ("teachers", "users", "user", ""),
    ("demographics", "demographics", "demographics", "demographics"),
    ("enrollments", "enrollments", "enrollment", "enrollments"),
]


@VERSIONS
@pytest.mark.parametrize(("path", "many", "one", "file"), LISTS)
def test_each_endpoint_tells_its_records_in_its_wrapper(
    serve: Serve, package: Path, version: str, path: str, many: str, one: str, file: str
) -> None:
    _, client = serve(version)
    answer = client.get(path, params={"limit": 5000})
    records = answer.json()[many]
    assert answer.status_code == 200
    assert int(answer.headers["X-Total-Count"]) == len(records) > 0
    assert {"sourcedId", "status", "dateLastModified"} <= records[0].keys()
    if file:
        assert [each["sourcedId"] for each in records] == [row[0] for row in read(package)[file].rows]
    assert client.get(f"{path}/{records[-1]['sourcedId']}").json() == {one: records[-1]}
    assert client.get(f"{path}/nowhere").status_code == 404


@VERSIONS
def test_pages_join_to_the_whole_and_links_lead_through_them(serve: Serve, version: str) -> None:
    _, client = serve(version)
    whole = client.get("enrollments", params={"limit": 50_000}).json()["enrollments"]
    pulled, url = [], "enrollments?limit=300&filter=status%3D%27active%27"
    while url:
        answer = client.get(url)
        pulled += answer.json()["enrollments"]
        url = answer.links.get("next", {}).get("url", "")
    assert pulled == whole
    assert {"first", "last", "prev"} <= answer.links.keys()
    assert client.get("enrollments", params={"offset": 10**6}).json() == {"enrollments": []}
    assert len(client.get("enrollments").json()["enrollments"]) == 100


def test_a_page_is_never_longer_than_the_cap(serve: Serve) -> None:
    _, client = serve("1.2", page_cap=7)
    answer = client.get("users", params={"limit": 10_000})
    assert len(answer.json()["users"]) == 7
    assert "limit=7&offset=7" in answer.links["next"]["url"]


def test_a_person_has_roles_in_1_2_and_one_role_in_1_1(serve: Serve) -> None:
    _, old = serve("1.1")
    _, new = serve("1.2")
    users = [{each["sourcedId"]: each for each in c.get("users?limit=500").json()["users"]} for c in (old, new)]
    assert users[0].keys() == users[1].keys()
    for key, flat in users[0].items():
        nested = users[1][key]
        assert "role" not in nested
        assert "roles" not in flat
        assert [each["sourcedId"] for each in flat["orgs"]] == [each["org"]["sourcedId"] for each in nested["roles"]]
    principal = next(each for each in users[1].values() if each["roles"][0]["role"] == "principal")
    assert users[0][principal["sourcedId"]]["role"] == "administrator"


@VERSIONS
def test_references_carry_href_id_and_type(serve: Serve, version: str) -> None:
    server, client = serve(version)
    seat = client.get("enrollments?limit=1").json()["enrollments"][0]
    assert seat["user"] == {
        "href": f"{server.base_url}/users/{seat['user']['sourcedId']}",
        "sourcedId": seat["user"]["sourcedId"],
        "type": "user",
    }
    assert client.get(seat["class"]["href"]).json()["class"]["sourcedId"] == seat["class"]["sourcedId"]
    district = next(each for each in client.get("orgs").json()["orgs"] if each["type"] == "district")
    assert len(district["children"]) == 3
    user = client.get("users?limit=1").json()["users"][0]
    assert user["userIds"][0].keys() == {"type", "identifier"}
    assert user["enabledUser"] in ("true", "false")
    assert "password" not in user


@VERSIONS
@pytest.mark.parametrize(
    ("filter_", "fits"),
    [
        ("role='teacher'", lambda user, role: role == "teacher"),
        ("role='TEACHER' AND status='active'", lambda user, role: role == "teacher"),
        ("role='student' OR role='parent'", lambda user, role: role in ("student", "parent")),
        ("familyName~'a'", lambda user, role: "a" in user["familyName"].lower()),
        ("sourcedId>='u-100150'", lambda user, role: user["sourcedId"] >= "u-100150"),
        ("status!='active'", lambda user, role: False),
        ("userIds.type='LDAP'", lambda user, role: len(user["userIds"]) == 2),
    ],
)
def test_a_filter_keeps_what_it_says(
    serve: Serve, version: str, filter_: str, fits: Callable[[dict[str, str], str], bool]
) -> None:
    _, client = serve(version)
    users = client.get("users?limit=500").json()["users"]
    wanted = [each for each in users if fits(each, each["role"] if version == "1.1" else each["roles"][0]["role"])]
    answer = client.get("users", params={"limit": 500, "filter": filter_})
    assert answer.json()["users"] == wanted
    assert answer.headers["X-Total-Count"] == str(len(wanted))


@VERSIONS
def test_what_a_reload_changed_can_be_asked_for(serve: Serve, package: Path, next_day: Path, version: str) -> None:
    ticks = itertools.count()
    start = datetime(2026, 9, 1, 6, tzinfo=UTC)
    server, client = serve(version, clock=lambda: start + timedelta(days=next(ticks)))
    server.reload(next_day)
    before, after = (read(path)["users"].records() for path in (package, next_day))
    changed = {key for key, row in after.items() if before.get(key) != row}
    since: dict[str, str | int] = {"limit": 500, "filter": "dateLastModified>'2026-09-01T06:00:00Z'"}
    told = {each["sourcedId"]: each["status"] for each in client.get("users", params=since).json()["users"]}
    assert told == dict.fromkeys(changed, "active") | dict.fromkeys(before.keys() - after.keys(), "tobedeleted")
    assert "tobedeleted" in told.values()


def test_a_server_may_forget_what_is_gone(serve: Serve, next_day: Path) -> None:
    server, client = serve("1.2", keep_removed=False)
    server.reload(next_day)
    users = client.get("users?limit=500").json()["users"]
    assert [each["sourcedId"] for each in users] == [row[0] for row in read(next_day)["users"].rows]


@VERSIONS
def test_sort_and_fields_are_kept_to(serve: Serve, version: str) -> None:
    _, client = serve(version)
    asked: dict[str, str | int] = {
        "sort": "sourcedId",
        "orderBy": "desc",
        "fields": "sourcedId,givenName",
        "limit": 500,
    }
    users = client.get("users", params=asked).json()["users"]
    keys = [each["sourcedId"] for each in users]
    assert keys == sorted(keys, reverse=True)
    assert all(each.keys() == {"sourcedId", "givenName"} for each in users)
    all_fields = client.get("users", params={"fields": "sourcedId,shoeSize", "limit": 1}).json()
    assert "familyName" in all_fields["users"][0]
    assert ("statusInfoSet" in all_fields) == (version == "1.1")


@VERSIONS
@pytest.mark.parametrize(
    ("query", "status", "minors"),
    [
        ("users?filter=shoeSize%3D%2743%27", 400, ("invalid_filter_field", "invalid_filter_field")),
        ("users?filter=status%3Dactive", 400, ("invalid_filter_field", "invalid_filter_field")),
        ("users?fields=", 400, ("invalid_blank_selection_field", "invalid_selection_field")),
        ("users?limit=0", 400, ("invalid data", "invaliddata")),
        ("users?offset=-1", 400, ("invalid data", "invaliddata")),
        ("users?filter=dateLastModified%3E%27monday%27", 400, ("invalid data", "invaliddata")),
        ("users/nobody", 404, ("unknown object", "unknownobject")),
        ("shoes", 404, ("unknown object", "unknownobject")),
    ],
)
def test_a_refusal_is_told_in_the_versions_form(
    serve: Serve, version: str, query: str, status: int, minors: tuple[str, str]
) -> None:
    _, client = serve(version)
    answer = client.get(query)
    assert answer.status_code == status
    if version == "1.1":
        assert answer.json()["statusInfoSet"][0]["imsx_codeMinor"] == minors[0]
    else:
        field = answer.json()["imsx_CodeMinor"]["imsx_codeMinorField"][0]
        assert field["imsx_codeMinorFieldValue"] == minors[1]


def test_a_package_of_1_1_is_served_as_either_version(serve: Serve, tmp_path: Path) -> None:
    write_sample(tmp_path / "old.zip", users=100, seed=2, version="1.1")
    _, old = serve("1.1", tmp_path / "old.zip")
    _, new = serve("1.2", tmp_path / "old.zip")
    flat, nested = (client.get("users?limit=100").json()["users"] for client in (old, new))
    assert {each["role"] for each in flat} >= {"student", "administrator"}
    assert {each["roles"][0]["role"] for each in nested} >= {"student", "siteAdministrator"}
    assert len(flat) == len(nested) == 100


def test_a_hook_can_spoil_an_answer(serve: Serve) -> None:
    def spoil(asked: Asked, answer: Answer) -> Answer:
        if asked.path.endswith("/orgs"):
            return Answer(503, b"busy", {"Retry-After": "1"})
        return replace(answer, cut_after=10) if asked.path.endswith("/users") else answer

    _, client = serve("1.2", hook=spoil)
    assert client.get("orgs").headers["Retry-After"] == "1"
    assert client.get("courses").status_code == 200
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("users")


def test_a_file_that_cannot_be_served_is_refused(tmp_path: Path, package: Path) -> None:
    (tmp_path / "words.zip").write_text("not a zip")
    with pytest.raises(SourceRefused, match="cannot be served"):
        SampleServer(tmp_path / "words.zip")
    with pytest.raises(SettingsError):
        SampleServer(package, version="1.0")
    with pytest.raises(SettingsError):
        SampleServer(package, auth="password")
    with SampleServer(package) as server, pytest.raises(SettingsError, match="listened"):
        SampleServer(package, port=server.port)
