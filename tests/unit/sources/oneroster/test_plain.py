"""Pages that DuckDB reads and pages that Python reads become the same rows, or DuckDB leaves them to Python."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.oneroster.fields import BY_NAME, ENTITIES, ROLES, USER_PROFILES, Entity, Kind
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import drop_raw, raw_fields, raw_table
from rosterkeeper.sources.oneroster.landing import RawShelf
from rosterkeeper.sources.oneroster.plain import LEAST_RECORDS, PlainReader, Side
from rosterkeeper.sources.oneroster.reading import PageReader, Unstorable

COLLECTIONS = [each for each in ENTITIES if not each.nested]
Landed = tuple[list[str], bool, list[tuple[object, ...]]]


class Desk:
    """Reads one page in either way and lands it."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self.side = Side(scratch, 1)

    def reader(self, entity: Entity) -> PlainReader:
        return PlainReader(entity, self.side, least=1)

    def is_plain(self, entity: Entity, body: bytes) -> bool:
        return self.reader(entity)(bytearray(body), 7) is not None

    def landed(self, entity: Entity, body: bytes, *, quick: bool) -> Landed | str:
        """Ids, whether bare, and the rows, in which blank is blank; or what was refused."""
        reader = PageReader(entity, f"/{entity.name}", self.reader(entity) if quick else None)
        try:
            page = reader(bytearray(body), 7)
        except RosterkeeperError as fault:
            return fault.code
        except Unstorable as fault:
            return str(fault.finding)
        with RawShelf(self._scratch, entity) as shelf:
            shelf.clear()
            shelf.put(page.content)
            shelf.finish()
        rows = self._scratch.rows(f"SELECT * FROM {raw_table(entity)} ORDER BY row")
        for each in (entity, ROLES, USER_PROFILES):
            drop_raw(self._scratch, each)
        return list(page.ids), page.content.bare, [tuple(cell or None for cell in row) for row in rows]

    def agree(self, entity: Entity, body: bytes) -> bool:
        """Whether both ways give the same."""
        return self.landed(entity, body, quick=True) == self.landed(entity, body, quick=False)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("plain")
    with Scratch(folder / "scratch") as scratch:
        yield Desk(scratch)


def _full(entity: Entity, number: int) -> dict[str, object]:
    """A record of the standard with every field filled."""
    ref = {"href": f"https://h.example/{number}", "sourcedId": f"r{number}", "type": "x"}
    made: dict[str, object] = {"password": "pa55word", "extra": [number]}
    for each in raw_fields(entity):
        made[each.rest] = f"{each.rest} {number} é"
        if each.csv == "userIds":
            made[each.rest] = [{"type": "FED", "identifier": f"{number}"}, {"type": "LDAP", "identifier": "x"}]
        elif each.is_list:
            made[each.rest] = [ref, ref] if each.kind is Kind.REFS else ["09", "10"]
        elif each.kind is Kind.REF:
            made[each.rest] = ref
    return made | {"sourcedId": f"id{number}"}


def _page(entity: Entity, *last: object) -> bytes:
    """A page of three records of the standard, with ``last`` at its end."""
    rest = [_full(entity, number) for number in range(3)]
    return json.dumps({entity.name: [*rest, *last]}, ensure_ascii=False).encode()


@pytest.mark.parametrize("entity", COLLECTIONS, ids=lambda entity: entity.name)
def test_pages_of_the_standard_are_plain_and_the_same_either_way(desk: Desk, entity: Entity) -> None:
    holes = [{}, {each.rest: None for each in raw_fields(entity)}, {each.rest: "" for each in raw_fields(entity)}]
    simple = [
        {"sourcedId": "a", "metadata": {"z": {"b": 1, "a": [True, "1"]}, "a": "é\n"}},
        {"status": True},
        {"status": 1.50},
        {"status": -1},
        {"status": 10**30},
        {},
    ]
    for body in (_page(entity), _page(entity, *simple), _page(entity, *holes[:2])):
        assert desk.is_plain(entity, body)
        assert desk.agree(entity, body)
    assert desk.agree(entity, _page(entity, *holes))


@pytest.mark.parametrize(
    "strange",
    [
        {"status": {"a": 1}},
        {"status": ["a"]},
        {"orgs": "o1"},
        {"orgs": {"sourcedId": "o1"}},
        {"orgs": ["o1"]},
        {"orgs": [None]},
        {"orgs": [{"sourcedId": None}]},
        {"orgs": [{"sourcedId": ["a"]}]},
        {"grades": "09"},
        {"grades": ["09", ""]},
        {"grades": [{"b": 1, "a": 2}]},
        {"userIds": ["{FED:1}"]},
        {"userIds": [{}]},
        {"userIds": [{"type": "x", "identifier": {"a": 1}}]},
        {"roles": [{"role": "student"}]},
        {"userProfiles": [{"profileId": "p"}]},
        {"metadata": "{}"},
    ],
    ids=json.dumps,
)
def test_a_stranger_sends_the_whole_page_to_python(desk: Desk, strange: dict[str, object]) -> None:
    users = BY_NAME["users"]
    body = _page(users, {"sourcedId": "a"} | strange)
    assert not desk.is_plain(users, body)
    assert desk.agree(users, body)


