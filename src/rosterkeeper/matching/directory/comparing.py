"""What a directory's CSV would change of a district's accounts: whole rows to add and to write, and whoever is gone.

A row is an account's by the first key that both have: its id in the directory, its username, its e-mail address where
that is unique on both sides. An account that came another way (by SCIM, by hand, by the sync) is recognised and left
as it is. Fields that somebody changed by hand stay; so does what the sync or somebody suspended.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from rosterkeeper.matching.directory.headings import FIELDS
from rosterkeeper.scratch import Scratch

_TEXTS: Final = tuple(each for each in FIELDS if each != "status")
_KEYS: Final = ("email_key", "username_key", "sort_key")
_KNOWN: Final = (*("id", "origin", *_TEXTS, "status", "suspended_by", "suspended_at", "sticky", *_KEYS, "changed_at"),)
# What an account's row gets when it is written; `id` says which.
WRITTEN: Final = (*_TEXTS, "status", "suspended_by", "suspended_at", *_KEYS)


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many accounts are new, changed, suspended because they are gone, active again, and as they were.

    ``other`` came another way; ``listed`` of those from files were there before; ``rejected`` rows cannot be used.
    """

    add: int
    update: int
    gone: int
    restore: int
    unchanged: int
    other: int
    listed: int
    rejected: int


def compare(scratch: Scratch, *, columns: Collection[str], whole: bool, now: str) -> Numbers:
    """Make `account_new`, `account_written` (with ``id``, ``was``: changed_at as it was read) out of `listed`.

    The accounts are in `account_row`, see matching/accounts.py.

    ``columns`` are the fields that the file tells of; the others stay. ``whole``: whoever is not listed is gone.
    """
    scratch.run(f"CREATE TABLE known AS SELECT {', '.join(_KNOWN)} FROM account_row")
    _pair(scratch)
    desired = ", ".join(
        f"CASE WHEN {_may_write(each, columns)} THEN l.{each} ELSE k.{each} END AS {each}" for each in _TEXTS
    )
    scratch.run(
        f"CREATE TABLE wanted AS SELECT k.id, k.changed_at AS was, {desired}, {_status(columns, now)},"
        " k.status AS status_before FROM pair p JOIN listed l USING (line) JOIN known k USING (id)"
        " WHERE k.origin = 'csv'"
    )
    for statement in _WRITTEN if whole else _WRITTEN[:1]:
        scratch.run(statement.format(now=now))
    scratch.run(
        f"CREATE TABLE account_new AS SELECT line, {', '.join(_TEXTS)},"
        " CASE WHEN status = 'suspended' THEN 'suspended' ELSE 'active' END AS status,"
        " CASE WHEN status = 'suspended' THEN 'directory' ELSE '' END AS suspended_by,"
        f" CASE WHEN status = 'suspended' THEN '{now}' ELSE '' END AS suspended_at, {', '.join(_KEYS)}"
        " FROM listed ANTI JOIN pair USING (line)"
    )
    scratch.run(
        "INSERT INTO finding SELECT 'directory.other_way', '', line, '', '', '' FROM pair JOIN known USING (id)"
        " WHERE origin <> 'csv'"
    )
    numbers = _numbers(scratch)
    # A million rows each, and the writing makes as many more.
    for name in ("listed", "known", "pair", "wanted"):
        scratch.run(f"DROP TABLE {name}")
    return numbers


def _pair(scratch: Scratch) -> None:
    """Make `pair`: which line is which account's, by one key after the other."""
    scratch.run("CREATE TABLE pair (line BIGINT, id BIGINT)")
    scratch.run(_PAIRED.format(key="external_id", also="k.origin = 'csv'"))
    scratch.run(_PAIRED.format(key="external_id", also="true"))
    # The giver's ids of accounts that came another way are not this file's.
    same = "(k.origin <> 'csv' OR k.external_id = '' OR l.external_id = '')"
    for key in ("username_key", "email_key"):
        scratch.run(_PAIRED.format(key=key, also=f"{same} AND k.origin = 'csv' AND k.status <> 'purged'"))
        scratch.run(_PAIRED.format(key=key, also=f"{same} AND k.status <> 'purged'"))


