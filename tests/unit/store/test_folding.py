"""What is typed and what is stored are folded alike."""

import unicodedata
from pathlib import Path

import pyarrow as pa

from rosterkeeper.scratch import Scratch
from rosterkeeper.store.folding import facet, fold, fold_macros, typed_words

# Every letter and digit below the private planes.
LETTERS = [each for code in range(0x21, 0x30000) if unicodedata.category(each := chr(code))[0] in "LN"]


def test_both_ways_of_folding_agree_on_every_letter(tmp_path: Path) -> None:
    with Scratch(tmp_path / "scratch") as scratch:
        for statement in fold_macros():
            scratch.run(statement)
        scratch.land("CREATE TABLE letter AS SELECT * FROM incoming", pa.table({"t": LETTERS}))
        rows = scratch.rows("SELECT t, fold(t) FROM letter")
        (same,) = scratch.rows("SELECT facet('s', 'o-1'), facet('r', 'Ünal')")
    assert len(rows) == len(LETTERS)
    assert [(letter, folded) for letter, folded in rows if fold(str(letter)) != folded] == []
    assert same == (facet("s", "o-1"), facet("r", "Ünal"))


def test_accents_capitals_and_letters_of_other_alphabets_are_typed_plainly() -> None:
    assert [fold(each) for each in ("José", "ÅSA", "Strauß", "Łukasz", "Øyvind", "أحمد")] == [
        *("jose", "asa", "strauss", "lukasz", "oyvind"),
        "احمد",
    ]


def test_what_is_typed_becomes_words_each_with_the_ways_it_may_stand() -> None:
    assert typed_words('O\'Brien, "Ann-Marie"') == [["o'brien", "o brien"], ["ann-marie", "ann marie"]]
    assert typed_words("  ---  ") == []
    assert len(typed_words("a b c d e f g h i j k")) == 8
