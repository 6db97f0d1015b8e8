"""Keys of directory accounts: Python and DuckDB make the same of every text."""

from pathlib import Path

import pytest

from rosterkeeper.matching.keys import key_macros, lookup_key, sort_key
from rosterkeeper.scratch import Scratch

_TEXTS = (" Ada.Lovelace@North.EXAMPLE ", "NULL", "n/a", "", "ÉLISE@école.example", "Straße", "İpek", "ΣΟΦΟΣ", "O’Neil")


@pytest.mark.parametrize("text", _TEXTS)
def test_both_ways_agree(tmp_path: Path, text: str) -> None:
    with Scratch(tmp_path / "scratch") as scratch:
        for statement in key_macros():
            scratch.run(statement)
        assert scratch.rows("SELECT lookup_key(?)", [text]) == [(lookup_key(text),)]
        assert scratch.rows("SELECT name_key(?, 'Ada', '', '')", [text]) == [(sort_key(text, "Ada", "", ""),)]


def test_case_and_blanks_around_do_not_matter_and_words_for_nothing_are_none() -> None:
    assert lookup_key(" Ada@North.Example\t") == "ada@north.example"
    assert [lookup_key(each) for each in ("NULL", "None", "-", " n/a ")] == ["", "", "", ""]


def test_an_account_without_names_is_sorted_by_what_it_has() -> None:
    assert sort_key("", "", "The Office", "office") == "the office"
    assert sort_key("", "", "", "Office") == "office"
    assert sort_key("Núñez", "Ana", "x", "y") == "nunez ana"
