"""One page of JSON becomes columns, in the standard's shapes and in those that servers really send."""

import json

import pytest

from rosterkeeper.oneroster.errors import RosterkeeperError, SourceRefused
from rosterkeeper.oneroster.fields import BY_NAME, ENTITIES, PASSWORD_FIELDS
from rosterkeeper.sources.http.paging import Page
from rosterkeeper.sources.oneroster.reading import PageReader, Sheet, Unstorable
from rosterkeeper.sources.oneroster.records import shape


def _read(entity: str, answer: object, offset: int = 0) -> Page[Sheet]:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return PageReader(BY_NAME[entity], f"/{entity}").sheet(bytearray(body), offset)


def _rows(entity: str, *records: object) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = _read(entity, {entity: list(records)}).content.rows.to_pylist()
    return rows


def _cell(entity: str, column: str, record: dict[str, object]) -> object:
    return _rows(entity, {"sourcedId": "a"} | record)[0][column]


def test_a_record_of_the_standard_fills_its_columns() -> None:
    ref = {"href": "https://h.example/x", "sourcedId": "s1", "type": "org"}
    row = _rows(
        "classes",
        {
            "sourcedId": "c1",
            "status": "active",
            "dateLastModified": "2026-09-01T00:00:00.000Z",
            "title": "Käse & Brot",
            "grades": ["09", "10"],
            "course": ref,
            "school": ref,
            "terms": [ref, ref],
            "metadata": {"z": {"b": 1, "a": 2}, "a": None},
        },
    )[0]
    assert row | {"metadata": ""} == {
        "row": 2,
        "sourced_id": "c1",
        "status": "active",
        "date_last_modified": "2026-09-01T00:00:00.000Z",
        "title": "Käse & Brot",
        "grades": ["09", "10"],
        "course_sourced_id": "s1",
        "class_code": None,
        "class_type": None,
        "location": None,
        "school_sourced_id": "s1",
        "term_sourced_ids": ["s1", "s1"],
        "subjects": None,
        "subject_codes": None,
        "periods": None,
        "metadata": "",
    }
    assert row["metadata"] == '{"a":null,"z":{"a":2,"b":1}}'


def test_rows_count_from_the_place_of_the_page() -> None:
    page = _read("orgs", {"orgs": [{"sourcedId": "a"}, {"sourcedId": "b"}]}, offset=300)
    assert (page.content.rows["row"].to_pylist(), page.ids) == ([302, 303], ["a", "b"])


@pytest.mark.parametrize(
    ("value", "cell"),
    [("true", "true"), (True, "true"), (False, "false"), ("1", "1"), (1, "1"), (None, None), ("", "")],
)
def test_a_boolean_is_text_however_it_is_written(value: object, cell: object) -> None:
    assert _cell("users", "enabled_user", {"enabledUser": value}) == cell


@pytest.mark.parametrize(
    ("value", "cell"), [(7, "7"), (2026, "2026"), (1.5, "1.5"), (10**30, str(10**30)), ("007", "007"), ({}, "{}")]
)
def test_a_text_is_text_however_it_is_written(value: object, cell: str) -> None:
    assert _cell("academicSessions", "school_year", {"schoolYear": value}) == cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ({"sourcedId": "o"}, "o"),
        ({"sourcedId": 5, "href": None}, "5"),
        ("o", "o"),
        (5, "5"),
        ([{"sourcedId": "o"}], "o"),
        ({}, ""),
        (None, ""),
        ([], ""),
    ],
)
def test_a_reference_is_its_id_however_it_is_written(value: object, cell: str) -> None:
    assert (_cell("orgs", "parent_sourced_id", {"parent": value}) or "") == cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ([{"sourcedId": "a"}, {"sourcedId": "b"}], ["a", "b"]),
        ([{"sourcedId": 1}, "b", {}], ["1", "b"]),
        ([{"sourcedId": 1}, {"sourcedId": 2}], ["1", "2"]),
        ({"sourcedId": "a"}, ["a"]),
        ("a", ["a"]),
        (None, None),
        ("", None),
        ([], None),
        ([None], None),
    ],
)
def test_a_list_of_references_is_a_list_of_ids(value: object, cell: object) -> None:
    assert (_cell("users", "org_sourced_ids", {"orgs": value}) or None) == cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [(["09", "10"], ["09", "10"]), ([9, None, ""], ["9"]), ("09", ["09"]), (None, None), ([], None), ({}, None)],
)
def test_a_list_of_texts_survives_any_form(value: object, cell: object) -> None:
    assert (_cell("users", "grades", {"grades": value}) or None) == cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ([{"type": "FED", "identifier": "99"}], ["{FED:99}"]),
        (["{FED:99}", {"type": "x", "identifier": 5}], ["{FED:99}", "{x:5}"]),
        ({"type": "FED", "identifier": "99"}, ["{FED:99}"]),
        (None, None),
    ],
)
def test_identifiers_of_other_systems_are_written_as_the_csv_writes_them(value: object, cell: object) -> None:
    assert _cell("users", "user_ids", {"userIds": value}) == cell


