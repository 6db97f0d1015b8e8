"""The keys by which directory accounts are looked up and sorted, once for DuckDB and once for Python.

Both ways must agree on every letter, which a test holds. How loosely persons are compared is another matter: that is
the rules', and differs by district.
"""

import unicodedata
from collections.abc import Iterable
from typing import Final

from rosterkeeper.store.folding import fold, fold_macros

# What exports write where they have nothing (compared in lower case).
BLANKS: Final = ("null", "none", "n/a", "na", "-", "#n/a", "nil", "undefined")


def lookup_key(text: str) -> str:
    """An e-mail address, username or id as it is looked up: without blanks around it and case; '' for none."""
    # The dotted capital I alone becomes two letters in Python, and one in DuckDB.
    lower = "".join(each.lower()[:1] for each in unicodedata.normalize("NFC", text))
    bare = lower.strip(" \t\r\n")
    return "" if bare in BLANKS else bare


def sort_key(family_name: str, given_name: str, display_name: str, username: str) -> str:
    """What an account is sorted by: the folded names, the family's first; where there are none, what else there is."""
    names = f"{family_name.strip()} {given_name.strip()}".strip()
    return fold(names or display_name.strip() or username.strip())


def key_macros() -> Iterable[str]:
    """DuckDB statements that make the macros ``lookup_key(t)`` and ``name_key(family, given, display, username)``."""
    yield from fold_macros()
    words = ", ".join(f"'{each}'" for each in BLANKS)
    bare = "trim(lower(nfc_normalize(t)), ' ' || chr(9) || chr(13) || chr(10))"
    yield f"CREATE OR REPLACE MACRO lookup_key(t) AS CASE WHEN {bare} IN ({words}) THEN '' ELSE {bare} END"
    names = "trim(trim(f) || ' ' || trim(g))"
    yield (
        f"CREATE OR REPLACE MACRO name_key(f, g, d, u) AS fold(CASE WHEN {names} <> '' THEN {names}"
        " WHEN trim(d) <> '' THEN trim(d) ELSE trim(u) END)"
    )