# An account or a line that shares the key with another of its side is nobody's by it.
_PAIRED: Final = """
    INSERT INTO pair SELECT min(l.line), min(k.id)
    FROM (SELECT * FROM listed ANTI JOIN pair USING (line) WHERE {key} <> '') l
    JOIN (SELECT * FROM known ANTI JOIN pair USING (id) WHERE {key} <> '') k ON k.{key} = l.{key} AND {also}
    GROUP BY l.{key} HAVING count(*) = 1
"""


def _may_write(field: str, columns: Collection[str]) -> str:
    if field not in columns:
        return "false"
    return f"NOT contains(k.sticky, '\"{field}\"')"


def _status(columns: Collection[str], now: str) -> str:
    """The status, and by whom and since when it is suspended."""
    said = "l.status" if "status" in columns else "'active'"
    free = "NOT contains(k.sticky, '\"status\"')"
    suspends = f"k.status = 'active' AND {said} = 'suspended' AND {free}"
    restores = f"k.status <> 'active' AND k.suspended_by IN ('directory', '') AND {said} <> 'suspended' AND {free}"
    return (
        f"CASE WHEN {suspends} THEN 'suspended' WHEN {restores} THEN 'active' ELSE k.status END AS status,"
        f" CASE WHEN {suspends} THEN 'directory' WHEN {restores} THEN '' ELSE k.suspended_by END AS suspended_by,"
        f" CASE WHEN {suspends} THEN '{now}' WHEN {restores} THEN '' ELSE k.suspended_at END AS suspended_at"
    )


_CHANGED: Final = " OR ".join(f"w.{each} <> k.{each}" for each in (*_TEXTS, "status"))
_WRITTEN: Final = (
    f"""
    CREATE TABLE account_written AS SELECT w.id, w.was, {", ".join(f"w.{each}" for each in _TEXTS)}, w.status,
        w.suspended_by, w.suspended_at, lookup_key(w.email) AS email_key, lookup_key(w.username) AS username_key,
        name_key(w.family_name, w.given_name, w.display_name, w.username) AS sort_key,
        CASE WHEN w.status = 'active' AND w.status_before <> 'active' THEN 'restore' ELSE 'update' END AS op
    FROM wanted w JOIN known k USING (id) WHERE {_CHANGED}
    """,
    f"""
    INSERT INTO account_written SELECT id, changed_at, {", ".join(_TEXTS)}, 'suspended', 'directory', '{{now}}',
        {", ".join(_KEYS)}, 'gone'
    FROM known ANTI JOIN pair USING (id)
    WHERE origin = 'csv' AND status = 'active' AND NOT contains(sticky, '"status"')
    """,
)


def _numbers(scratch: Scratch) -> Numbers:
    ops = {
        str(op): int(number or 0) for op, number in scratch.rows("SELECT op, count(*) FROM account_written GROUP BY 1")
    }
    other = scratch.count("SELECT count(*) FROM pair JOIN known USING (id) WHERE origin <> 'csv'")
    return Numbers(
        add=scratch.count("SELECT count(*) FROM account_new"),
        update=ops.get("update", 0),
        gone=ops.get("gone", 0),
        restore=ops.get("restore", 0),
        unchanged=scratch.count("SELECT count(*) FROM wanted") - ops.get("update", 0) - ops.get("restore", 0),
        other=other,
        listed=scratch.count("SELECT count(*) FROM known WHERE origin = 'csv' AND status = 'active'"),
        rejected=scratch.count(
            "SELECT count(*) FROM finding WHERE code IN"
            " ('directory.no_key', 'directory.listed_twice', 'directory.too_many_cells')"
        ),
    )