def test_a_number_for_an_id_is_its_text() -> None:
    assert _read("orgs", {"orgs": [{"sourcedId": 5}, {"sourcedId": None}, {}]}).ids == ["5", "", ""]


def test_what_is_no_record_at_all_is_one_without_an_id() -> None:
    page = _read("orgs", {"orgs": [None, 5, [], {"sourcedId": "a"}]})
    assert page.ids == ["", "", "", "a"]


def test_unknown_properties_are_left_out() -> None:
    assert "extra" not in _rows("orgs", {"sourcedId": "a", "extra": {"x": [1]}, "children": [{}]})[0]


@pytest.mark.parametrize("strange", [{}, {"grades": "9"}])
def test_a_password_is_never_read(strange: dict[str, object]) -> None:
    record = {
        "sourcedId": "u",
        "password": "pa55word",
        "userProfiles": [{"profileId": "p", "credentials": [{"type": "t", "username": "n", "password": "pa55word"}]}],
    }
    content = _read("users", {"users": [record | strange]}).content
    assert content.profiles is not None
    assert "pa55word" not in str(content.rows.to_pylist()) + str(content.profiles.to_pylist())
    assert content.profiles["username"].to_pylist() == ["n"]
    for entity in ENTITIES:
        assert not set(shape(entity).record.__struct_fields__) & set(PASSWORD_FIELDS)


def test_roles_inside_a_user_become_rows_of_their_own() -> None:
    roles = [
        {"roleType": "primary", "role": "teacher", "org": {"sourcedId": "s1"}, "beginDate": "2026-08-01"},
        {"roleType": "secondary", "role": "aide", "org": {"sourcedId": "s2"}, "userProfile": "p1"},
    ]
    content = _read("users", {"users": [{"sourcedId": "u0"}, {"sourcedId": "u1", "roles": roles}]}, 10).content
    assert content.roles is not None
    assert content.roles.select(["row", "user_sourced_id", "role", "org_sourced_id"]).to_pylist() == [
        {"row": 13, "user_sourced_id": "u1", "role": "teacher", "org_sourced_id": "s1"},
        {"row": 13, "user_sourced_id": "u1", "role": "aide", "org_sourced_id": "s2"},
    ]


@pytest.mark.parametrize(
    ("answer", "ids", "bare"),
    [
        ([{"sourcedId": "a"}], ["a"], True),
        ({"orgs": {"sourcedId": "a"}}, ["a"], False),
        ({"statusInfoSet": [], "orgs": [{"sourcedId": "a"}]}, ["a"], False),
        (b'\xef\xbb\xbf{"orgs":[{"sourcedId":"a"}]}', ["a"], False),
        ({"orgs": []}, [], False),
    ],
)
def test_a_collection_is_found_in_its_wrapper_or_without(answer: object, ids: list[str], bare: bool) -> None:
    page = _read("orgs", answer)
    assert (page.ids, page.content.bare) == (ids, bare)


@pytest.mark.parametrize(
    "answer",
    [{}, {"users": []}, {"orgs": None}, {"orgs": "x"}, {"orgs": 5}, None, 5, "orgs", {"imsx_codeMajor": "failure"}],
)
def test_an_answer_without_its_collection_is_refused_and_never_an_empty_list(answer: object) -> None:
    with pytest.raises(SourceRefused) as caught:
        _read("orgs", answer)
    assert caught.value.code == "source.not_oneroster"


@pytest.mark.parametrize(
    "body", [b"", b"<html>private</html>", b'{"orgs":[{"sourcedId":"priv', b'{"orgs":["\xff"]}', b'["\\ud800"]']
)
def test_what_is_not_json_is_told_without_its_words(body: bytes) -> None:
    with pytest.raises(RosterkeeperError) as caught:
        _read("orgs", body)
    assert caught.value.code == "source.not_json"
    assert "priv" not in caught.value.what + caught.value.todo


@pytest.mark.parametrize(
    "place", [b"%s", b'{"orgs":%s}', b'{"orgs":[{"sourcedId":%s}]}', b'{"orgs":[{"metadata":%s}]}']
)
@pytest.mark.parametrize("depth", [10_000, 1_000_000])
def test_json_nested_without_end_is_refused(place: bytes, depth: int) -> None:
    with pytest.raises(SourceRefused) as caught:
        _read("orgs", place % (b"[" * depth + b"]" * depth))
    assert caught.value.code == "source.not_oneroster"


@pytest.mark.parametrize(
    ("record", "row"),
    [
        ({"sourcedId": "b", "name": "a\x00b"}, 8),
        ({"sourcedId": "b", "metadata": {"x": ["\x00"]}}, 8),
        ({"own": "\x00"}, 0),
    ],
)
def test_a_nul_is_refused_with_its_place(record: dict[str, object], row: int) -> None:
    with pytest.raises(Unstorable) as caught:
        _read("orgs", {"orgs": [{"sourcedId": "a"}, record]}, offset=5)
    finding = caught.value.finding
    assert (finding.code, finding.file, finding.row, finding.entity) == ("table.nul_byte", "/orgs", row, "orgs")


def test_a_backslash_before_a_u_is_no_nul() -> None:
    assert _cell("orgs", "name", {"name": "C:\\u0000"}) == "C:\\u0000"
