"""The form in which values of the roster and of the directory are compared, as the district's normalisers want it.

What stands for nothing (blank, ``NULL``, ``N/A``, ``-`` …) is no value, and an e-mail address has something on both
sides of one @. Made once, in columns ``key_…`` of `record` and `account`.
"""

import unicodedata
from typing import Final

import pyarrow as pa

from rosterkeeper.engine.forms import literal
from rosterkeeper.matching.keys import BLANKS
from rosterkeeper.matching.rules import Normalisers
from rosterkeeper.scratch import Scratch, quoted

# The column of a value, and the column of its compared form.
_OF_RECORD: Final = {
    "sourced_id": "key_sourced_id",
    "user_master_identifier": "key_master",
    "email": "key_email",
    "username": "key_username",
    "identifier": "key_identifier",
}
_OF_ACCOUNT: Final = _OF_RECORD | {"external_id": "key_external_id"}


def compared(text: str, normalisers: Normalisers) -> str:
    """One value's compared form; an e-mail address is compared by `add_keys` with more care."""
    if normalisers.unicode:
        text = unicodedata.normalize("NFKC", text)
    if normalisers.case:
        text = text.casefold()
    text = text.strip().strip("\ufeff\u200b")
    if normalisers.spaces:
        text = "".join(each for each in text if not each.isspace() and each not in "\ufeff\u200b")
    return "" if text.casefold() in BLANKS else text


def add_keys(scratch: Scratch, normalisers: Normalisers) -> None:
    """Add the columns ``key_…`` to `record` and `account`, and make the macro ``compared(t)``."""
    _make_macros(scratch, normalisers)
    for table, columns in (("record", _OF_RECORD), ("account", _OF_ACCOUNT)):
        made = ", ".join(
            f"{'mail_of' if column == 'email' else ''}(compared({quoted(column)})) AS {key}"
            for column, key in columns.items()
        )
        scratch.run(f"CREATE TABLE keyed AS SELECT *, {made} FROM {table}")
        scratch.run(f"DROP TABLE {table}")
        scratch.run(f"ALTER TABLE keyed RENAME TO {table}")
        for column, key in columns.items():
            _mend_beyond_ascii(scratch, table, (column, key), normalisers)


def _make_macros(scratch: Scratch, normalisers: Normalisers) -> None:
    bare = "trim(t, ' ' || chr(9) || chr(10) || chr(13))"
    if normalisers.spaces:
        bare = "CASE WHEN regexp_matches(t, '\\s') THEN regexp_replace(t, '\\s+', '', 'g') ELSE t END"
    words = ", ".join(literal(each) for each in BLANKS)
    plain = f"lower({bare})" if normalisers.case else bare
    scratch.run(f"CREATE OR REPLACE MACRO something(t) AS CASE WHEN lower(t) IN ({words}) THEN '' ELSE t END")
    scratch.run(f"CREATE OR REPLACE MACRO compared(t) AS something({plain})")
    address = "t"
    if normalisers.plus:
        address = "regexp_replace(t, '\\+[^@]*@', '@')"
    scratch.run(
        "CREATE OR REPLACE MACRO mail_of(t) AS CASE WHEN"
        f" regexp_full_match(t, '[^@]+@[^@]+') AND NOT starts_with(t, '+') THEN {address} ELSE '' END"
    )

    # A userId stands as {type:id}.
    parts = "regexp_extract(t, '^\\s*\\{?([^:{}]+):(.*?)\\}?\\s*$', ['type', 'id'])"
    scratch.run(f"CREATE OR REPLACE MACRO userid_type(t) AS lower(trim({parts}.type))")
    scratch.run(f"CREATE OR REPLACE MACRO userid_value(t) AS compared({parts}.id)")
    scratch.run(
        "CREATE OR REPLACE MACRO userid_key(t) AS CASE WHEN userid_value(t) = '' THEN '' "
        " ELSE userid_type(t) || ':' || userid_value(t) END"
    )


def _mend_beyond_ascii(scratch: Scratch, table: str, columns: tuple[str, str], normalisers: Normalisers) -> None:
    """Of letters beyond ASCII only Python knows all forms; few values have any, and each is looked at once."""
    column, key = columns
    rows = scratch.rows(f"SELECT DISTINCT {column} FROM {table} WHERE strlen({column}) <> length({column})")
    if not rows:
        return
    raw = [str(row[0]) for row in rows]
    given = pa.table({"raw": raw, "form": [compared(each, normalisers) for each in raw]})
    scratch.land("CREATE OR REPLACE TABLE beyond AS SELECT * FROM incoming", given)
    form = "mail_of(b.form)" if column == "email" else "b.form"
    scratch.run(f"UPDATE {table} SET {key} = {form} FROM beyond b WHERE b.raw = {table}.{column}")
