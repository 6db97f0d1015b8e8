"""Folding: names and ids in the form in which they are searched, once for DuckDB and once for what somebody types.

Folded text has no case, no accents and no vowel marks; letters that Unicode does not take apart (ø, ł, ß) stand as the
plain ones that people type for them. Both ways must agree on every letter, which a test holds.
"""

import hashlib
import unicodedata
from collections.abc import Iterable
from typing import Final

_SINGLE: Final = {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "ŧ": "t", "ð": "d", "ς": "σ", "’": "'", "ـ": ""}
_DOUBLE: Final = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
# Begins every word that is not somebody's: a facet. Typed words never begin so.
FACET: Final = "="
_DIGITS: Final = 10
# Letters of a word that count; PostgreSQL takes no word of unlimited length.
LONGEST: Final = 80
_MARKS: Final = ("Mn", "Mc", "Me")
# Scripts that write names without a blank between family and given name, or without blanks at all.
UNSPACED: Final = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}]"


def fold(text: str) -> str:
    """The folded form of what somebody typed."""
    # As nearly all text is.
    if text.isascii():
        return text.lower()
    plain = "".join(each for each in unicodedata.normalize("NFD", text) if unicodedata.category(each) not in _MARKS)
    # One letter for one, as DuckDB does it: Python alone would make two of some capitals.
    lower = "".join(low if len(low := each.lower()) == 1 else each for each in unicodedata.normalize("NFC", plain))
    return "".join((_SINGLE | _DOUBLE).get(each, each) for each in lower)


def fold_macros() -> Iterable[str]:
    """DuckDB statements that make macros: ``fold``; of folded text ``words_of``, ``ids_of``, ``tails_of``; ``facet``.

    ``words_of`` lists the parts, the parts as one, and the text as it is written without blanks; ``ids_of`` does so for
    ids; ``tails_of`` lists a name's ends, for names that are written without blanks. Blank words may be among them.
    """
    plain = "lower(strip_accents(t))"
    singles = [(old, new) for old, new in _SINGLE.items() if new]
    plain = f"translate({plain}, '{''.join(old for old, _ in singles)}', '{_escaped(''.join(n for _, n in singles))}')"
    for old, new in (*_DOUBLE.items(), *((old, new) for old, new in _SINGLE.items() if not new)):
        plain = f"replace({plain}, '{old}', '{new}')"
    # Nearly all text is ASCII, and taking apart what has no accents would be most of the work.
    yield f"CREATE OR REPLACE MACRO fold(t) AS CASE WHEN strlen(t) = length(t) THEN lower(t) ELSE {plain} END"
    parts = r"string_split(regexp_replace(t, '[^\p{L}\p{N}]+', ' ', 'g'), ' ')"
    joined = r"regexp_replace(t, '[^\p{L}\p{N}]+', '', 'g')"
    bare = r"regexp_replace(t, '[\s\x22]+', '', 'g')"
    # Nearly all names are one plain word.
    simple = "WHEN t = '' THEN [] WHEN regexp_full_match(t, '[a-z0-9]*') THEN [t]"
    made = f"CASE {simple} ELSE {parts} || [{joined}, {bare}] END"
    yield f"CREATE OR REPLACE MACRO words_of(t) AS {made}"
    unspaced = f"regexp_matches(t, '{UNSPACED}')"
    tails = "list_transform(range(1, least(length(t), 12)::BIGINT + 1), lambda i: substr(t, i))"
    # A part without a digit is a prefix that all ids of a district share.
    numbered = f"list_filter({parts}, lambda part: regexp_matches(part, '[0-9]'))"
    yield f"CREATE OR REPLACE MACRO ids_of(t) AS CASE {simple} ELSE {numbered} || [{joined}, {bare}] END"
    yield f"CREATE OR REPLACE MACRO facet(kind, t) AS '{FACET}' || kind || left(md5(t), {_DIGITS})"
    found = f"CASE WHEN strlen(t) > length(t) AND {unspaced} THEN {tails} ELSE [] END"
    yield f"CREATE OR REPLACE MACRO tails_of(t) AS {found}"


def typed_words(text: str) -> list[list[str]]:
    """What was typed, as words that must all be found: each as the ways in which it may stand in the roster.

    A way is itself words that must all be found, joined by blanks. At most eight words count.
    """
    words = []
    for word in fold(text).replace('"', " ").split()[:8]:
        bare = word.strip("".join({each for each in word if not each.isalnum()}))[:LONGEST]
        parts = "".join(each if each.isalnum() else " " for each in bare)
        if bare:
            words.append([bare] if parts == bare else [bare, parts])
    return words


def facet(kind: str, value: str) -> str:
    """The word that stands for a fact such as a role: its kind, one letter, and a print of its value."""
    return f"{FACET}{kind}{hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()[:_DIGITS]}"


def _escaped(text: str) -> str:
    return text.replace("'", "''")
