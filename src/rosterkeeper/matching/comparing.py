"""The form in which values of the roster and of the directory are compared, as the district's normalisers want it.

What stands for nothing (blank, ``NULL``, ``N/A``, ``-`` …) is no value, and an e-mail address has something on both
sides of one @. Made once, in columns ``key_…`` of `record` and `account`.
"""

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from rosterkeeper.engine.forms import literal
from rosterkeeper.matching.compared import compared
from rosterkeeper.matching.keys import BLANKS
from rosterkeeper.matching.rules import Normalisers, Settings
from rosterkeeper.matching.tables import Kind
from rosterkeeper.scratch import Scratch, quoted

# The column of a value, and the column of its compared form.
OF_RECORD: Final = {
    "sourced_id": "key_sourced_id",
    "user_master_identifier": "key_master",
    "email": "key_email",
    "username": "key_username",
    "identifier": "key_identifier",
}
OF_ACCOUNT: Final = OF_RECORD | {"external_id": "key_external_id"}
# Looked at whatever the rules are: persons are joined by them, and they forbid links.
_ALWAYS: Final = ("sourced_id", "user_master_identifier", "email")


def make_macros(scratch: Scratch, normalisers: Normalisers) -> None:
    """Make the macros ``compared(t)``, ``userid_type(t)``, ``userid_value(t)`` and ``userid_key(t)``."""
    words = ", ".join(literal(each) for each in BLANKS)
    # What is longer than every word for nothing need not be compared with them.
    longest = max(map(len, BLANKS))
    scratch.run(
        "CREATE OR REPLACE MACRO something(t) AS"
        f" CASE WHEN strlen(t) <= {longest} AND lower(t) IN ({words}) THEN '' ELSE t END"
    )
    scratch.run(f"CREATE OR REPLACE MACRO plain(t) AS {_plain(normalisers)}")
    scratch.run("CREATE OR REPLACE MACRO compared(t) AS something(plain(t))")
    at = "instr(t, '@')"
    address = "regexp_replace(t, '\\+[^@]*@', '@')" if normalisers.plus else "t"
    scratch.run(
        f"CREATE OR REPLACE MACRO mail_of(t) AS CASE WHEN {at} > 1 AND {at} < length(t) AND t[1] <> '+'"
        f" AND NOT contains(substr(t, {at} + 1), '@') THEN {address} ELSE '' END"
    )
    # A userId stands as {type:id}.
    parts = "regexp_extract(t, '^\\s*\\{?([^:{}]+):(.*?)\\}?\\s*$', ['type', 'id'])"
    scratch.run(f"CREATE OR REPLACE MACRO userid_type(t) AS lower(trim({parts}.type))")
    scratch.run(f"CREATE OR REPLACE MACRO userid_value(t) AS compared({parts}.id)")
    scratch.run(
        "CREATE OR REPLACE MACRO userid_key(t) AS CASE WHEN userid_value(t) = '' THEN '' "
        " ELSE userid_type(t) || ':' || userid_value(t) END"
    )


def looked_at(settings: Settings, keys: Mapping[str, str]) -> dict[str, str]:
    """Those of the ``keys`` that joining and the district's rules compare; the others need no compared form."""
    rules = [rule for kind in Kind for rule in settings.rules.of(kind)]
    wanted = {*_ALWAYS, *(str(rule.key) for rule in rules), *(str(rule.against) for rule in rules)}
    return {column: key for column, key in keys.items() if column in wanted}


def with_keys(source: str, keys: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """A query of ``source`` and the compared form of the columns that ``wanted`` names; '' for the other ``keys``.

    In layers, so that nothing is worked out twice.
    """
    plain = ", ".join(f"plain({quoted(column)}) AS {key}" for column, key in wanted.items())
    some = ", ".join(f"something({key}) AS {key}" for key in wanted.values())
    blank = "".join(f", '' AS {key}" for column, key in keys.items() if column not in wanted)
    return (
        f"SELECT * REPLACE (mail_of(key_email) AS key_email) FROM (SELECT * REPLACE ({some}) FROM"
        f" (SELECT *, {plain}{blank} FROM ({source})))"
    )


def mend_keys(scratch: Scratch, table: str, keys: Mapping[str, str], normalisers: Normalisers) -> None:
    """Compare what has letters beyond ASCII as Python does, which alone knows all their forms."""
    for column, key in keys.items():
        _mend_beyond_ascii(scratch, table, (column, key), normalisers)


def _plain(normalisers: Normalisers) -> str:
    bare = "trim(t, ' ' || chr(9) || chr(10) || chr(13))"
    if normalisers.spaces:
        bare = "regexp_replace(t, '\\s+', '', 'g')"
    # Hardly a value has a blank, and looking for one costs little.
    blank = " OR ".join(f"contains(t, {each})" for each in ("' '", "chr(9)", "chr(10)", "chr(13)"))
    text = f"CASE WHEN {blank} THEN {bare} ELSE t END"
    return f"lower({text})" if normalisers.case else text


def _mend_beyond_ascii(scratch: Scratch, table: str, columns: tuple[str, str], normalisers: Normalisers) -> None:
    # Few values have any, and each is looked at once.
    column, key = columns
    rows = scratch.rows(f"SELECT DISTINCT {column} FROM {table} WHERE strlen({column}) <> length({column})")
    if not rows:
        return
    raw = [str(row[0]) for row in rows]
    given = pa.table({"raw": raw, "form": [compared(each, normalisers) for each in raw]})
    scratch.land("CREATE OR REPLACE TEMP TABLE beyond AS SELECT * FROM incoming", given)
    form = "mail_of(b.form)" if column == "email" else "b.form"
    scratch.run(f"UPDATE {table} SET {key} = {form} FROM beyond b WHERE b.raw = {table}.{column}")
