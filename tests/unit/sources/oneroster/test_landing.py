"""Pages of either kind become one raw table, however many they are, or none at all."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from rosterkeeper.engine.normalize import norm_table, normalize
from rosterkeeper.oneroster.fields import BY_NAME
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Collection, Fetched, Mode, drop_raw, raw_table
from rosterkeeper.sources.oneroster.landing import RawShelf
from rosterkeeper.sources.oneroster.plain import PlainReader, Side
from rosterkeeper.sources.oneroster.reading import PageReader

ORGS = BY_NAME["orgs"]


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    with Scratch(tmp_path / "scratch") as made:
        yield made


def _put(scratch: Scratch, shelf: RawShelf, kinds: str) -> None:
    """Pages of two orgs each: ``p`` for one that DuckDB reads, ``a`` for one that Python reads."""
    plain = PageReader(ORGS, "/orgs", PlainReader(ORGS, Side(scratch, 1), least=1))
    slow = PageReader(ORGS, "/orgs")
    for number, kind in enumerate(kinds):
        dated = {"status": "active", "dateLastModified": f"2026-09-0{number + 1}T08:00:00.000Z", "type": "school"}
        page = [dated | {"sourcedId": f"o{2 * number + each}", "name": "Elm"} for each in range(2)]
        body = bytearray(json.dumps({"orgs": page}).encode())
        shelf.put((plain if kind == "p" else slow)(body, 2 * number).content)


def _tables(scratch: Scratch) -> list[str]:
    rows = scratch.rows("SELECT table_name FROM information_schema.tables WHERE starts_with(table_name, 'raw_')")
    return [str(name) for (name,) in rows]


def _rows(scratch: Scratch) -> Sequence[tuple[object, ...]]:
    return scratch.rows(f"SELECT row, sourced_id FROM {raw_table(ORGS)} ORDER BY row")


@pytest.mark.parametrize(
    "kinds", ["a", "aaaa", "p", "ppp", "pppp", "ppppppppp", "ap", "pa", "papap", "ppppa", "aapppppp"]
)
def test_pages_of_either_kind_become_one_raw_table(scratch: Scratch, kinds: str) -> None:
    count = 2 * len(kinds)
    with RawShelf(scratch, ORGS, most_parts=3) as shelf:
        shelf.clear()
        _put(scratch, shelf, kinds)
        latest, undated = shelf.dates()
        assert (shelf.distinct(), shelf.scattered(), shelf.before("2026-09-02T00:00:00Z")) == (count, 0, 2)
        assert (latest is not None and latest.day, undated) == (len(kinds), 0)
        assert shelf.finish() == {}
    assert _rows(scratch) == [(place + 2, f"o{place}") for place in range(count)]
    drop_raw(scratch, ORGS)
    assert _tables(scratch) == []


@pytest.mark.parametrize("kinds", ["aa", "pp", "ppppp", "pap"])
def test_a_pull_that_begins_anew_or_ends_early_leaves_nothing(scratch: Scratch, kinds: str) -> None:
    with RawShelf(scratch, ORGS, most_parts=3) as shelf:
        shelf.clear()
        _put(scratch, shelf, kinds)
        shelf.clear()
        assert shelf.distinct() == 0
        _put(scratch, shelf, kinds)
        assert shelf.distinct() == 2 * len(kinds)
        assert shelf.fingerprint() != ""
    assert _tables(scratch) == []


@pytest.mark.parametrize("kinds", ["a", "p", "ppppp"])
def test_what_has_landed_is_normalised_and_leaves(scratch: Scratch, kinds: str) -> None:
    with RawShelf(scratch, ORGS, most_parts=3) as shelf:
        shelf.clear()
        _put(scratch, shelf, kinds)
        shelf.finish()
    count = 2 * len(kinds)
    collections = {ORGS.name: Collection(ORGS.name, Mode.BULK, count, "/orgs")}
    normalize(scratch, Fetched("1.1", "rest", collections, "counted", nested_roles=True))
    assert scratch.count(f"SELECT count(*) FROM {norm_table(ORGS)} WHERE name = 'Elm'") == count
    assert _tables(scratch) == []
