"""Link headers, as they are sent and not only as they should be."""

import pytest

from rosterkeeper.sources.http.links import is_cursor, relations

_BASE = "https://h.example/ims/orgs?limit=2&offset=0"


@pytest.mark.parametrize(
    "header",
    [
        '<https://h.example/ims/orgs?limit=2&offset=2>; rel="next", <https://h.example/ims/orgs?offset=8>; rel="last"',
        "<https://h.example/ims/orgs?limit=2&offset=2>;rel=next",
        'https://h.example/ims/orgs?limit=2&offset=2; rel="next"',
        '</ims/orgs?limit=2&offset=2>; title="a, b"; REL="prefetch Next"',
    ],
)
def test_the_next_address_is_found(header: str) -> None:
    assert relations(header, _BASE)["next"] == "https://h.example/ims/orgs?limit=2&offset=2"


@pytest.mark.parametrize("header", ["", "nonsense", '<https://h.example/x>; rel="first"', "<>;rel", ";;;,,,"])
def test_no_next_address_is_made_up(header: str) -> None:
    assert "next" not in relations(header, _BASE)


def test_only_a_cursor_of_the_same_origin_is_followed_as_it_is() -> None:
    assert is_cursor("https://h.example/ims/orgs?after=x", _BASE)
    assert not is_cursor("https://h.example/ims/orgs?offset=2", _BASE)
    assert not is_cursor("https://other.example/ims/orgs?after=x", _BASE)
    assert not is_cursor("http://h.example/ims/orgs?after=x", _BASE)


def test_a_hostile_header_is_read_in_no_time() -> None:
    assert relations("<" * 20_000 + "; rel=" * 5_000, _BASE) == {}
