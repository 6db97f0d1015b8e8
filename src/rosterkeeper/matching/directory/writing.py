"""Writes what a directory's CSV changes: all of it in one transaction, and nothing over what changed meanwhile."""

from typing import Final

from rosterkeeper.matching.directory.comparing import WRITTEN
from rosterkeeper.matching.tables import ACCOUNTS, SETTINGS, Origin
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.store.database import Database

_NEW: Final = ("uid", "district_id", "origin", "created_at", "changed_at", *WRITTEN)


def write(database: Database, scratch: Scratch, district: int, *, now: str) -> None:
    """Write `account_new` and `account_written`, and raise what matching is made of; ``now`` is RFC 3339 in UTC.

    An account that somebody changed since it was read stays as it is; the next upload sees to it.
    """
    new = scratch.count("SELECT count(*) FROM account_new")
    written = scratch.count("SELECT count(*) FROM account_written")
    if not new and not written:
        return
    with database.transaction():
        if written:
            columns = ", ".join(("id", "was", *WRITTEN))
            rows = database.temporary(scratch.reader(f"SELECT {columns} FROM account_written"))
            sets = ", ".join(f"{each} = w.{each}" for each in WRITTEN)
            database.run(
                f"UPDATE {ACCOUNTS} SET {sets}, changed_at = '{now}' FROM {quoted(rows)} w"
                f" WHERE {ACCOUNTS}.id = w.id AND {ACCOUNTS}.changed_at = w.was"
            )
            database.drop(rows)
        if new:
            made = f"uuid()::VARCHAR AS uid, {district}::BIGINT AS district_id, '{Origin.CSV}' AS origin"
            told = ", ".join(WRITTEN)
            database.append(
                ACCOUNTS,
                scratch.reader(
                    f"SELECT {', '.join(_NEW)} FROM (SELECT {made}, '{now}' AS created_at, '{now}' AS changed_at,"
                    f" {told} FROM account_new ORDER BY sort_key, line)"
                ),
            )
        database.run(
            f"INSERT INTO {SETTINGS} (district_id, rules, options) VALUES ($1, '{{}}', '{{}}') ON CONFLICT DO NOTHING",
            [district],
        )
        database.run(f"UPDATE {SETTINGS} SET inputs = inputs + 1 WHERE district_id = $1", [district])