@pytest.mark.parametrize(
    ("entity", "strange"),
    [
        ("classes", {"school": "s1"}),
        ("classes", {"school": ["s1"]}),
        ("classes", {"school": [{"sourcedId": "s1"}]}),
        ("classes", {"school": {"sourcedId": {"a": 1}}}),
        ("enrollments", {"user": 5}),
        ("enrollments", {"user": True}),
        ("orgs", {"parent": "s1"}),
    ],
)
def test_a_reference_of_another_form_sends_the_page_to_python(
    desk: Desk, entity: str, strange: dict[str, object]
) -> None:
    body = _page(BY_NAME[entity], strange)
    assert not desk.is_plain(BY_NAME[entity], body)
    assert desk.agree(BY_NAME[entity], body)


@pytest.mark.parametrize(
    "damage",
    [
        (b"]}", b"]"),
        (b"]}", b",]}"),
        (b"]}", b"]} x"),
        (b"]}", b",{'a':1}]}"),
        (b"]}", b',{"name":NaN}]}'),
        (b"]}", b',{"name":-Infinity}]}'),
        (b"]}", b',{"name":007}]}'),
        (b"]}", b',{"name":"\xff"}]}'),
        (b"]}", b',{"extra":"\xff"}]}'),
        (b"]}", b',{"name":"\\ud800"}]}'),
        (b"]}", b',{"name":"a\nb"}]}'),
        (b"]}", b',{"name":"\\u0000"}]}'),
        (b"]}", b',{"n\\u0061me":"escaped"}]}'),
        (b"]}", b',{"name":"\\"\\\\\\/\\u00e9\\ud83d\\ude00"}]}'),
        (b"]}", b',{"name":{"a":' + b"[" * 5000 + b"]" * 5000 + b"}}]}"),
        (b"]}", b",null,5,[],true]}"),
        (b"]}", b',"a"]}'),
        (b"]}", b',{"sourcedId":"a", "name" :\t12345678901234567}\n]}'),
        (b'{"orgs":', b'\xef\xbb\xbf{"orgs":'),
        (b'{"orgs":', b'{"imsx":{"a":[1.5]},"orgs":'),
        (b'{"orgs":', b'{"data":'),
        (b'{"orgs":', b'{"users":'),
    ],
)
def test_damaged_and_odd_json_is_read_or_refused_alike(desk: Desk, damage: tuple[bytes, bytes]) -> None:
    orgs = BY_NAME["orgs"]
    body = _page(orgs).replace(b'"extra": [', b'"extra": [ ')
    start, end = body[:20], body[20:]
    worse = start.replace(*damage).replace(b'{"orgs": ', damage[1] + b" " if damage[0] != b"]}" else b'{"orgs": ')
    worse += end[:-2] + (damage[1] if damage[0] == b"]}" else b"]}")
    assert desk.agree(orgs, worse)


def test_a_bare_list_is_noticed(desk: Desk) -> None:
    orgs = BY_NAME["orgs"]
    body = json.dumps([_full(orgs, number) for number in range(3)]).encode()
    assert desk.is_plain(orgs, body)
    landed = desk.landed(orgs, body, quick=True)
    assert landed[1] is True
    assert desk.agree(orgs, body)


def test_a_short_page_is_left_to_python(desk: Desk) -> None:
    orgs = BY_NAME["orgs"]
    read = PlainReader(orgs, desk.side)
    records = [_full(orgs, number) for number in range(LEAST_RECORDS)]
    assert read(bytearray(json.dumps({"orgs": records[1:]}).encode()), 0) is None
    assert read(bytearray(json.dumps({"orgs": records}).encode()), 0) is not None


def test_a_collection_with_ways_of_its_own_is_no_longer_tried(desk: Desk) -> None:
    orgs = BY_NAME["orgs"]
    read = desk.reader(orgs)
    strange, fine = _page(orgs, {"name": [1.5]}), _page(orgs)
    assert read(bytearray(strange), 0) is None
    assert read(bytearray(fine), 0) is not None
    assert [read(bytearray(strange), 0), read(bytearray(strange), 0)] == [None, None]
    assert read(bytearray(fine), 0) is None


_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    # With an exponent, a number that should have been a text is written in two ways.
    st.integers(-(10**9), 10**9).map(lambda number: number / 1000),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    st.sampled_from(["", "{", "[", "{}", "null", "true", "1.50", "-0", "a,1.5", '":1.5', "\\", '"']),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["sourcedId", "type", "identifier", "href", "x"]), inner, max_size=3),
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("entity", COLLECTIONS, ids=lambda entity: entity.name)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_loose_records_become_the_same_rows(desk: Desk, entity: Entity, data: st.DataObject) -> None:
    names = [*(each.rest for each in raw_fields(entity)), "metadata", "roles", "userProfiles", "extra"]
    loose = data.draw(st.lists(st.one_of(_VALUES, st.dictionaries(st.sampled_from(names), _VALUES)), max_size=3))
    nearly = [_full(entity, 0) | data.draw(st.dictionaries(st.sampled_from(names), _VALUES, max_size=1))]
    for records in (loose, nearly):
        assert desk.agree(entity, _page(entity, *records))


def test_a_page_lies_beside_the_database_until_the_next_one_or_the_end(tmp_path: Path) -> None:
    with Scratch(tmp_path / "scratch") as scratch:
        desk = Desk(scratch)
        names = []
        for count in (3, 1, 2):
            body = json.dumps({"orgs": [{"sourcedId": f"o{place}", "name": "School"} for place in range(count)]})
            assert desk.is_plain(BY_NAME["orgs"], body.encode())
            (file,) = (tmp_path / "scratch").glob("*.json")
            assert len(json.loads(file.read_bytes())) == count
            names.append(file.name)
        assert len(set(names)) == 3
        desk.side.close()
        assert not list((tmp_path / "scratch").glob("*.json"))
