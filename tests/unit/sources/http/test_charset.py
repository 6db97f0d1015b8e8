"""A body in another charset is read as the server says, and never as it does not."""

import pytest

from rosterkeeper.sources.http.charset import as_utf8
from tests.unit.sources.http.servers import Reply, Signed, client_of, serving

_TEXT = '{"orgs": [{"name": "Zoë – Grundschule"}]}'


@pytest.mark.parametrize(
    ("charset", "named"),
    [
        ("latin-1", "ISO-8859-1"),
        ("cp1252", "iso-8859-1"),
        ("cp1252", '"windows-1252"'),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "utf-16le"),
        ("utf-8", "iso-8859-1"),
        ("utf-8", "utf-16"),
        ("utf-8", "utf-8"),
        ("utf-8", "klingon"),
    ],
)
def test_a_body_is_read_by_its_charset(charset: str, named: str) -> None:
    text = _TEXT.replace("–", "-") if charset == "latin-1" else _TEXT
    given = bytearray(text.encode(charset))
    assert as_utf8(given, f"application/json; charset={named}").decode() == text


@pytest.mark.parametrize("content_type", ["", "application/json", "application/json; charset=utf-8", "a; charset=idna"])
def test_a_charset_that_is_not_named_is_not_guessed(content_type: str) -> None:
    given = bytearray(_TEXT.encode("cp1252"))
    assert as_utf8(given, content_type) == _TEXT.encode("cp1252")


def test_a_body_that_is_not_of_its_charset_is_left_as_it_is() -> None:
    given = bytearray(b'{"a": "\xff"')
    assert as_utf8(given, "application/json; charset=utf-16") == b'{"a": "\xff"'


def test_a_client_gives_utf_8_whatever_the_server_wrote() -> None:
    made = Reply(200, _TEXT.encode("cp1252"), {"Content-Type": "application/json;charset=ISO-8859-1"})
    with serving(lambda _: made) as server, client_of(server.url) as client:
        answer = client.get(server.url, Signed().headers)
        assert answer.body.decode() == _TEXT
